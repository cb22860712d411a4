"""Two networks side by side, as a picture: what is equal in grey, what differs in colour and with a mark.

In: a `Difference`. Out: DOT text, or the bytes of a file. Holds: what stands at one height is one part of the networks,
A's on the left and B's on the right; the line between the parts is the order in which they run; + − ~ = say what the
colours say; the picture is narrow enough for its text to be legible on a page, and no longer than its most rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from itertools import groupby, zip_longest
from typing import Final, Literal

from archspec.backends.dot import theme
from archspec.backends.dot.engine import Unavailable, render_dot
from archspec.backends.dot.labels import Cell, Label, Table, Text, dot_label
from archspec.backends.dot.pdf import pdf_of_svg
from archspec.backends.dot.stamps import make_stamp, stamp_png
from archspec.backends.dot.statements import Digraph, listed
from archspec.backends.dot.svg import Story, finish_svg
from archspec.backends.wording import shape_text, short_count, visible
from archspec.difference.compare import Difference
from archspec.difference.lines import MARKS, SECONDARY, shown_facts, verdict_text
from archspec.difference.rows import Row, Side, Status
from archspec.files import CannotRun
from archspec.records import dataclass

FORMATS: Final = ("svg", "png", "pdf", "dot")

_WIDTH: Final = 318
"""Points for the text of a card: two of them with what is around them are as wide as a page."""
_MOST_ROWS: Final = 60
_MOST_LINES: Final = 10
"""Of what is in a card; the rest is a number."""
_INDENT: Final = 10
_FILLS: Final[dict[Status, tuple[theme.Paint, theme.Paint]]] = {
    "same": (theme.CARD, theme.BORDER),
    "added": (theme.ADDED, theme.ADDED_LINE),
    "removed": (theme.REMOVED, theme.REMOVED_LINE),
    "changed": (theme.CHANGED, theme.CHANGED_LINE),
}
_LEGEND: Final[dict[Status, str]] = {
    "removed": "only in A",
    "added": "only in B",
    "changed": "changed",
    "same": "equal",
}

_Which = Literal[0, 1]


def draw(difference: Difference, format: str) -> bytes:
    """The picture as a file of one of `FORMATS`.

    Raises `CannotRun` where no layout engine is installed.
    """
    dot = write(difference)
    title = f"{difference.titles[0]} → {difference.titles[1]}"
    about = describe(difference)
    stamp = make_stamp(dot, title, about, *(paint.dark for paint in theme.PAINTS))
    match format:
        case "dot":
            return dot.encode()
        case "png":
            return stamp_png(_laid_out(dot, "png"), stamp)
        case "svg":
            return finish_svg(_laid_out(dot, "svg"), Story(title, about, {}, stamp))
        case "pdf":
            pdf = pdf_of_svg(_laid_out(dot, "svg"), title=title, stamp=stamp)
            if pdf is None:
                raise CannotRun("the layout engine wrote an svg of which no pdf can be made; draw a png")
            return pdf
        case _:
            raise CannotRun(f"`{format}` is not one of {', '.join(FORMATS)}")


def describe(difference: Difference) -> str:
    """What the picture shows, for those who do not see it."""
    parts = [f"{verdict_text(difference)}."]
    for fact in shown_facts(difference):
        if not fact.same:
            percent = f" ({fact.percent_text})" if fact.percent_text else ""
            parts.append(f"{fact.label}: {' → '.join(fact.texts())}{percent}.")
    return " ".join(parts)


def _laid_out(dot: str, format: Literal["svg", "png"]) -> bytes:
    drawn = render_dot(dot, format)
    if isinstance(drawn, Unavailable):
        raise CannotRun(f"{drawn.message}; {drawn.help}")
    return drawn


@dataclass(slots=True)
class _Part:
    """A part of the networks: equal neighbours, or one row with what is in it."""

    row: Row
    equal: list[Row] = field(default_factory=list)
    inside: list[Row] = field(default_factory=list)


def write(difference: Difference) -> str:
    """The picture in the DOT language; the same bytes on every run."""
    digraph = Digraph("difference")
    _write_defaults(digraph)
    heights = list(_heights(_parts(difference.rows)))
    left_out = len(heights) - _MOST_ROWS
    shown = heights[:_MOST_ROWS]
    _column(digraph, difference, [left for left, _ in shown], 0, "A", left_out)
    _column(digraph, difference, [right for _, right in shown], 1, "B", left_out)
    for row in range(len(shown) + 1):
        with digraph.subgraph():
            digraph.attr(rank="same")
            digraph.edge(f"A{row}", f"B{row}", listed({"style": "invis", "weight": "0"}))
    return digraph.source


def _write_defaults(digraph: Digraph) -> None:
    digraph.default(
        "graph",
        {
            "rankdir": "TB",
            "bgcolor": theme.PAPER,
            "fontname": theme.FONT,
            "nodesep": "0.3",
            "ranksep": "0.2",
            "pad": "0.15",
            "labelloc": "b",
            "label": dot_label(_legend()),
        },
    )
    digraph.default(
        "node",
        {
            "shape": "box",
            "style": "filled,rounded",
            "fontname": theme.FONT,
            "penwidth": "1.2",
            "width": f"{(_WIDTH + 16) / theme.POINTS_PER_INCH:.2f}",
            "margin": "0.08,0.05",
        },
    )
    digraph.default("edge", {"color": theme.LINE, "penwidth": "1.3", "arrowhead": "none", "weight": "10"})


def _column(
    digraph: Digraph,
    difference: Difference,
    parts: Sequence[_Part | None],
    which: _Which,
    side: str,
    left_out: int,
) -> None:
    """One network, from its title down."""

    def node(name: str, label: str, **attributes: str) -> None:
        digraph.node(f"{side}{name}", listed({"label": label, "group": side, **attributes}))

    heading = dot_label(_heading(difference, which, side))
    node("0", heading, style="", penwidth="0", color=theme.NOTHING)
    present = [index for index, part in enumerate(parts, 1) if part is not None]
    for index, part in enumerate(parts, 1):
        if part is not None:
            fill, line = _FILLS[part.row.status]
            node(f"{index}", dot_label(_card(part, which)), fillcolor=fill, color=line)
        else:  # the line goes on through it
            point = {"shape": "point", "width": "0.01", "height": "0.01", "color": theme.LINE}
            is_outside = not present or not present[0] < index < present[-1]
            point |= {"style": "invis"} if is_outside else {}
            node(f"{index}", "", **point)
        is_between = bool(present) and present[0] < index <= present[-1]
        look = listed({} if is_between else {"style": "invis"})
        digraph.edge(f"{side}{index - 1}", f"{side}{index}", look)
    if left_out > 0:
        text = Text(f"… {left_out} more", theme.SMALL_SIZE, theme.SOFT_INK)
        node("more", dot_label(text), style="", penwidth="0")
        digraph.edge(f"{side}{len(parts)}", f"{side}more", listed({"style": "dashed"}))


def _has(row: Row, which: _Which) -> bool:
    return (row.b if which else row.a) is not None


def _parts(rows: Sequence[Row]) -> list[_Part]:
    parts: list[_Part] = []
    for row in rows:
        if row.depth and parts:
            parts[-1].inside.append(row)
        elif row.is_silent and parts and parts[-1].equal:
            parts[-1].equal.append(row)
        else:
            parts.append(_Part(row, [row] if row.is_silent else []))
    return parts


def _heights(parts: Sequence[_Part]) -> Iterator[tuple[_Part | None, _Part | None]]:
    """What stands at one height in A and in B. What A has alone stands beside what B has alone in its place."""
    for alone, run in groupby(parts, lambda part: part.row.status in ("added", "removed")):
        group = list(run)
        if alone:
            removed = [part for part in group if part.row.status == "removed"]
            yield from zip_longest(removed, [part for part in group if part.row.status == "added"])
        else:
            yield from ((part, part) for part in group)


def _heading(difference: Difference, which: _Which, side: str) -> Label:
    numbers = {fact.key: (fact.b if which else fact.a) for fact in difference.facts}
    params, macs, field_ = (numbers.get(key) for key in ("params", "macs", "receptive_field"))
    parts = []
    if isinstance(params, int):
        parts.append(f"{short_count(params)} parameters")
    if isinstance(macs, int):
        parts.append(f"{short_count(macs)} MACs")
    if isinstance(field_, int) and field_:
        parts.append(f"receptive field {field_}")
    if difference.verdict == "same":
        parts.append("the same network")
    title = Text(f"{side}   {difference.titles[which]}", theme.MERGE_SIZE, theme.LINE, bold=True)
    return _stacked([(title, {}), (Text(" · ".join(parts), theme.SUBTITLE_SIZE, theme.LINE), {})])


def _card(part: _Part, which: _Which) -> Label:
    row = part.row
    lines: list[tuple[Text, dict[str, str | int]]] = []
    if len(part.equal) > 1:
        first, last = row.side.name.partition(" … ")[0], part.equal[-1].side.name.rpartition(" … ")[2]
        title = f"{MARKS['same']}  {first} … {last}"
        lines.append((Text(title, bold=True), {}))
        whats = [
            f"{equal.side.name} ({equal.side.what})" if equal.is_module else equal.side.what
            for equal in part.equal
        ]
        lines.extend(_wrapped("  ·  ".join(whats), theme.SMALL_SIZE, most=3))
        return _stacked(lines)
    side = row.b if which else row.a
    if side is None:
        return Text("")
    title = f"{MARKS[row.status]}  {side.name}"
    lines.extend(_wrapped(f"{title}    {_words(row, which)}", theme.TEXT_SIZE, most=3, bold=len(title)))
    inner = [found for found in part.inside if _is_told(found) and _has(found, which)]
    for found in inner[:_MOST_LINES]:
        lines.extend(_inner(found, which))
    if len(inner) > _MOST_LINES:
        lines.append((Text(f"… {len(inner) - _MOST_LINES} more", theme.SMALL_SIZE, theme.SOFT_INK), {}))
    costs = f"{short_count(side.params)} parameters · {short_count(side.macs)} MACs"
    lines.append((Text(f"{shape_text(side.shape)} · {costs}", theme.SMALL_SIZE, theme.SOFT_INK), {}))
    return _stacked(lines)


def _inner(row: Row, which: _Which) -> Iterator[tuple[Text, dict[str, str | int]]]:
    side = row.b if which else row.a
    if side is None:
        return
    room = _INDENT * row.depth
    indent = "\u00a0" * (3 * row.depth)
    cell: dict[str, str | int] = {} if row.status == "changed" else {"BGCOLOR": _FILLS[row.status][0]}
    text = " ".join(filter(None, (MARKS[row.status], side.name, " ", _words(row, which))))
    for line, _ in _wrapped(text, theme.SHAPE_SIZE, most=2, room=room):
        yield replace(line, text=indent + line.text), cell


def _is_told(row: Row) -> bool:
    return row.status != "same"


def _words(row: Row, which: _Which) -> str:
    """What one network has in a row that differs, so that it can be read against the other's."""
    side: Side | None = row.b if which else row.a
    if side is None:
        return ""
    words = [side.what if side.copies == 1 else f"{side.copies} × {side.what}"]
    told = row.a is not None and row.b is not None and row.a.what != row.b.what
    for change in row.changes:
        value = change.b if which else change.a
        match change.what:
            case "copies" | "op" | "name" | "place":
                continue
            case "skip":
                words.append(f"skip {value or 'none'}")
            case "order":
                words.append(value)
            case what if not told and (len(row.changes) == 1 or what not in SECONDARY):
                words.append(f"{what} {value}")
    return visible(", ".join(words))


