"""How an op is written in PyTorch, as data.

An op's `torch()` returns a `Recipe`; the source backend prints it. Nothing here knows how to print, and nothing here
imports torch. Every argument is listed, also one that equals PyTorch's own default, so that two convolutions that
differ in a stride still have the same form; the printer leaves out what equals the default.

    Layer      a child module, called with the input:           self.conv1 = nn.Conv2d(3, 64, 7, stride=2)
    Function   an expression over the inputs, no child:         torch.flatten(x, 1)
    Operator   an infix operator between the inputs:            x + identity
    Held       a child that holds weights, and a function: F.linear(x, self.fc.weight, self.fc.bias)
    Learned    a tensor that is learned, and an operator:       self.scale = nn.Parameter(…), self.scale * x
    Pipeline   several of them, one after the other:            torch.flatten(self.avgpool(x), 1)
"""

from __future__ import annotations

from typing import Final, TypeAlias

from archspec.records import dataclass

Literal: TypeAlias = "int | float | bool | str | None | tuple[Literal, ...]"


class _Marker:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


Marker: TypeAlias = _Marker
"""The type of the markers below, for the code that tells them from values."""

REQUIRED: Final = _Marker("REQUIRED")
"""The default of an argument that PyTorch has no default for: it is always printed."""

INPUT: Final = _Marker("INPUT")
"""In a function's arguments: the (single) input tensor."""

INPUTS: Final = _Marker("INPUTS")
"""In a function's arguments: the tuple of all input tensors."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call.

    `origin` says where the value comes from: the name of the op's field (`channels`), or `in_channels`,
    `in_features` … for what the op takes from its input's shape. The emitter names constructor parameters by it.
    """

    value: Literal | _Marker
    keyword: str = ""  # empty: positional
    default: Literal | _Marker = REQUIRED
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A call by name: `nn.Conv2d`, `torch.flatten`, or a bare name such as `LayerNorm2d` for one of our own layers
    (`backends/torch/layers.py`), whose definition is then copied into the emitted file."""

    function: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Layer:
    """A child module."""

    call: Call


@dataclass(frozen=True, slots=True)
class Function:
    """A call in `forward`; `layer` is the module that does the same where only a module can stand."""

    call: Call
    layer: Call | None = None


@dataclass(frozen=True, slots=True)
class Operator:
    """An infix operator between all inputs, in order.

    `method` is that of the first input which does the same and overwrites it (`add_`); empty: nothing is overwritten.
    """

    symbol: str
    method: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """A tensor that the module around learns itself: `call` makes it, `symbol` stands between it and the input."""

    call: Call
    symbol: str


@dataclass(frozen=True, slots=True)
class FromChild:
    """An argument of a function that a child holds: its attribute, or what was given for the field `origin`, where
    that is one number everywhere and not the function's `default`."""

    attribute: str
    keyword: str = ""  # empty: positional
    origin: str = ""  # empty: always the attribute
    default: Literal | _Marker = REQUIRED


@dataclass(frozen=True, slots=True)
class Held:
    """A child module that is not called: it holds the weights that a function of the input reads."""

    call: Call
    function: str
    arguments: tuple[FromChild, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Stages applied one after the other; only the first may take several inputs, and one at most is a `Layer`."""

    stages: tuple[Layer | Function | Held, ...]


Recipe: TypeAlias = Layer | Function | Operator | Learned | Held | Pipeline
