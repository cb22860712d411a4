"""Forks and bars of a picture from left to right: upright, with their places below each other.

In: a fork's places or a bar, and the height of each place. Out: labels.
"""

from __future__ import annotations

from archspec.backends.dot import theme
from archspec.backends.dot.labels import Cell, Label, Table, Text
from archspec.backends.dot.picture import Bar

_TURNED = {"n": "w", "s": "e", "e": "s", "w": "n", "c": "c", "ne": "nw"}
"""The sides of a box in a picture from top to bottom, and what they are in one from left to right: there arcs (`ne`)
stand above.
"""


def turned(port: str) -> str:
    """A port of a picture from top to bottom, in one from left to right."""
    place, _, side = port.rpartition(":")
    return f"{place}:{_TURNED[side]}" if side else port


def upright_fork(heights: tuple[int, ...]) -> Label:
    """A thin line beside what hangs from it, from the middle of the first place to the middle of the last."""
    rows: list[tuple[Cell, ...]] = []
    for index, height in enumerate(heights):
        half = height // 2
        nothing: dict[str, str | int] = {"WIDTH": 2, "CELLPADDING": 0}
        line = nothing | {"BGCOLOR": theme.LINE}
        is_first, is_last = index == 0, index == len(heights) - 1
        rows.append((Cell(None, (nothing if is_first else line) | {"HEIGHT": half - 1}),))
        rows.append((Cell(None, line | {"HEIGHT": 2, "PORT": f"p{index}"}),))
        rows.append((Cell(None, (nothing if is_last else line) | {"HEIGHT": height - half - 1}),))
    return Table(tuple(rows))


def upright_bar(bar: Bar, heights: tuple[int, ...]) -> Label:
    """A cell for each path below the other, and beside them their sum."""
    *parts, whole = bar.words()
    name = Text("concat", theme.SUBTITLE_SIZE, bold=True)
    lines = (name, *(Text(words, theme.SHAPE_SIZE, theme.SOFT_INK) for words in (f"= {whole}", *bar.small)))
    widest = max(theme.text_width(line.text, line.size) for line in lines)
    size: dict[str, str | int] = {"WIDTH": round(widest) + 10, "HEIGHT": 14 * len(lines), "FIXEDSIZE": "TRUE"}
    sum_of_all = Cell(
        Table(tuple((Cell(line),) for line in lines), size),
        {"ROWSPAN": len(parts), "BGCOLOR": theme.CONCAT},
    )
    rows: list[tuple[Cell, ...]] = []
    for index, (part, height) in enumerate(zip(parts, heights, strict=True)):
        place: dict[str, str | int] = {"PORT": f"p{index}", "HEIGHT": height - 1, "WIDTH": 30}
        cell = Cell(Text(part, theme.SUBTITLE_SIZE, bold=True), place | {"BGCOLOR": theme.CONCAT})
        rows.append((cell, sum_of_all) if index == 0 else (cell,))
    if bar.arcs:
        rows.append((Cell(None, {"HEIGHT": sum(heights[: bar.arcs]) - 1, "COLSPAN": 2}),))
    return Table(tuple(rows), {"CELLSPACING": 1, "CELLPADDING": 2})
