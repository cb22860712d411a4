"""Bounds on what a spec may ask for. They are raised on the command line only, never by a spec."""

from __future__ import annotations

from archspec.records import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a network may grow to. The reader's own bounds (size, nesting, nodes) stand in `syntax`."""

    ops: int = 20_000
    """Ops after every repeat and block call is counted out."""
    steps_per_op: int = 6
    """Nodes looked at, arguments worked out and modules made, for each op that there may be: an op with four arguments
    takes as many. Copies of a repeat and calls of a block that come to the same are worked out once, so that only a
    network of different ops, or of thousands of different modules, comes near. Bounds the time.
    """
    depth: int = 32
    """Modules inside modules."""
    parameters: int = 10**11
    imports: int = 32

    @property
    def steps(self) -> int:
        """The work that an expansion may be."""
        return self.ops * self.steps_per_op

    @property
    def further_steps(self) -> int:
        """The work after which nothing more is expanded that is not asked for: other variants of the file, and what
        else a mistake may have meant.
        """
        return self.ops * 3
