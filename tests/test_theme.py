"""The colours of pictures: text can be read on every fill, and fills can be told apart, in the light, in the dark, and
with each of the colour blindnesses.

Contrast is that of WCAG 2. Colour blindness is simulated with the matrices of Machado, Oliveira and Fernandes (2009) at
full severity; differences are CIEDE2000, of which about 2 can just be seen side by side.
"""

from __future__ import annotations

from itertools import combinations
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt
from typing import get_args

import pytest

from archspec.backends.dot import theme
from archspec.backends.dot.theme import Paint
from archspec.ops.base import Kind

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

SIGHTS: dict[str, Matrix] = {
    "trichromacy": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ: Matrix = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
BOXES = (*theme.FILLS, theme.TERMINAL)
PAGES = (theme.PAPER, theme.CARD)
MODES = ("light", "dark")


def shown(paint: Paint, mode: str) -> str:
    return str(paint) if mode == "light" else paint.dark


def times(matrix: Matrix, vector: Triple) -> Triple:
    x, y, z = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return x, y, z


def linear(colour: str) -> Triple:
    values = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return r, g, b


def contrast(one: str, other: str) -> float:
    lights = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def lab(rgb: Triple) -> Triple:
    white = times(TO_XYZ, (1, 1, 1))
    ratios = (v / w for v, w in zip(times(TO_XYZ, rgb), white, strict=True))
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in ratios)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: Triple, other: Triple) -> float:
    """CIEDE2000 (Sharma, Wu and Dalal, 2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (hypot(a1, b1) + hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * sqrt(mean**7 / (mean**7 + 25**7))
    c1, c2 = hypot(a1 * stretch, b1), hypot(a2 * stretch, b2)
    h1, h2 = (degrees(atan2(b, a * stretch)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    light, chroma, hue = l2 - l1, c2 - c1, 2 * sqrt(c1 * c2) * sin(radians(turn / 2))
    lightness, c, h = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    t = 1 - 0.17 * cos(radians(h - 30)) + 0.24 * cos(radians(2 * h))
    t += 0.32 * cos(radians(3 * h + 6)) - 0.2 * cos(radians(4 * h - 63))
    rotation = -2 * sqrt(c**7 / (c**7 + 25**7)) * sin(radians(60 * exp(-(((h - 275) / 25) ** 2))))
    light /= 1 + 0.015 * (lightness - 50) ** 2 / sqrt(20 + (lightness - 50) ** 2)
    chroma /= 1 + 0.045 * c
    hue /= 1 + 0.015 * c * t
    return sqrt(light**2 + chroma**2 + hue**2 + rotation * chroma * hue)


def seen(colour: str, sight: str) -> Triple:
    r, g, b = (min(1.0, max(0.0, value)) for value in times(SIGHTS[sight], linear(colour)))
    return lab((r, g, b))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ],
)
def test_the_difference_is_that_of_the_papers_table(one: Triple, other: Triple, expected: float) -> None:
    assert difference(one, other) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ground", [*BOXES, *PAGES], ids=lambda paint: paint.name or str(paint))
def test_text_can_be_read_on_every_fill(ground: Paint, mode: str) -> None:
    for ink in (theme.INK, theme.SOFT_INK):
        assert contrast(shown(ink, mode), shown(ground, mode)) >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_what_stands_on_the_page_itself_can_be_read(mode: str) -> None:
    for ground in PAGES:
        for ink in (theme.HEADING, theme.FAULT):
            assert contrast(shown(ink, mode), shown(ground, mode)) >= 4.5
        for line in (theme.LINE, theme.SKIP, theme.PARAMS_BAR, theme.MACS_BAR):
            assert contrast(shown(line, mode), shown(ground, mode)) >= 3
    assert contrast(shown(theme.PAPER, mode), shown(theme.INK, mode)) >= 4.5, "a fold's badge"


@pytest.mark.parametrize(("mode", "least"), [("light", 1.25), ("dark", 1.5)])  # dark hues are hard to tell
def test_a_swatch_is_seen_on_a_card(mode: str, least: float) -> None:
    for paint in BOXES:
        assert contrast(shown(paint, mode), shown(theme.CARD, mode)) >= least, paint.name


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("mode", MODES)
def test_the_kinds_can_be_told_apart(mode: str, sight: str) -> None:
    colours = {str(paint): seen(shown(paint, mode), sight) for paint in (*BOXES, *PAGES)}
    for one, other in combinations(colours, 2):
        if (one, other) != PAGES:
            assert difference(colours[one], colours[other]) >= 5, (one, other)


def test_a_colour_says_what_it_is_for() -> None:
    assert len(set(theme.PAINTS)) == len(theme.PAINTS)
    assert len({paint.name for paint in theme.FILLS}) == len(theme.FILLS)
    assert {theme.colour(kind) for kind in get_args(Kind)} <= set(theme.FILLS)


@pytest.mark.parametrize("count", range(2, 9))
def test_the_parts_of_a_concatenation_have_shades_of_their_own(count: int) -> None:
    assert len({theme.shade(index, count) for index in range(count)}) == count
    assert theme.shade(8, 9) == theme.shade(0, 9)
