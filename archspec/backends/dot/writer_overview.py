"""The labels of what only an overview has: cards, the key of their bars, the headings of blocks.

In: nodes of a picture. Out: their DOT attributes, and the key.
Holds: all cards of a picture have the same columns, each as wide as its widest text.
"""

from __future__ import annotations

from collections.abc import Iterable

from archspec.backends.dot import theme
from archspec.backends.dot.labels import Cell, Label, Table, Text, dot_label
from archspec.backends.dot.picture import Card, Heading, Node
from archspec.backends.wording import shape_text, short_count
from archspec.records import dataclass

_EDGE = 7
_PADDING = 4
_NUMBER = 42
_BEFORE_BAR = 3
_BAR = 80
_SHORT_BAR = 26
_BAR_HEIGHT = 5
_LINE_HEIGHT = 11
_NAME_HEIGHT = 14
_BARS = _NUMBER + _BEFORE_BAR + _BAR + 4
"""Of the two bars with their numbers."""
_LEAST_NARROW = _BARS + 2


@dataclass(frozen=True, slots=True)
class CardColumns:
    """Points for what a card holds, and for its shape."""

    text: int = 0
    shape: int = 0
    narrow: int = 0
    """For all that a narrow card holds."""

    @classmethod
    def fitting(cls, nodes: Iterable[Node]) -> CardColumns:
        cards = [node for node in nodes if isinstance(node, Card)]
        wide = [card for card in cards if not card.narrow]
        text = max((max(_widths(card)) for card in wide), default=0.0)
        shape = max((_shape_width(card) for card in wide), default=0.0)
        narrow = max((max(_widths(card)) for card in cards if card.narrow), default=0.0)
        return cls(_room(text) if wide else 0, _room(shape), max(_LEAST_NARROW, _room(narrow)))

    @property
    def outer(self) -> int:
        """For a wide card, with its coloured edge; 0: there is none."""
        return self.text + self.shape + _BARS + _EDGE + 8 * _PADDING if self.text else 0

    @property
    def outer_narrow(self) -> int:
        """For a narrow card, with its coloured edge, which is no wider than the padding of its cell."""
        return self.narrow + 4 * _PADDING


def _room(width: float) -> int:
    """Enough for every font of the stack."""
    return round(1.07 * width) + 6


def card_attributes(card: Card, columns: CardColumns, *, compact: bool) -> dict[str, str]:
    in_line = compact and not columns.text  # bars beside wide cards are on the scale of theirs
    label = _narrow(card, columns, in_line=in_line) if card.narrow else _wide(card, columns)
    return {
        "label": dot_label(label),
        "fillcolor": theme.CARD,
        "color": theme.FAULT if card.fault else theme.BORDER,
        "penwidth": "2" if card.fault else "1",
        "margin": "0,0",
        "style": "filled",
    }


def draw_key() -> Label:
    """Which bar of a card is which."""
    cells: list[Cell] = []
    width = 0
    for colour, words in ((theme.PARAMS_BAR, "parameters"), (theme.MACS_BAR, "multiply-adds (MACs)")):
        room = _room(theme.text_width(words, theme.SMALL_SIZE))
        cells += (_gap(10), Cell(_bar(1.0, 12, colour)), Cell(_small(words), {"WIDTH": room}))
        width += 10 + 12 + room
    # A table without a size of its own is drawn apart to the width of the title.
    return Table((tuple(cells),), {"WIDTH": width, "HEIGHT": _LINE_HEIGHT + 2, "FIXEDSIZE": "TRUE"})


def heading_attributes(heading: Heading) -> dict[str, str]:
    name = Text(heading.text, theme.TEXT_SIZE, theme.HEADING, bold=True)
    space = ((Cell(None, {"HEIGHT": heading.space * _LINE_HEIGHT}),),) if heading.space else ()
    small = ((Cell(_small(words), {"HEIGHT": _LINE_HEIGHT}),) for words in heading.small)
    rows = (*space, (Cell(name, {"HEIGHT": _NAME_HEIGHT}),), *small)
    return {
        "label": dot_label(Table(rows)),
        "style": "",
        "fillcolor": theme.NOTHING,
        "height": "0.2",
        "width": "0.5",
    }


def _wide(card: Card, columns: CardColumns) -> Label:
    words = (
        (_left(_title(card)),),
        *((_left(_line(line)),) for line in card.lines),
        *((_left(_faulty(line)),) for line in card.faulty),
    )
    cells = (
        _edge(card),
        Cell(Table(words), {"WIDTH": columns.text, "ALIGN": "left", "BALIGN": "left"}),
        Cell(_shape(card), {"WIDTH": columns.shape}),
        Cell(_bars(card), {"WIDTH": _BARS, "ALIGN": "left"}),
    )
    return Table((cells,), {"CELLPADDING": _PADDING})


