"""The arithmetic of windows: one behind another, and two side by side, along one axis.

In: windows of ops and of what is made of them (`ops/base.py`), and how many positions the resulting map has. Out: the
window of the result.

That of windows that simply slide is Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural
Networks" (Distill, 2019): an op with window (k, s, p) behind a window (r, S, P) gives (r + (k - 1) S, S s, P + p S).
Where a map was enlarged, positions differ in what they see, in turn, and what they see is composed for one round of
them; where there is no such round within the map (paths of unequal strides have met), for every position.

What holds: an exact window gives for each position of the map the first and the last position that it sees, as if
every map went on beyond its borders. A window that is not exact holds what the exact one would.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import ceil, gcd, lcm
from typing import Final

from archspec.ops.base import MAX_PHASES, POINT, WHOLE_AXIS, Span, Window, whole
from archspec.records import dataclass

MAX_POSITIONS: Final = 500_000


@dataclass(slots=True)
class Effort:
    """How many positions may still be looked at, so that no network takes long. Beyond it, bounds are given."""

    left: int = MAX_POSITIONS

    @property
    def is_whole(self) -> bool:
        """Whether no position was looked at so far."""
        return self.left == MAX_POSITIONS

    def allows(self, positions: int) -> bool:
        if positions > self.left:
            return False
        self.left -= positions
        return True


def compose(outer: Window, inner: Window, positions: int, effort: Effort) -> Window:
    """What is seen through `inner` of a value whose positions see `outer`."""
    if outer.size == 0 or inner.size == 0:
        return WHOLE_AXIS
    if inner == POINT:
        return outer
    if outer == POINT and not inner.is_exact:
        return inner
    exact = outer.is_exact and inner.is_exact
    if exact and not outer.phases and not inner.phases:
        return Window(
            size=outer.size + (inner.size - 1) * int(outer.stride),
            stride=outer.stride * inner.stride,
            padding=outer.padding + inner.padding * int(outer.stride),
        )
    stride = whole(Fraction(outer.stride * inner.stride))
    rounds = len(outer.spans)
    period = positions + 1
    if outer.in_rounds and inner.in_rounds:
        period = len(inner.spans) * (rounds // gcd(rounds, inner.advance))
    count = min(period, positions)
    work = count * (inner.size if not outer.in_rounds else min(2 * rounds, inner.size))
    if not exact or count > MAX_PHASES or not effort.allows(work):
        return _bound(outer, inner, stride)
    spans = tuple(_through(outer, inner.at(position), inner.dilation) for position in range(count))
    return Window.repeating(spans, int(stride * count)) if count == period else Window.listing(spans, stride)


def _through(outer: Window, span: Span | None, dilation: int) -> Span | None:
    """What every `dilation`-th position of `span` sees, all together. Where `outer` comes in rounds, only the first
    and the last of each phase can be the ends.
    """
    if span is None:
        return None
    looked_at = range(span[0], span[1] + 1, dilation)
    phases = len(outer.spans)
    if outer.in_rounds and len(looked_at) > 2 * phases:
        return _hull(
            outer.at(position) for part in (looked_at[:phases], looked_at[-phases:]) for position in part
        )
    return _hull(map(outer.at, looked_at))


def unite(one: Window, other: Window, positions: int, effort: Effort) -> Window:
    """What two windows see together: from the earliest position to the latest."""
    if one.size == 0 or other.size == 0:
        return WHOLE_AXIS
    if one == other:
        return one
    exact = one.is_exact and other.is_exact
    if exact and one.stride == other.stride and not one.phases and not other.phases:
        padding = max(one.padding, other.padding)
        last = max(one.size - one.padding, other.size - other.padding)
        return Window(padding + last, one.stride, padding)
    period = positions + 1
    if one.in_rounds and other.in_rounds and one.stride == other.stride:
        period = lcm(len(one.spans), len(other.spans))
    count = min(period, positions)
    if not exact or count > MAX_PHASES or not effort.allows(2 * count):
        return _common_bound((one, other), positions)
    spans = tuple(_hull((one.at(position), other.at(position))) for position in range(count))
    if count == period:
        return Window.repeating(spans, int(one.stride * count))
    return Window.listing(spans, max(one.stride, other.stride))


def size_text(window: Window) -> str:
    """The size as people read it: `≤ 7` where it is a bound, `all` for a whole axis."""
    if window.size == 0:
        return "all"
    return str(window.size) if window.is_exact else f"≤ {window.size}"


def _hull(spans: Iterable[Span | None]) -> Span | None:
    seen = [span for span in spans if span is not None]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else None


# ---------------------------------------------------------------- bounds


def _bound(outer: Window, inner: Window, stride: int | Fraction) -> Window:
    """A window that holds what every position sees through `inner` of `outer`."""
    before, after = (
        near + far * outer.stride for near, far in zip(_reach(outer), _reach(inner), strict=True)
    )
    return _reaching(before, after, stride)


def _common_bound(windows: tuple[Window, Window], positions: int) -> Window:
    """A window that holds both. Where their strides differ they drift apart, as far as the map goes."""
    stride = max(window.stride for window in windows)
    reaches = [(*_reach(window), window.stride) for window in windows]
    return _reaching(
        max(before + (positions - 1) * (stride - own) for before, _, own in reaches),
        max(after for _, after, _ in reaches),
        stride,
    )


def _reaching(before: Fraction, after: Fraction, stride: int | Fraction) -> Window:
    """From `before` positions before position `i * stride` to `after` behind it; one more, for `i * stride` is rounded
    down.
    """
    return Window(ceil(before) + ceil(after) + 2, stride, ceil(before), is_exact=False)


def _reach(window: Window) -> tuple[Fraction, Fraction]:
    """How far position `i` sees at the most before and after `i * stride`."""
    if not window.is_exact:
        return Fraction(window.padding + 1), Fraction(window.size - 1 - window.padding)
    places = [(position * Fraction(window.stride), span) for position, span in enumerate(window.spans)]
    seen = [(place - span[0], span[1] - place) for place, span in places if span is not None]
    before = max((before for before, _ in seen), default=Fraction(0))
    after = max((after for _, after in seen), default=Fraction(0))
    return (before if window.in_rounds else before + 1), after
