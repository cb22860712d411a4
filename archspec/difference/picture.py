"""Two networks beside each other, as a picture: what is equal in grey, what differs in colour and with a mark.

In: a `Difference`. Out: a picture, DOT text, or the bytes of a file. Holds: A is on the left and B on the right, or A
above B where both together are wider than a page; each is drawn as the network that it is, so that every line is one of
its own; + − ~ say what the colours say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from archspec.backends.dot import theme
from archspec.backends.dot.draw import write_file
from archspec.backends.dot.engine import Unavailable
from archspec.backends.dot.extents import width_of
from archspec.backends.dot.picture import SPINE, Edge, Heading, Picture, nodes_in
from archspec.backends.dot.rewriting import rename
from archspec.backends.dot.stamps import make_stamp
from archspec.backends.dot.svg import Story
from archspec.backends.wording import short_count, visible
from archspec.difference.align import Aligner, Pair
from archspec.difference.compare import Difference
from archspec.difference.drawing import draw_marked
from archspec.difference.lines import shown_facts, verdict_text
from archspec.difference.marking import Which, mark
from archspec.files import CannotRun

FORMATS: Final = ("svg", "png", "pdf", "dot")


def draw(difference: Difference, format: str) -> bytes:
    """The picture as a file of one of `FORMATS`.

    Raises `CannotRun` where no layout engine is installed.
    """
    if format not in FORMATS:
        raise CannotRun(f"`{format}` is not one of {', '.join(FORMATS)}")
    title = f"{difference.titles[0]} → {difference.titles[1]}"
    about = describe(difference)

    def story(dot: str) -> Story:
        stamp = make_stamp(dot, title, about, *(paint.dark for paint in theme.PAINTS))
        return Story(title, about, {}, stamp)

    drawn = write_file(picture(difference), format, title, story)
    if isinstance(drawn, Unavailable):
        raise CannotRun(f"{drawn.message}; {drawn.help}")
    return drawn


def describe(difference: Difference) -> str:
    """What the picture shows, for those who do not see it."""
    return " ".join((f"{verdict_text(difference)}.", *(f"{words}." for words in _changed_facts(difference))))


def _changed_facts(difference: Difference) -> Iterator[str]:
    for fact in shown_facts(difference):
        if not fact.same:
            percent = f" ({fact.percent_text})" if fact.percent_text else ""
            yield f"{fact.label}: {' → '.join(fact.texts())}{percent}"


def _percents(difference: Difference) -> Iterator[str]:
    """By how much what both are measured by differs."""
    for fact in difference.facts:
        if fact.key in ("params", "macs") and fact.percent_text:
            yield f"{fact.label} {fact.percent_text}"


def picture(difference: Difference) -> Picture:
    """The picture as data: A, with B as its panel."""
    pairs = Aligner(*difference.graphs).roots()
    marks = mark(pairs)
    a = _headed(difference, 0, draw_marked(difference.graphs[0], marks[0], "removed"))
    b = _headed(difference, 1, draw_marked(difference.graphs[1], marks[1], "added"))
    beside, widest = _widths(a, b, theme.NORMAL)
    is_compact = widest > theme.PAGE_WIDTH
    is_bent = any(edge.upward for edge in (*a.edges, *b.edges))  # a U is about as wide as a page
    stacked = is_bent or beside > theme.PAGE_WIDTH
    if stacked and not is_bent and _widths(a, b, theme.COMPACT)[0] <= theme.PAGE_WIDTH:
        is_compact, stacked = True, False
    levels = () if stacked else tuple(_beside(pairs, a, b))
    return replace(
        a,
        together=levels,
        title=verdict_text(difference),
        detail=" · ".join(_percents(difference)),
        panels=(b,),
        compact=is_compact,
        stacked=stacked,
    )


def _widths(a: Picture, b: Picture, sizes: theme.Sizes) -> tuple[float, float]:
    """About how wide both are beside each other, and the wider one."""
    widths = [width_of(drawn, sizes) for drawn in (a, b)]
    return sum(widths) + sizes.panel_gap, max(widths)


def _beside(pairs: Sequence[Pair], a: Picture, b: Picture) -> Iterator[tuple[str, str]]:
    """What of the main paths stands at one height: what both networks have, of the parts of each the first node. Pairs
    keep the order of both networks, so that none stands above what it reads.
    """
    firsts = [_firsts(drawn) for drawn in (a, b)]
    for pair in pairs:
        if pair.a is None or pair.b is None or any(change.what == "order" for change in pair.changes):
            continue
        one, other = (firsts[0].get(f"A {pair.a.step.name}"), firsts[1].get(f"B {pair.b.step.name}"))
        if one is not None and other is not None:
            yield one, other


def _firsts(drawn: Picture) -> dict[str, str]:
    """By paths, of what is drawn below each the first node on the main path."""
    found: dict[str, str] = {}
    for node in nodes_in(drawn.items):
        if node.column == SPINE:
            side, path, *_ = node.id.split(" ")
            while path:
                found.setdefault(f"{side} {path}", node.id)
                path = path.rpartition(".")[0]
    return found


def _headed(difference: Difference, which: Which, drawn: Picture) -> Picture:
    """A network below its name and its numbers. Its nodes have names of their own beside those of the other."""
    side = "AB"[which]
    numbers = {fact.key: (fact.b if which else fact.a) for fact in difference.facts}
    params, macs, field = (numbers.get(key) for key in ("params", "macs", "receptive_field"))
    small = []
    if isinstance(params, int):
        small.append(f"{short_count(params)} parameters")
    if isinstance(macs, int):
        small.append(f"{short_count(macs)} MACs")
    if isinstance(field, int) and field:
        small.append(f"receptive field {field}")
    renamed = rename(drawn, lambda name: f"{side} {name}", lambda column: column)
    text = f"{side}   {visible(difference.titles[which])}"
    heading = Heading(f"{side} ", text, (" · ".join(small),), SPINE)
    heads = {edge.head for edge in renamed.edges if edge.kind != "order"}
    starts = [node.id for node in nodes_in(renamed.items) if node.id not in heads]
    orders = (Edge(heading.id, start, "order") for start in starts)
    return replace(renamed, items=(heading, *renamed.items), edges=(*renamed.edges, *orders))