def _narrow(card: Card, columns: CardColumns, *, in_line: bool) -> Label:
    """`in_line`: the bars side by side."""
    shape = round(_shape_width(card)) + 2
    title = Table(
        (
            (
                Cell(_title(card), {"ALIGN": "left", "WIDTH": columns.narrow - shape}),
                Cell(_shape(card), {"ALIGN": "right", "WIDTH": shape}),
            ),
        )
    )
    rows = [(_left(title),), *((_left(_line(line)),) for line in card.lines)]
    rows += [(_left(_faulty(line)),) for line in card.faulty]
    if card.params or card.macs or card.shared:
        rows.append((_left(_bars_in_line(card) if in_line else _bars(card)),))
    cells = (_edge(card), Cell(Table(tuple(rows)), {"WIDTH": columns.narrow, "ALIGN": "left"}))
    return Table((cells,), {"CELLPADDING": _PADDING})


def _title(card: Card) -> Text:
    """The title, and how many copies the card stands for."""
    return Text(f"{card.title} × {card.copies}" if card.copies > 1 else card.title, bold=True)


def _bars(card: Card) -> Label:
    """The two bars below each other, each behind its number. What costs nothing has none."""
    size: dict[str, str | int] = {
        "FIXEDSIZE": "TRUE",
        "WIDTH": _BARS + 1,
        "HEIGHT": 2 * _LINE_HEIGHT + 5,
    }
    return Table(
        (
            _bar_row(_params_text(card), card.params_bar, theme.PARAMS_BAR),
            _bar_row(_count_text(card.macs), card.macs_bar, theme.MACS_BAR),
        ),
        {"CELLSPACING": 1} | size,
    )


def _bars_in_line(card: Card) -> Label:
    """The two bars side by side, shorter."""
    params = _bar_row(_params_text(card), card.params_bar, theme.PARAMS_BAR, _SHORT_BAR)
    macs = _bar_row(_count_text(card.macs), card.macs_bar, theme.MACS_BAR, _SHORT_BAR)
    return Table(((*params, *macs),), {"CELLSPACING": 1})


def _params_text(card: Card) -> str:
    return "shared" if card.shared else _count_text(card.params)


def _count_text(count: int) -> str:
    return short_count(count) if count else ""


def _bar_row(text: str, share: float, colour: str, length: int = _BAR) -> tuple[Cell, ...]:
    number = _small(text) if text else None
    place: dict[str, str | int] = {
        "ALIGN": "right",
        "WIDTH": _NUMBER,
        "HEIGHT": _LINE_HEIGHT,
        "FIXEDSIZE": "TRUE",
    }
    return Cell(number, place), _gap(_BEFORE_BAR), Cell(_bar(share, length, colour), {"ALIGN": "left"})


def _bar(share: float, length: int, colour: str) -> Label:
    """A bar of a share of `length`, and the rest of the length empty."""
    size: dict[str, str | int] = {"HEIGHT": _BAR_HEIGHT, "FIXEDSIZE": "TRUE"}
    points = max(2, round(share * length)) if share > 0 else 0
    cells: list[Cell] = []
    if points:
        cells.append(Cell(None, size | {"WIDTH": points, "BGCOLOR": colour}))
    if points < length:
        cells.append(Cell(None, size | {"WIDTH": length - points}))
    return Table((tuple(cells),))


def _widths(card: Card) -> list[float]:
    title = theme.text_width(_title(card).text, theme.TEXT_SIZE) * 1.08
    if card.narrow:
        title += 10 + _shape_width(card)
    return [title, *(theme.text_width(line, theme.SHAPE_SIZE) for line in (*card.lines, *card.faulty))]


def _shape_width(card: Card) -> float:
    return theme.text_width(shape_text(card.shape), _shape_size(card))


def _shape_size(card: Card) -> float:
    return theme.SMALL_SIZE if card.narrow else theme.SUBTITLE_SIZE


def _shape(card: Card) -> Text:
    return Text(shape_text(card.shape), _shape_size(card), theme.INK)


def _edge(card: Card) -> Cell:
    return Cell(None, {"WIDTH": _EDGE, "BGCOLOR": card.fill})


def _left(label: Label) -> Cell:
    return Cell(label, {"ALIGN": "left"})


def _gap(points: int) -> Cell:
    return Cell(None, {"WIDTH": points})


def _line(text: str) -> Text:
    return Text(text, theme.SHAPE_SIZE, theme.SOFT_INK)


def _faulty(text: str) -> Text:
    return Text(text, theme.SHAPE_SIZE, theme.FAULT)


def _small(text: str) -> Text:
    return Text(text, theme.SMALL_SIZE, theme.SOFT_INK)
