"""Colours and sizes of every picture. Sizes of text are points, whole ones (Graphviz cuts off the rest in HTML labels),
of boxes inches, as in the DOT language.

Holds: no two colours are the same in the light, so that a colour in a picture says what it is for; and every colour
knows its counterpart in the dark.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, assert_never

from archspec.ops.base import Kind
from archspec.records import dataclass


class Paint(str):
    """A colour as the DOT language writes it, with its counterpart in the dark.

    `name` is what a legend calls the kind of op whose boxes it fills; empty for all other colours.
    """

    __slots__ = ("dark", "name")
    dark: str
    name: str

    def __new__(cls, light: str, dark: str, name: str = "") -> Paint:
        paint = super().__new__(cls, light)
        paint.dark = dark
        paint.name = name
        return paint


FONT: Final = "Arial"
"""As wide as Helvetica, which Graphviz with Pango exchanges for a wider font where there is no PostScript font."""
FONT_STACK: Final = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif"
"""For viewers that choose fonts themselves: all of these are as wide as Helvetica, for which the boxes are made."""
POINTS_PER_INCH: Final = 72

INK: Final = Paint("#1b1f24", "#f0f3f6")
SOFT_INK: Final = Paint("#30363d", "#dbe1e8")
HEADING: Final = Paint("#57606a", "#a9b3be")
LINE: Final = Paint("#757b85", "#8b949e")
SKIP: Final = Paint("#b8562b", "#f0883e")
BORDER: Final = Paint("#c9d1d9", "#3d444d")
CARD: Final = Paint("#f3f4f6", "#161b22")
PAPER: Final = Paint("#ffffff", "#0d1117")
FAULT: Final = Paint("#d1242f", "#ff6a69")
PARAMS_BAR: Final = Paint("#4a78b0", "#79a8e0")
MACS_BAR: Final = Paint("#b8572c", "#f0893f")
NOTHING: Final = "#00000000"

TERMINAL: Final = Paint("#adbbc7", "#516368")
CLOSED: Final = Paint("#d3d8de", "#3c4652")
"""A module that is not unfolded."""
SUM: Final = Paint("#f38c55", "#a1480f", "sum, product")
CONCAT: Final = Paint("#6fdabe", "#006e57", "concatenation")
ADDED: Final = Paint("#d3f2d8", "#12401f")
ADDED_LINE: Final = Paint("#1a7f37", "#3fb950")
REMOVED: Final = Paint("#fcdcdb", "#571b20")
REMOVED_LINE: Final = Paint("#b3261e", "#f47067")
CHANGED: Final = Paint("#fbedc0", "#4a3708")
CHANGED_LINE: Final = Paint("#8a5f00", "#d29922")
"""What one network has, the other has, or both have otherwise, where two are compared."""
CONCAT_SHADES: Final = (
    Paint("#2a8270", "#b5f2e2"),
    Paint("#3b8f7e", "#a2e4d3"),
    Paint("#4d9d8b", "#90d6c5"),
    Paint("#5eaa99", "#7dc8b6"),
    Paint("#6fb7a6", "#6bb9a7"),
    Paint("#80c4b4", "#58ab98"),
    Paint("#92d2c1", "#469d8a"),
    Paint("#a3dfcf", "#338f7b"),
)

_CONV: Final = Paint("#acd4fb", "#3a4d87", "convolution")
_LINEAR: Final = Paint("#e08fd0", "#83156e", "fully connected")
_POOL: Final = Paint("#ecdd69", "#7a4b22", "pooling")
_NORM: Final = Paint("#c0d7e6", "#364550", "norm")
_ACTIVATION: Final = Paint("#ffbe98", "#961439", "activation")
_DROPOUT: Final = Paint("#c2a8f9", "#452ebf", "dropout")
_RESAMPLE: Final = Paint("#8ece7f", "#33431f", "resampling")
_RESHAPE: Final = Paint("#e4cecb", "#403659", "reshaping")
_OTHER: Final = Paint("#d3dab3", "#494a39", "other")

FILLS: Final = (
    *(_CONV, _LINEAR, _POOL, _NORM, _ACTIVATION, _DROPOUT, _RESAMPLE, _RESHAPE, _OTHER),
    *(SUM, CONCAT),
)
"""The fills that say what kind of op a box is, in the order of a legend."""

PAINTS: Final = (
    *(INK, SOFT_INK, HEADING, LINE, SKIP, BORDER, CARD, PAPER, FAULT, PARAMS_BAR, MACS_BAR, TERMINAL, CLOSED),
    *(ADDED, ADDED_LINE, REMOVED, REMOVED_LINE, CHANGED, CHANGED_LINE),
    *CONCAT_SHADES,
    *FILLS,
)
"""Every colour of a picture."""

TITLE_SIZE: Final = 15.0
SUBTITLE_SIZE: Final = 10.0
TEXT_SIZE: Final = 11.0
SMALL_SIZE: Final = 9.0
SHAPE_SIZE: Final = 9.0
DETAIL_SIZE: Final = 9.0
MERGE_SIZE: Final = 13.0

PAGE_WIDTH: Final = 750
"""Points: what a page of 1000 pixels shows at its own size."""
PAGE_HEIGHT: Final = 1650
"""Points: 2200 pixels, about two screens."""

BOX_HEIGHT: Final = 0.29
SPINE_WIDTH: Final = 2.4
BRANCH_WIDTH: Final = 1.15
MERGE_WIDTH: Final = 0.72
NODE_GAP: Final = 0.15
ROW_GAP: Final = 0.2


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the boxes of a drawing: points of text, inches of boxes and of the gaps beside and below them."""

    text: float = TEXT_SIZE
    small: float = SMALL_SIZE
    sum: float = MERGE_SIZE
    box_height: float = BOX_HEIGHT
    spine_width: float = SPINE_WIDTH
    branch_width: float = BRANCH_WIDTH
    node_gap: float = NODE_GAP
    row_gap: float = ROW_GAP
    row: float = 37.0
    """Points from the top of a box to that of the next, about."""
    small_below: bool = False
    """The small letters of a box stand below its text, not behind it."""
    margin: int = 8
    """Points between an outline and what is inside."""
    paths: float = 150.0
    """Points of layers in a line, where branches are rows."""
    panel_gap: int = 24
    """Points between pictures that stand beside each other."""

    def text_width(self, text: str, small: tuple[str, ...]) -> float:
        """Points that the text of a box takes, its small letters included."""
        width = text_width(text, self.text)
        if self.small_below:
            return max(width, text_width(" ".join(small), self.small))
        return width + sum(4 + text_width(words, self.small) for words in small)


