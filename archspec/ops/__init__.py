"""The ops of the language.

`OPS` maps each key to its class; `find` also knows the aliases and the ops that installed packages add through the
entry-point group `archspec.ops` (an entry point's name is the op's key, its value the class). `STRUCTURAL` lists the
ops that the language's structures make and no spec names.

Holds: a key of ours is never looked up elsewhere, so no package can replace one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from archspec.ops import (
    activation,
    convolution,
    cut,
    dropout,
    linear,
    norm,
    pooling,
    resample,
    reshape,
    scale,
)
from archspec.ops.base import Op
from archspec.ops.joins import Add, Concat, Multiply, PadShortcut

ENTRY_POINTS = "archspec.ops"

_OPS: tuple[type[Op], ...] = (
    convolution.Conv,
    convolution.ConvTranspose,
    linear.FullyConnected,
    linear.Linear,
    norm.Norm,
    norm.LocalResponseNorm,
    activation.ReLU,
    activation.ReLU6,
    activation.LeakyReLU,
    activation.PReLU,
    activation.RReLU,
    activation.ELU,
    activation.SELU,
    activation.CELU,
    activation.GELU,
    activation.SiLU,
    activation.Mish,
    activation.Sigmoid,
    activation.Hardsigmoid,
    activation.Hardswish,
    activation.Tanh,
    activation.Hardtanh,
    activation.Tanhshrink,
    activation.Softplus,
    activation.Softsign,
    activation.Softshrink,
    activation.Hardshrink,
    activation.LogSigmoid,
    activation.Threshold,
    activation.GLU,
    activation.Softmax,
    activation.LogSoftmax,
    activation.Softmin,
    pooling.MaxPool,
    pooling.AvgPool,
    pooling.MinPool,
    pooling.AdaptiveAvgPool,
    pooling.AdaptiveMaxPool,
    pooling.GlobalAvgPool,
    pooling.GlobalMaxPool,
    reshape.Flatten,
    reshape.Unflatten,
    reshape.Permute,
    reshape.ChannelShuffle,
    cut.Slice,
    cut.Split,
    cut.Crop,
    cut.Pad,
    resample.Upsample,
    resample.PixelShuffle,
    resample.PixelUnshuffle,
    dropout.Dropout,
    dropout.DropPath,
    scale.Scale,
    scale.Scaled,
    scale.Abs,
    scale.Identity,
)

OPS: Mapping[str, type[Op]] = MappingProxyType({op.key: op for op in _OPS})

ALIASES: Mapping[str, str] = MappingProxyType({"swish": "silu"})
"""Other names of ops of ours, as the field uses them."""

STRUCTURAL: tuple[type[Op], ...] = (Add, Multiply, Concat, PadShortcut)


def is_own(key: str) -> bool:
    """Whether an op of ours goes by that name. A spec must not change its meaning with what is installed."""
    return ALIASES.get(key, key) in OPS


def find(key: str) -> type[Op] | None:
    """The op that a spec calls `key`."""
    return OPS.get(ALIASES.get(key, key)) or _installed().get(key)


@cache
def _installed() -> Mapping[str, type[Op]]:
    """The ops of installed packages. Looked up only for a key that is not ours: it takes time, and loads their code."""
    from importlib.metadata import entry_points

    found: dict[str, type[Op]] = {}
    for entry_point in entry_points(group=ENTRY_POINTS):
        op = entry_point.load()
        if not (isinstance(op, type) and issubclass(op, Op) and op.key == entry_point.name):
            what = f"entry point `{entry_point.name}` of `{ENTRY_POINTS}` ({entry_point.value})"
            raise TypeError(f"{what} is not an op with that key")
        found[entry_point.name] = op
    return MappingProxyType(found)
