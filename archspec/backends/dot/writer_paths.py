"""The label of branches that stand below each other.

In: the rows. Out: a table: in each row the branch's name and its layers as small boxes, below all the join.
Holds: a row is no wider than `Sizes.paths`, but where a single layer is; what does not fit goes on below.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.backends.dot import theme
from archspec.backends.dot.labels import Cell, Label, Line, Table, Text
from archspec.backends.dot.picture import Path, PathLayer, Paths

_HEIGHT = 15
_LETTERS = 8.0
_BETWEEN_WORDS = 4.4
"""Points between a layer and its small letters."""
_PADDING = 10
"""Points of a layer beside its words."""
_BESIDE = 13
"""Points of a row beside its name and its layers, and beside what is between these."""
_PASSED_ON = "as it is"


def paths_label(node: Paths, sizes: theme.Sizes) -> Label:
    """The module's name, the rows, and the join below them."""
    title = Cell(Text(node.title, theme.SUBTITLE_SIZE, bold=True), {"COLSPAN": 2, "ALIGN": "left"})
    join = [Text(node.text, theme.SUBTITLE_SIZE, bold=True)]
    join += [Text(words, theme.SMALL_SIZE, theme.SOFT_INK) for words in node.small]
    rows = [_row(path, sizes.paths) for path in node.rows]
    foot = Cell(Line(tuple(join)), {"COLSPAN": 2, "BGCOLOR": node.fill, "HEIGHT": 18})
    sides: dict[str, str | int] = {"BGCOLOR": theme.PAPER, "BORDER": 1, "COLOR": theme.BORDER}
    heads = ((title,),) if node.title else ()
    return Table((*heads, *rows, (foot,)), {"CELLSPACING": 2, "CELLPADDING": 1} | sides)


def width_of_paths(node: Paths, sizes: theme.Sizes) -> float:
    """About how many points wide it is."""
    lines = (line for path in node.rows if path.layers for line in _lines(path, sizes.paths))
    names = max(theme.text_width(path.name, theme.SMALL_SIZE) for path in node.rows)
    widest = max((sum(_layer_width(layer) + 1 for layer in line) for line in lines), default=0.0)
    return names + widest + _BESIDE


def fills_of(node: Paths) -> Iterator[str]:
    """The colours of its layers and of its join."""
    yield node.fill
    for path in node.rows:
        yield from (layer.fill for layer in path.layers)


def _row(path: Path, widest: float) -> tuple[Cell, Cell]:
    name = Cell(Text(path.name, theme.SMALL_SIZE, theme.SOFT_INK), {"ALIGN": "left"})
    if not path.layers:
        return name, Cell(Text(_PASSED_ON, theme.SMALL_SIZE, theme.SOFT_INK), {"ALIGN": "left"})
    lines = tuple(
        (Cell(Table((tuple(map(_layer, line)),), {"CELLSPACING": 1, "CELLPADDING": 1}), {"ALIGN": "left"}),)
        for line in _lines(path, widest)
    )
    return name, Cell(Table(lines), {"ALIGN": "left"})


def _lines(path: Path, widest: float) -> Iterator[list[PathLayer]]:
    line: list[PathLayer] = []
    left = widest
    for layer in path.layers:
        width = _layer_width(layer)
        if line and width > left:
            yield line
            line, left = [], widest
        line.append(layer)
        left -= width
    yield line


def _layer_width(layer: PathLayer) -> float:
    letters = theme.text_width(" ".join(layer.small), _LETTERS)
    gap = _BETWEEN_WORDS if layer.small else 0
    return theme.text_width(layer.text, theme.SMALL_SIZE) + letters + gap + _PADDING


def _layer(layer: PathLayer) -> Cell:
    words = [Text(layer.text, theme.SMALL_SIZE)]
    words += [Text(" ".join(layer.small), _LETTERS, theme.SOFT_INK)] if layer.small else []
    looks: dict[str, str | int] = {"BGCOLOR": layer.fill, "HEIGHT": _HEIGHT}
    name: dict[str, str | int] = {"TITLE": layer.id} if layer.id else {}
    return Cell(Line(tuple(words)), looks | {"WIDTH": round(_layer_width(layer))} | name)