NORMAL: Final = Sizes()
COMPACT: Final = Sizes(
    9.0, 8.0, 10.0, 0.2, 1.2, 0.8, 0.1, 0.13, 32.0, small_below=True, margin=6, paths=135.0, panel_gap=18
)
"""For what would otherwise take more than a page; still legible."""

MANY_NODES: Final = 2000
"""Above as many, Graphviz is told to stop improving a layout early: a third of the time, and it looks the same."""
MOST_ROUNDS: Final = 5000
"""So often Graphviz may improve a layout of more nodes; each time costs as much as there are nodes. What stands in one
column is then not always below each other: with 20,000 ops, a third of the time.
"""
FOLD_MARGIN: Final = 3

_THOUSANDTHS: Final = {
    187: "′",
    222: "ijl'|",
    278: "ftI.,:;!/[] ",
    333: "r()-{}`",
    400: "°*",
    500: "cksvxyzJ",
    584: "×+−=<>~",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUw",
    778: "GOQ",
    833: "mM",
    944: "W",
    1000: "→—…@%",
}
"""How wide characters of Helvetica are, in thousandths of the size of the text; all others are about as a digit."""
_DIGIT: Final = 556
_WIDTHS: Final = {character: width for width, characters in _THOUSANDTHS.items() for character in characters}


def colour(kind: Kind) -> Paint:
    """The fill of a box, by the family of its op."""
    match kind:
        case "conv":
            return _CONV
        case "linear":
            return _LINEAR
        case "norm":
            return _NORM
        case "activation":
            return _ACTIVATION
        case "pool":
            return _POOL
        case "reshape":
            return _RESHAPE
        case "dropout":
            return _DROPOUT
        case "join":
            return SUM
        case "resample":
            return _RESAMPLE
        case "other":
            return _OTHER
        case _:
            assert_never(kind)


def shade(index: int, count: int) -> Paint:
    """That of a part of a concatenation of `count` parts, as far from that of its neighbours as there are shades."""
    most = len(CONCAT_SHADES)
    return CONCAT_SHADES[index % most if count > most else round(index * (most - 1) / max(1, count - 1))]


@lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """How many points wide a text is in Helvetica."""
    return sum(_WIDTHS.get(character, _DIGIT) for character in text) * size / 1000
