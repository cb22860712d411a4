"""Whole specs for property tests, as `fuzz/generate.py` draws them, with a random source that hypothesis can shrink."""

from __future__ import annotations

from fuzz.generate import Spec, generate
from hypothesis import strategies as st


@st.composite
def specs(draw: st.DrawFn, *, careless: bool = False) -> Spec:
    """A valid spec; a careless one is wrong about half of the time."""
    return generate(draw(st.randoms(use_true_random=False)), careless=careless)
