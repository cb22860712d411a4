"""Picture → a Mermaid flowchart, which GitHub draws where it stands in Markdown.

In: a picture. Out: the text of a flowchart, without a fence around it.
Holds: no text of a user is read as Mermaid's own; the names of nodes are numbers, in the order of the picture; colours
are those of the other formats, text on them included, so that light and dark pages show the same boxes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import singledispatchmethod
from itertools import chain
from typing import Final

from archspec.backends.dot import theme
from archspec.backends.dot.picture import (
    Bar,
    Box,
    Card,
    Corner,
    Edge,
    Fork,
    Group,
    Heading,
    Merge,
    Node,
    Paths,
    Picture,
    Terminal,
    Title,
)
from archspec.backends.wording import shape_text, short_count, visible

_PLAIN: Final = frozenset(" ,.+-×·→/()=\N{NO-BREAK SPACE}")
"""What is neither a letter nor a digit, and yet means nothing to Mermaid between quotes."""
_LIST: Final = re.compile(r"^(\W|\d+\W) ")
"""What Markdown takes for a list or a heading, and Mermaid refuses."""


def write_mermaid(picture: Picture) -> str:
    """The picture as a flowchart."""
    return _Writer(picture).text()


class _Writer:
    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.count = 0
        self.groups = 0
        self.edges: list[Edge] = []
        """Those written so far: Mermaid styles an edge by its number."""
        self.filled: dict[str, list[str]] = {}
        """The nodes of each colour."""
        self.faulty: list[str] = []
        """The nodes and groups in which something is wrong."""
        self.red: dict[int, None] = {}
        """The numbers of the edges that lead to such a node, but for a card: in that it is somewhere inside."""

    def text(self) -> str:
        lines = [f"flowchart {self.picture.direction}", *self._picture(self.picture, "  ")]
        for panel in self.picture.panels:
            self.groups += 1
            lines.append(f"  subgraph g{self.groups}[{_quoted(panel.title or ' ')}]")
            lines.extend(self._picture(panel, "    "))
            lines.append("  end")
        return "\n".join(chain(lines, self._styles())) + "\n"

    def _picture(self, picture: Picture, indent: str) -> Iterator[str]:
        names: dict[str, tuple[str, Node]] = {}
        yield from self._items(picture.items, names, indent)
        for edge in picture.edges:
            if edge.kind != "order":
                head = names[edge.head][1]
                if isinstance(head, Box | Merge) and head.fault:
                    self.red[len(self.edges)] = None
                self.edges.append(edge)
                yield indent + _edge(edge, names)

    def _items(
        self, items: Sequence[Node | Group], names: dict[str, tuple[str, Node]], indent: str
    ) -> Iterator[str]:
        for item in items:
            if isinstance(item, Group):
                self.groups += 1
                if item.fault:
                    self.faulty.append(f"g{self.groups}")
                yield f"{indent}subgraph g{self.groups}[{_quoted(_group_text(item))}]"
                yield from self._items(item.items, names, indent + "  ")
                yield f"{indent}end"
            else:
                self.count += 1
                names[item.id] = (f"n{self.count}", item)
                self.filled.setdefault(_fill(item), []).append(f"n{self.count}")
                if isinstance(item, Box | Merge | Card) and item.fault:
                    self.faulty.append(f"n{self.count}")
                yield f"{indent}n{self.count}{self._node(item)}"

    @singledispatchmethod
    def _node(self, node: Node) -> str:
        raise TypeError(f"no way to draw {type(node).__name__}")

    @_node.register
    def _(self, node: Box | Heading) -> str:
        return f"[{_quoted(' '.join((node.text, *node.small)))}]"

    @_node.register
    def _(self, node: Merge) -> str:
        return f"([{_quoted(' '.join((node.text, *node.small)))}])"

    @_node.register
    def _(self, node: Bar) -> str:
        return f"[[{_quoted(' '.join(('concat', node.equation(), *node.small)))}]]"

    @_node.register
    def _(self, node: Paths) -> str:
        rows = (
            " → ".join((path.name, *(" ".join((layer.text, *layer.small)) for layer in path.layers)))
            for path in node.rows
        )
        return f"[{_quoted(*rows, ' '.join((node.text, *node.small)))}]"

    @_node.register
    def _(self, node: Title) -> str:
        return f"[{_quoted(node.text)}]"

    @_node.register
    def _(self, node: Fork) -> str:
        return '((" "))'

    @_node.register
    def _(self, node: Terminal) -> str:
        return f"([{_quoted(f'{node.text} {shape_text(node.shape)}')}])"

    @_node.register
    def _(self, node: Card) -> str:
        params = "shared" if node.shared else f"{short_count(node.params)} params"
        costs = f"{params} · {short_count(node.macs)} MACs"
        counted = (costs,) if node.params or node.macs else ()
        title = f"{node.title} × {node.copies}" if node.copies > 1 else node.title
        return f"[{_quoted(title, *node.lines, *node.faulty, shape_text(node.shape), *counted)}]"

    def _styles(self) -> Iterator[str]:
        carried = (at for at, edge in enumerate(self.edges) if edge.kind in ("skip", "shortcut", "across"))
        skips = [str(at) for at in carried if at not in self.red]
        if skips:
            yield f"  linkStyle {','.join(skips)} stroke:{theme.SKIP}"
        if self.red:
            yield f"  linkStyle {','.join(map(str, self.red))} stroke:{theme.FAULT},stroke-width:3px"
        for index, (fill, names) in enumerate(self.filled.items(), start=1):
            yield f"  classDef c{index} fill:{fill},stroke:{fill},color:{theme.INK}"
            yield f"  class {','.join(names)} c{index}"
        if self.groups:
            yield f"  classDef card fill:none,stroke:{theme.LINE}"
            yield f"  class {','.join(f'g{number}' for number in range(1, self.groups + 1))} card"
        if self.faulty:
            yield f"  classDef fault stroke:{theme.FAULT},stroke-width:3px"
            yield f"  class {','.join(self.faulty)} fault"


def _edge(edge: Edge, names: dict[str, tuple[str, Node]]) -> str:
    (tail, _), (head, target) = names[edge.tail], names[edge.head]
    is_dashed = edge.kind in ("shortcut", "aux")
    headless, line = ("-.-", "-.->") if is_dashed else ("---", "-->")
    if isinstance(target, Fork):
        line = headless
    label = f"|{_quoted(shape_text(edge.shape))}|" if edge.shape is not None else ""
    return f"{tail} {line}{label} {head}"


def _fill(node: Node) -> str:
    match node:
        case Box() | Merge() | Card() | Paths():
            return node.fill
        case Bar():
            return theme.CONCAT
        case Terminal():
            return theme.TERMINAL
        case Fork() | Corner():
            return theme.LINE
        case Heading() | Title():
            return theme.PAPER


def _group_text(group: Group) -> str:
    copies = f"× {group.count}" if group.count > 1 else ""
    return " · ".join(filter(None, (group.title, copies, group.growth, group.detail))) or " "


def _quoted(*lines: str) -> str:
    """Lines of text as Mermaid reads them as nothing but text."""
    return f'"{"<br/>".join(_escaped(_LIST.sub(_unlisted, visible(line))) for line in lines)}"'


def _unlisted(found: re.Match[str]) -> str:
    return f"{found[1]}\N{NO-BREAK SPACE}"


def _escaped(text: str) -> str:
    return "".join(
        character if character.isalnum() or character in _PLAIN else f"#{ord(character)};"
        for character in text
    )