def _wrapped(
    text: str, size: float, *, most: int, room: int = 0, bold: int = 0
) -> list[tuple[Text, dict[str, str | int]]]:
    """The text in lines that fit into a card, `most` at most. The first line is bold where it begins with a title."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most:
        fits = len(rest)
        while theme.text_width(rest[:fits], size) > _WIDTH - room:
            space = rest.rfind(" ", 0, fits)
            fits = space if space > 0 else fits - 1
        lines.append(rest[:fits].rstrip())
        rest = rest[fits:].lstrip()
    if rest:
        lines[-1] = f"{lines[-1][:-1]}…"
    return [
        (Text(line, size, theme.INK if bold else theme.SOFT_INK, bold=bool(bold) and index == 0), {})
        for index, line in enumerate(lines)
    ]


def _stacked(lines: Sequence[tuple[Text, dict[str, str | int]]]) -> Label:
    rows = tuple(
        (Cell(text, {**attributes, "ALIGN": "left", "WIDTH": _WIDTH}),) for text, attributes in lines
    )
    return Table(rows, {"CELLPADDING": 1})


def _legend() -> Label:
    cells: list[Cell] = []
    for status, meaning in _LEGEND.items():
        fill = _FILLS[status][0]
        cells.append(
            Cell(Text(f" {MARKS[status]} ", theme.SUBTITLE_SIZE, bold=True), {"BGCOLOR": fill, "WIDTH": 18})
        )
        cells.append(Cell(Text(f" {meaning}    ", theme.SUBTITLE_SIZE, theme.SOFT_INK)))
    across = {"COLSPAN": len(cells)}
    return Table(((Cell(Text(" ", 6), across),), tuple(cells)), {"CELLPADDING": 2})
