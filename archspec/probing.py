"""`archspec.probe` and `archspec probe`: activations and gradients of networks at initialisation.

In: checked networks. Out: a `Probe` of each. torch is imported here, and only once memory is known to suffice.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from archspec.files import CannotRun

if TYPE_CHECKING:
    from archspec.backends.probe.facts import Probe
    from archspec.compiler import Network
    from archspec.ir import Constant
    from archspec.limits import Limits

BATCH: Final = 8
MEMORY: Final = 4 * 2**30
"""Bytes. A stranger's small file may describe a large network."""
_FLOAT_BYTES: Final = 4


def probe(
    spec: str | os.PathLike[str],
    *,
    batch: int = BATCH,
    seed: int = 0,
    seeds: int = 1,
    every_op: bool = False,
    memory: int = MEMORY,
    limits: Limits | None = None,
    **params: Constant,
) -> Probe:
    """Activations and gradients of a network, layer by layer, at initialisation.

    Args:
        spec, limits, params: as for `compile`.
        batch, seed, seeds, every_op, memory: as for `probe_network`.

    Raises:
        SpecError: the spec has errors.
        CannotRun: there is nothing to read, or the network would take more memory.
    """
    from archspec.compiler import compile

    network = compile(spec, limits=limits, **params)
    return probe_network(network, batch=batch, seed=seed, seeds=seeds, every_op=every_op, memory=memory)


def probe_network(
    network: Network,
    *,
    batch: int = BATCH,
    seed: int = 0,
    seeds: int = 1,
    every_op: bool = False,
    memory: int = MEMORY,
) -> Probe:
    """Build the network and send one batch through it, forwards and backwards.

    Args:
        batch: the number of examples; batch norm needs more than one.
        seed: the first seed of weights, input and labels.
        seeds: how many seeds in a row to try; the result holds medians.
        every_op: tell of norms and of layers without weights too.
        memory: the most bytes that weights, gradients and activations may take together.

    Raises:
        CannotRun: the network would take more memory.
    """
    from archspec.backends.wording import bytes_text
    from archspec.passes.memory import measure_memory

    needed = measure_memory(network.graph, batch, _FLOAT_BYTES).training + 2 * network.params * _FLOAT_BYTES
    if needed > memory:
        raise CannotRun(
            f"probing {network.name} with a batch of {batch} takes about {bytes_text(needed)}, "
            f"more than the {bytes_text(memory)} allowed: lower `--batch`, or raise `--max-memory`"
        )
    from archspec.backends.torch.probe import probe

    try:
        return probe(network.graph, batch=batch, seeds=range(seed, seed + seeds), every_op=every_op)
    except (
        RuntimeError,
        ValueError,
        MemoryError,
    ) as error:  # what torch raises at a batch of one, or without memory
        raise CannotRun(f"torch refuses to run {network.name}: {error}") from error
