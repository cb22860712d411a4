"""Models in memory: what it costs to build one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import archspec
from benchmarks import peers
from benchmarks.findings import Absent, Found
from benchmarks.measure import cpu
from benchmarks.rows.row import Bench, Row, compare

BY_HAND = "constructor of the hand-written model"


def _seed() -> None:
    import torch

    torch.manual_seed(0)


def _against_constructor(
    bench: Bench, row: str, title: str, build: Callable[[], object], limit: float
) -> Iterator[Found]:
    if why := peers.missing("torch"):
        yield Absent(row, title, why)
        return
    from benchmarks.networks import resnet152

    other = (BY_HAND, cpu(resnet152, prepare=_seed))
    yield compare(bench, row, (title, cpu(build, prepare=_seed)), other, limit)


def _build(bench: Bench) -> Iterator[Found]:
    title = 'archspec.build("resnet152"), the same random stream'
    yield from _against_constructor(bench, "build", title, partial(archspec.build, "resnet152"), 1.05)


def _build_once(bench: Bench) -> Iterator[Found]:
    title = 'archspec.build("resnet152", init_once=True)'
    build = partial(archspec.build, "resnet152", init_once=True)
    yield from _against_constructor(bench, "build-once", title, build, 0.6)


def _weights(bench: Bench) -> Iterator[Found]:
    if why := peers.missing("torch", "safetensors"):
        yield Absent("weights", 'archspec.build("resnet152", weights=FILE)', why)
        return
    import torch
    from safetensors.torch import load_file, save_file

    from benchmarks.networks import resnet152

    _seed()
    state = resnet152().state_dict()
    saved = bench.folder / "resnet152.safetensors"
    pickled = bench.folder / "resnet152.pt"
    save_file(state, saved)
    torch.save(state, pickled)

    def by_hand_safetensors() -> object:
        return resnet152().load_state_dict(load_file(saved), strict=True)

    def by_hand_pickled() -> object:
        return resnet152().load_state_dict(torch.load(pickled, weights_only=True), strict=True)

    other = f"{BY_HAND}, and strict load"
    for file, by_hand in ((saved, by_hand_safetensors), (pickled, by_hand_pickled)):
        title = f'archspec.build("resnet152", weights="…{file.suffix}")'
        build = cpu(partial(archspec.build, "resnet152", weights=file), prepare=_seed)
        yield compare(bench, "weights", (title, build), (other, cpu(by_hand, prepare=_seed)), 0.5)


ROWS = (
    Row(
        "build", "a built model costs what the constructor by hand costs, and draws the same numbers", _build
    ),
    Row("build-once", "numbers that `init` overwrites need not be drawn", _build_once),
    Row("weights", "what a file of weights overwrites is not initialised", _weights),
)
