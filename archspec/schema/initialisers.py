"""The arguments of the initialisations of `torch.nn.init`.

https://docs.pytorch.org/docs/stable/nn.init.html
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from archspec.ops.arguments import NonNegativeNumber, Number, Probability
from archspec.records import dataclass

Nonlinearity: TypeAlias = Literal[
    "linear", "conv1d", "conv2d", "conv3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"
]


@dataclass(frozen=True, slots=True)
class Bare:
    """No arguments: ones, zeros, dirac."""


@dataclass(frozen=True, slots=True)
class Uniform:
    a: Number = 0.0
    b: Number = 1.0


@dataclass(frozen=True, slots=True)
class Normal:
    mean: Number = 0.0
    std: NonNegativeNumber = 1.0


@dataclass(frozen=True, slots=True)
class TruncatedNormal:
    mean: Number = 0.0
    std: NonNegativeNumber = 1.0
    a: Number = -2.0
    b: Number = 2.0


@dataclass(frozen=True, slots=True)
class Constant:
    val: Number


@dataclass(frozen=True, slots=True)
class Gain:
    gain: Number = 1.0


@dataclass(frozen=True, slots=True)
class Kaiming:
    a: Number = 0.0
    mode: Literal["fan_in", "fan_out"] = "fan_in"
    nonlinearity: Nonlinearity = "leaky_relu"


@dataclass(frozen=True, slots=True)
class Sparse:
    sparsity: Probability
    std: NonNegativeNumber = 0.01


SCHEMES: Final[Mapping[str, type]] = MappingProxyType(
    {
        "uniform": Uniform,
        "normal": Normal,
        "constant": Constant,
        "ones": Bare,
        "zeros": Bare,
        "dirac": Bare,
        "trunc_normal": TruncatedNormal,
        "xavier_uniform": Gain,
        "xavier_normal": Gain,
        "kaiming_uniform": Kaiming,
        "kaiming_normal": Kaiming,
        "orthogonal": Gain,
        "sparse": Sparse,
    }
)
"""The schemes by name, each with the dataclass of its arguments."""
