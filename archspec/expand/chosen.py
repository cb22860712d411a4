"""Which size a network is compiled for whose input leaves its sizes open.

In: a prepared spec, and what was set. Out: a number for every open size that was not: `DEFAULT_SIZE` where the network
is valid at it, else the nearest size found at which it is.
"""

from __future__ import annotations

from typing import Final

from archspec.diagnostics import Sink
from archspec.expand.inputs import DEFAULT_SIZE, Settings
from archspec.expand.network import Prepared, expand

LARGEST_TRIED: Final = 320

BYTES_PER_STEP: Final = 100
"""An expansion goes through the whole file: its length counts as steps."""

_OF_SIZES: Final = ("E03", "E045", "E0406")
"""The codes of errors that another size may mend."""


def choose_sizes(prepared: Prepared, variant: str, settings: Settings) -> dict[str, int]:
    """One size for all that are open and not set.

    The search takes a quarter of the work that the largest network may take, and one expansion more. Where no size is
    found, it is `DEFAULT_SIZE`, and compiling for it reports why not.
    """
    missing = [name for name in prepared.open_names if name not in settings]
    if not missing:
        return {}
    steps = 0
    for size in sorted(range(1, LARGEST_TRIED + 1), key=lambda size: abs(size - DEFAULT_SIZE)):
        sink = Sink()
        sizes = dict.fromkeys(missing, size)
        if (
            expand(prepared, sink, variant=variant, settings=settings, sizes=sizes, trial=True).graph
            is not None
        ):
            return sizes
        steps += sink.steps + len(prepared.file.source.text) // BYTES_PER_STEP
        errors = [found for found in sink.diagnostics if found.severity == "error"]
        if 4 * steps > prepared.limits.steps or not all(error.code.startswith(_OF_SIZES) for error in errors):
            break
    return dict.fromkeys(missing, DEFAULT_SIZE)
