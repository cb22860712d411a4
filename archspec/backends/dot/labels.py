"""HTML-like labels, as trees that print themselves.

A text of the user enters a label as a `Text` and nowhere else; printing escapes it for the two languages it
passes through: HTML, and the label escapes of DOT (`\\N` would become the node's name).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final, TypeAlias

from archspec.backends.dot.theme import INK, TEXT_SIZE
from archspec.backends.wording import visible
from archspec.records import dataclass

_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
_BOLD_ABOVE: Final = 3
"""Points of space above bold text for it to stand at the height of other text."""
_ESCAPES_OF_TEXT: Final = _ESCAPES | {ord("\\"): "\\\\"}


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text."""

    text: str
    size: float = TEXT_SIZE
    colour: str = INK
    bold: bool = False

    def html(self) -> str:
        words = visible(self.text).translate(_ESCAPES_OF_TEXT)
        if not words:
            return " "  # Graphviz takes no empty element
        words = f"<B>{words}</B>" if self.bold else words
        return f'<FONT POINT-SIZE="{self.size:g}" COLOR="{self.colour}">{words}</FONT>'


@dataclass(frozen=True, slots=True)
class Line:
    """Texts after each other, on one baseline."""

    texts: tuple[Text, ...]

    def html(self) -> str:
        gap = '<FONT POINT-SIZE="8">&#160;&#160;</FONT>'
        return gap.join(text.html() for text in self.texts)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; `attributes` are those of `TD`."""

    content: Label | None = None
    attributes: Mapping[str, str | int] = field(default_factory=dict)

    def html(self) -> str:
        return f"<TD{_attributes(self.attributes)}>{self.content.html() if self.content else ''}</TD>"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, without borders but for what `attributes` (those of `TABLE`) say."""

    rows: tuple[tuple[Cell, ...], ...]
    attributes: Mapping[str, str | int] = field(default_factory=dict)

    def html(self) -> str:
        plain: dict[str, str | int] = {"BORDER": 0, "CELLBORDER": 0, "CELLSPACING": 0, "CELLPADDING": 0}
        body = "".join(f"<TR>{''.join(cell.html() for cell in row)}</TR>" for row in self.rows)
        return f"<TABLE{_attributes(plain | dict(self.attributes))}>{body}</TABLE>"


Label: TypeAlias = "Text | Line | Table"


def dot_label(label: Label) -> str:
    """The label as the value of a DOT attribute."""
    return f"<{label.html()}>"


def side_by_side(*parts: Text) -> Label:
    """Texts in one row, each centred on the row's height."""
    if len(parts) == 1:
        return parts[0]
    cells: list[Cell] = []
    for part in parts:
        if cells:
            cells.append(Cell(attributes={"WIDTH": 4}))
        cells.append(Cell(_lowered(part) if part.bold else part, {"VALIGN": "middle"}))
    return Table((tuple(cells),))


def _lowered(text: Text) -> Label:
    """Bold text, which Graphviz sets higher than other text of its size."""
    return Table(((Cell(None, {"HEIGHT": _BOLD_ABOVE}),), (Cell(text),)))


def _attributes(attributes: Mapping[str, str | int]) -> str:
    return "".join(f' {name}="{str(value).translate(_ESCAPES)}"' for name, value in attributes.items())
