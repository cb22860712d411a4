"""Pictures as Mermaid. What is tested is the structure of the text, and that no user's text can be part of it; the
flowcharts of all shipped networks have been read with Mermaid's own parser."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hand_built import lenet, resnet, small_googlenet

from archspec.backends.dot import View, render
from archspec.backends.dot.mermaid import write_mermaid
from archspec.backends.dot.picture import SPINE, Box, Edge, Group, Heading, Merge, Picture, Terminal
from archspec.ir import Graph

LABEL = re.compile(r'"[^"\n]*"')
NODE = re.compile(r"(n\d+)(?:\[L\]|\(\[L\]\)|\[\[L\]\]|\(\(L\)\))")
EDGE = re.compile(r"(n\d+) (?:-->|---|-\.->|-\.-)(?:\|L\|)? (n\d+)")
STYLE = re.compile(r"linkStyle [\d,]+ stroke:#\w{6}|classDef \w+ [\w#:,-]+|class [ng]\d+(?:,[ng]\d+)* \w+")


def text_of(graph: Graph, view: View = "blocks") -> str:
    drawn = render(graph, "mmd", view)
    assert isinstance(drawn, bytes)
    return drawn.decode()


def check(text: str) -> list[str]:
    """That a text is a flowchart: its lines are nodes, edges between them, groups and styles. The labels, as shown."""
    lines = [LABEL.sub("L", line.strip()) for line in text.splitlines()]
    assert lines.pop(0) in ("flowchart TB", "flowchart LR")
    nodes: list[str] = []
    edges: list[tuple[str, str]] = []
    depth = 0
    for line in lines:
        if node := NODE.fullmatch(line):
            nodes.append(node[1])
        elif edge := EDGE.fullmatch(line):
            edges.append((edge[1], edge[2]))
        elif re.fullmatch(r"subgraph g\d+\[L\]", line):
            depth += 1
        elif line == "end":
            depth -= 1
        else:
            assert STYLE.fullmatch(line), line
        assert depth >= 0
    assert depth == 0
    assert len(set(nodes)) == len(nodes)
    assert {name for edge in edges for name in edge} <= set(nodes)
    styled = [int(at) for at in re.findall(r"linkStyle ([\d,]+)", text) for at in at.split(",")]
    assert all(at < len(edges) for at in styled)
    return [html.unescape(label[1:-1].replace("#", "&#")) for label in LABEL.findall(text)]


@pytest.mark.parametrize("view", ["blocks", "overview"])
@pytest.mark.parametrize(
    "graph", [lenet(), resnet((2, 2, 2, 2)), small_googlenet()], ids=lambda graph: graph.name
)
def test_a_picture_is_a_flowchart(graph: Graph, view: View) -> None:
    check(text_of(graph, view))


def test_a_small_network_in_full() -> None:
    lines = text_of(lenet()).splitlines()
    assert lines[:4] == [
        "flowchart TB",
        '  n1(["input 1 × 32 × 32"])',
        '  subgraph g1["body · 2.57 K · 358 K MACs"]',
        '    n2["conv 5×5, 6 Tanh"]',
    ]
    assert '  n2 -->|"6 × 28 × 28"| n3' in lines


def test_skips_are_coloured_and_projections_dashed() -> None:
    text = text_of(resnet((1, 1)))
    assert len(re.findall(r"-\.->", text)) == 2
    (skips,) = re.findall(r"linkStyle ([\d,]+) stroke:#b8562b", text)
    edges = [line for line in text.splitlines() if EDGE.fullmatch(LABEL.sub("L", line.strip()))]
    assert ["-.->" in edges[int(at)] for at in skips.split(",")] == [False, True, True]


def test_a_concatenation_shows_its_sum() -> None:
    assert "concat 64 + 128 + 32 + 32 = 256" in check(text_of(small_googlenet()))


HOSTILE = (
    '<IMG SRC="x"/>',
    'a"]\n  click n1 "javascript:alert(1)"',
    "`**x**`",
    "end",
    "%% note",
    "%%{init: {}}%%",
    "style a fill:#fff;#35;",
    "#quot;#59;",
    "a --> b|c|{d}",
    "subgraph x",
    "x:::c1",
    "@{shape: rect}",
    "<br/><script>",
    "\\",
    "\u202eabc\x1b[31m",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_users_text_is_only_ever_text(text: str) -> None:
    picture = Picture(
        text,
        text,
        (
            Group("g", "card", text, text, 3, text, (Box("a", text, (text,), "#acd4fb", SPINE),)),
            Merge("b", "+", (text,), "#f38c55", SPINE),
            Heading("h", text, (text,), SPINE),
            Terminal("t", text, (1, 2), SPINE),
        ),
        (Edge("a", "b", "skip", (1, 2)), Edge("b", "t", "aux")),
    )
    shown = text.replace("\n", "\\n").replace("\u202e", "\\u202e").replace("\x1b", "\\x1b")
    written = write_mermaid(picture)
    labels = [label.replace("\N{NO-BREAK SPACE}", " ") for label in check(written)]
    assert labels == [
        f"{shown} · × 3 · {shown} · {shown}",
        f"{shown} {shown}",
        f"+ {shown}",
        f"{shown} {shown}",
        f"{shown} 1 × 2",
        "1 × 2",
    ]
    assert not re.search(
        r"[<>`%{}\\;:@]", "".join(re.sub(r"#\d+;", "", label) for label in LABEL.findall(written))
    )


@pytest.mark.parametrize("text", ["1. first", "- item", "+ ReLU", "# heading", "> quote"])
def test_a_label_is_no_markdown_list(text: str) -> None:
    """Mermaid refuses to draw lists: their mark is kept from the blank that makes it one."""
    picture = Picture("", "", (Box("a", text, (), "#acd4fb", SPINE),), ())
    (label,) = check(write_mermaid(picture))
    assert label == text.replace(" ", "\N{NO-BREAK SPACE}", 1)


def test_the_title_of_a_network_is_not_read() -> None:
    check(text_of(replace(lenet(), name='"]; click n1 "javascript:alert(1)"')))
