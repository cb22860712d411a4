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

from archspec.late import Late
from archspec.ops.base import Op
from archspec.ops.joins import Add, Concat, Multiply, PadShortcut

ENTRY_POINTS = "archspec.ops"

OPS: Mapping[str, type[Op]] = Late(
    "archspec.ops",
    {
        "conv": "convolution.Conv",
        "conv_transpose": "convolution.ConvTranspose",
        "fc": "linear.FullyConnected",
        "linear": "linear.Linear",
        "norm": "norm.Norm",
        "lrn": "norm.LocalResponseNorm",
        "relu": "activation.ReLU",
        "relu6": "activation.ReLU6",
        "leaky_relu": "activation.LeakyReLU",
        "prelu": "activation.PReLU",
        "rrelu": "activation.RReLU",
        "elu": "smooth.ELU",
        "selu": "smooth.SELU",
        "celu": "smooth.CELU",
        "gelu": "smooth.GELU",
        "silu": "smooth.SiLU",
        "mish": "smooth.Mish",
        "sigmoid": "smooth.Sigmoid",
        "hardsigmoid": "activation.Hardsigmoid",
        "hardswish": "activation.Hardswish",
        "tanh": "smooth.Tanh",
        "hardtanh": "activation.Hardtanh",
        "tanhshrink": "smooth.Tanhshrink",
        "softplus": "smooth.Softplus",
        "softsign": "smooth.Softsign",
        "softshrink": "activation.Softshrink",
        "hardshrink": "activation.Hardshrink",
        "logsigmoid": "smooth.LogSigmoid",
        "threshold": "activation.Threshold",
        "glu": "softmax.GLU",
        "softmax": "softmax.Softmax",
        "log_softmax": "softmax.LogSoftmax",
        "softmin": "softmax.Softmin",
        "maxpool": "pooling.MaxPool",
        "avgpool": "pooling.AvgPool",
        "minpool": "pooling.MinPool",
        "adaptive_avgpool": "adaptive.AdaptiveAvgPool",
        "adaptive_maxpool": "adaptive.AdaptiveMaxPool",
        "gap": "adaptive.GlobalAvgPool",
        "gmp": "adaptive.GlobalMaxPool",
        "flatten": "reshape.Flatten",
        "unflatten": "reshape.Unflatten",
        "permute": "reshape.Permute",
        "channel_shuffle": "reshape.ChannelShuffle",
        "slice": "cut.Slice",
        "split": "cut.Split",
        "crop": "cut.Crop",
        "pad": "cut.Pad",
        "upsample": "resample.Upsample",
        "pixel_shuffle": "resample.PixelShuffle",
        "pixel_unshuffle": "resample.PixelUnshuffle",
        "dropout": "dropout.Dropout",
        "drop_path": "dropout.DropPath",
        "scale": "scale.Scale",
        "scaled": "scale.Scaled",
        "abs": "scale.Abs",
        "identity": "scale.Identity",
    },
)
"""The ops by key, in the order in which they are listed. The module of an op is imported when a network has one."""

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
