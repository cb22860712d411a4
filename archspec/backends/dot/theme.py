"""Colours and sizes of every picture. Sizes of text are points, of boxes inches, as in the DOT language."""

from __future__ import annotations

from typing import Final, assert_never

from archspec.ops.base import Kind

FONT: Final = "Helvetica"
POINTS_PER_INCH: Final = 72

INK: Final = "#1b1f24"
SOFT_INK: Final = "#30363d"
LINE: Final = "#757b85"
SKIP: Final = "#b8562b"
BORDER: Final = "#c9d1d9"
CARD: Final = "#f3f4f6"
PAPER: Final = "#ffffff"
TERMINAL: Final = "#c3c8ce"
NOTHING: Final = "#00000000"
SUM: Final = "#ee8a5c"
CONCAT: Final = "#74e0c2"
CONCAT_SHADES: Final = ("#2f8f7a", "#57b39d", "#7cc7b4", "#9adbc9", "#c5ece1")

TITLE_SIZE: Final = 15.0
SUBTITLE_SIZE: Final = 10.0
TEXT_SIZE: Final = 11.0
SMALL_SIZE: Final = 8.5
SHAPE_SIZE: Final = 9.0
DETAIL_SIZE: Final = 8.0
MERGE_SIZE: Final = 13.0

BOX_HEIGHT: Final = 0.29
SPINE_WIDTH: Final = 2.4
BRANCH_WIDTH: Final = 1.15
MERGE_WIDTH: Final = 0.72
NODE_GAP: Final = 0.2
CARD_MARGIN: Final = 8
FOLD_MARGIN: Final = 3

_NARROW = frozenset("ijl.,:;'|!()[]/ ft")
_WIDE = frozenset("mwMW@%×→")


def colour(kind: Kind) -> str:
    """The fill of a box, by the family of its op."""
    match kind:
        case "conv":
            return "#a6cef2"
        case "linear":
            return "#e08fd0"
        case "norm":
            return "#cfd8e3"
        case "activation":
            return "#f5b7a5"
        case "pool":
            return "#f2d06b"
        case "reshape":
            return "#dcdfe4"
        case "dropout":
            return "#d9c9ee"
        case "join":
            return SUM
        case "resample":
            return "#b9dd8f"
        case "other":
            return "#d6d3c4"
        case _:
            assert_never(kind)


def text_width(text: str, size: float) -> float:
    """About how many points wide a text is in Helvetica: enough for boxes of one column to come out equally
    wide.
    """
    ems = sum(
        0.30
        if character in _NARROW
        else 0.84
        if character in _WIDE
        else 0.70
        if character.isupper()
        else 0.56
        for character in text
    )
    return ems * size
