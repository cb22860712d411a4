"""Bounds on what a spec may ask for. They are raised on the command line only, never by a spec."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a network may grow to. The reader's own bounds (size, nesting, nodes) stand in `syntax.py`."""

    ops: int = 20_000
    """Ops after every repeat and block call is counted out."""
    depth: int = 32
    """Modules inside modules."""
    parameters: int = 10**11
    imports: int = 32
