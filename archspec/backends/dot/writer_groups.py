"""What the outlines of a picture look like, and its headline.

In: groups, and how wide their columns are. Out: their DOT attributes.
"""

from __future__ import annotations

from typing import Final

from archspec.backends.dot import theme
from archspec.backends.dot.labels import Cell, Label, Table, Text, dot_label
from archspec.backends.dot.picture import Card, Group, Picture
from archspec.backends.dot.titles import headline_lines
from archspec.backends.dot.writer_columns import Columns, title_lines
from archspec.backends.dot.writer_overview import draw_key

_BADGE: Final = 26
"""Points of a badge, about."""


def group_attributes(group: Group, columns: Columns) -> dict[str, str]:
    """The outline of a group, and its label."""
    fill = theme.CARD if group.kind == "card" else theme.PAPER
    attributes = {**_outline(fill, columns.sizes.margin), "label": _label(group, columns)}
    if group.kind == "aux":
        # the line into a head comes from above and aside: the title stands out of its way
        attributes |= {"style": "filled,rounded,dashed", "labelloc": "b"}
    if group.kind in ("module", "card") and columns.is_entered_from_left(group):
        attributes["labeljust"] = "r"
    if group.kind in ("module", "card") and columns.stands_aside(group):
        # from left to right, what leads to it comes from the left, above or below
        attributes |= {"labelloc": "b", "labeljust": "r" if columns.is_sideways else "l"}
    if group.fault:
        attributes |= {"color": theme.FAULT, "penwidth": "2"}
    return attributes


def pile_attributes() -> dict[str, str]:
    """A second outline close around the first, as of a pile of sheets."""
    return {**_outline(theme.PAPER, theme.FOLD_MARGIN), "label": ""}


def headline(picture: Picture) -> Label:
    """The title of a picture and what stands below it; where cards have bars, which bar is which."""
    lines = (Text(line, theme.TITLE_SIZE, theme.HEADING, bold=True) for line in headline_lines(picture.title))
    title = tuple((Cell(line),) for line in lines)
    detail = Text(picture.detail, theme.SUBTITLE_SIZE, theme.HEADING)
    has_bars = any(isinstance(item, Card) and (item.params or item.macs) for item in picture.items)
    key = ((Cell(draw_key()),),) if has_bars else ()
    return Table(
        (*title, (Cell(detail),), *key, (Cell(Text(" ", 4)),)),
        {"CELLPADDING": 1},
    )


def _outline(fill: str, margin: int) -> dict[str, str]:
    return {
        "cluster": "true",
        "style": "filled,rounded",
        "fillcolor": fill,
        "color": theme.BORDER,
        "penwidth": "1",
        "labeljust": "l",
        "labelloc": "t",
        "margin": f"{margin}",
    }


def _label(group: Group, columns: Columns) -> str:
    if group.kind == "frame":
        return dot_label(_badge(group, columns)) if group.count > 1 else ""
    if not (group.title or group.detail):
        return ""
    title = _title(group, columns)
    if not group.detail:
        return dot_label(title)
    if group.kind != "aux" and columns.branches_off(group):  # narrow, out of the way of what comes from above
        parts = (Text(part, theme.DETAIL_SIZE, theme.SOFT_INK) for part in group.detail.split(" · "))
        return dot_label(_below_each_other(title, *parts))
    detail = Text(group.detail, theme.DETAIL_SIZE, theme.SOFT_INK)
    spine = columns.spine_offset(group)
    if group.kind == "aux" or spine is None:
        return dot_label(_below_each_other(title, detail))
    return dot_label(
        Table(((Cell(title, {"WIDTH": spine, "ALIGN": "left"}), Cell(detail, {"ALIGN": "left"})),))
    )


def _title(group: Group, columns: Columns) -> Label:
    size = columns.title_size(group)
    first, *rest = (Text(line, size, bold=True) for line in title_lines(group.title, columns.sizes))
    return _below_each_other(first, *rest) if rest else first


def _badge(group: Group, columns: Columns) -> Label:
    copies = Text(f"× {group.count}", theme.SUBTITLE_SIZE, theme.PAPER, bold=True)
    badge = Table(((Cell(copies),),), {"BGCOLOR": theme.INK, "STYLE": "ROUNDED", "CELLPADDING": 3})
    if not group.growth:
        return badge
    growth = Text(group.growth, theme.SMALL_SIZE, theme.SOFT_INK)
    if columns.branches_off(group):
        rest = round(theme.text_width(growth.text, growth.size)) - _BADGE
        return _below_each_other(_before(badge, rest), growth)
    left = _before(badge, columns.right_of_spine() - _BADGE + 10)
    return Table(((Cell(left, {"ALIGN": "left"}), Cell(growth)),))


def _before(badge: Label, points: int) -> Label:
    """The badge, which would fill what is free behind it."""
    return Table(((Cell(badge), Cell(attributes={"WIDTH": points})),))


def _below_each_other(*labels: Label) -> Label:
    return Table(tuple((Cell(label, {"ALIGN": "left"}),) for label in labels))
