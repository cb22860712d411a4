"""Names and values of the DOT language, beside how the package `graphviz` writes them."""

from __future__ import annotations

import warnings

import pytest
from graphviz.quoting import escape, quote
from hypothesis import example, given
from hypothesis import strategies as st

from archspec.backends.dot.statements import Digraph, listed

texts = st.text(st.sampled_from('aZ_é 09.-×"\\<>\n\t') | st.characters(codec="utf-8"), max_size=12)


@given(text=texts)
@example("")
@example("Node")
@example("<<B>bold</B>>")
@example("<a>\n")
@example("word\n")
@example("-.5")
@example("1.")
@example(".")
@example("-")
@example("1.2.3")
@example("٣")
@example('a "quote"')
@example("back\\slash")
def test_texts_are_quoted_as_graphviz_quotes_them(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a backslash at the end
        graph = Digraph(text)
        graph.node(text, listed({"label": text, "color": text}))
        name, value = quote(escape(text)), quote(text)
        assert graph.source == f"digraph {name} {{\n\t{name} [label={value} color={value}]\n}}\n"


@pytest.mark.parametrize("keyword", ["node", "edge", "graph", "digraph", "subgraph", "strict"])
def test_keywords_are_quoted(keyword: str) -> None:
    assert listed({"label": keyword}) == f' [label="{keyword}"]'
