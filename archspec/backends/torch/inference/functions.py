"""Layers as functions: how an op is written where no module is called.

In: a recipe. Out: one that computes the same in evaluation mode with functions of `torch`; the weights stay in a child,
under the names they have. A layer without a function here is called as it is: those of our own, and some whose
functions TorchScript or a type checker would not take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from archspec.ops.recipe import (
    INPUT,
    Argument,
    Call,
    FromChild,
    Function,
    Held,
    Layer,
    Learned,
    Literal,
    Marker,
    Operator,
    Pipeline,
    Recipe,
)

FUNCTIONS: Final[Mapping[str, str]] = {
    "nn.ReLU": "F.relu",
    "nn.ReLU6": "F.relu6",
    "nn.LeakyReLU": "F.leaky_relu",
    "nn.ELU": "F.elu",
    "nn.SELU": "F.selu",
    "nn.CELU": "F.celu",
    "nn.GELU": "F.gelu",
    "nn.SiLU": "F.silu",
    "nn.Mish": "F.mish",
    "nn.Hardsigmoid": "F.hardsigmoid",
    "nn.Hardswish": "F.hardswish",
    "nn.Tanhshrink": "F.tanhshrink",
    "nn.Softplus": "F.softplus",
    "nn.Softsign": "F.softsign",
    "nn.Softshrink": "F.softshrink",
    "nn.Hardshrink": "F.hardshrink",
    "nn.LogSigmoid": "F.logsigmoid",
    "nn.Hardtanh": "F.hardtanh",
    "nn.RReLU": "F.rrelu",
    "nn.Threshold": "F.threshold",
    "nn.Softmax": "F.softmax",
    "nn.LogSoftmax": "F.log_softmax",
    "nn.Softmin": "F.softmin",
    "nn.GLU": "F.glu",
    "nn.LocalResponseNorm": "F.local_response_norm",
    "nn.Upsample": "F.interpolate",
    "nn.PixelShuffle": "F.pixel_shuffle",
    "nn.PixelUnshuffle": "F.pixel_unshuffle",
    "nn.AvgPool1d": "F.avg_pool1d",
    "nn.AvgPool2d": "F.avg_pool2d",
    "nn.AvgPool3d": "F.avg_pool3d",
    "nn.AdaptiveAvgPool1d": "F.adaptive_avg_pool1d",
    "nn.AdaptiveAvgPool2d": "F.adaptive_avg_pool2d",
    "nn.AdaptiveAvgPool3d": "F.adaptive_avg_pool3d",
    "nn.Sigmoid": "torch.sigmoid",
    "nn.Tanh": "torch.tanh",
    "nn.MaxPool1d": "torch.max_pool1d",
    "nn.MaxPool2d": "torch.max_pool2d",
    "nn.MaxPool3d": "torch.max_pool3d",
}
"""For layers without weights, the function that takes the input and then the layer's own arguments. Those of `torch`
itself are typed, and have no layer of Python between."""

_WEIGHT: Final = (FromChild("weight"), FromChild("bias"))
_STRIDE, _PADDING, _DILATION, _GROUPS, _OUTPUT_PADDING = (
    FromChild(name, name, name, default)
    for name, default in (
        ("stride", 1),
        ("padding", 0),
        ("dilation", 1),
        ("groups", 1),
        ("output_padding", 0),
    )
)
_EPS: Final = FromChild("eps", "eps", "eps", 1e-5)

HELD: Final[Mapping[str, tuple[str, tuple[FromChild, ...]]]] = {
    **{
        f"nn.Conv{axes}d": (f"F.conv{axes}d", (*_WEIGHT, _STRIDE, _PADDING, _DILATION, _GROUPS))
        for axes in (1, 2, 3)
    },
    **{
        f"nn.ConvTranspose{axes}d": (
            f"F.conv_transpose{axes}d",
            (*_WEIGHT, _STRIDE, _PADDING, _OUTPUT_PADDING, _GROUPS, _DILATION),
        )
        for axes in (1, 2, 3)
    },
    **{
        f"nn.BatchNorm{axes}d": (
            "F.batch_norm",
            (FromChild("running_mean"), FromChild("running_var"), *_WEIGHT, _EPS),
        )
        for axes in (1, 2, 3)
    },
    "nn.Linear": ("F.linear", _WEIGHT),
    "nn.PReLU": ("F.prelu", _WEIGHT[:1]),
    "nn.GroupNorm": ("F.group_norm", (FromChild("num_groups"), *_WEIGHT, _EPS)),
    "nn.LayerNorm": ("torch.layer_norm", (FromChild("normalized_shape"), *_WEIGHT, _EPS)),
}
"""For layers with weights, the function that takes the input and then what the child holds."""


def as_functions(recipe: Recipe) -> Recipe:
    """The recipe without calls of modules, as far as there are functions."""
    match recipe:
        case Layer():
            return _as_function(recipe)
        case Pipeline():
            return Pipeline(
                tuple(_as_function(stage) if isinstance(stage, Layer) else stage for stage in recipe.stages)
            )
        case Function() | Operator() | Learned() | Held():
            return recipe


def _as_function(layer: Layer) -> Layer | Function | Held:
    call = layer.call
    if _keeps_own_form(call):
        return layer
    if call.function in FUNCTIONS:
        return Function(Call(FUNCTIONS[call.function], (Argument(INPUT), *_arguments(call))), layer=call)
    if call.function in HELD:
        return Held(call, *HELD[call.function])
    return layer


def _arguments(call: Call) -> tuple[Argument, ...]:
    """The layer's arguments as its function takes them: `F.gelu` takes none by position, and of `F.interpolate`
    TorchScript wants factors that are no integers."""
    match call.function:
        case "nn.GELU":
            return tuple(replace(argument, keyword="approximate") for argument in call.arguments)
        case "nn.Upsample":
            return tuple(
                replace(argument, value=_as_float(argument.value))
                if argument.keyword == "scale_factor"
                else argument
                for argument in call.arguments
            )
        case _:
            return call.arguments


def _as_float(value: Literal | Marker) -> Literal | Marker:
    match value:
        case int():
            return float(value)
        case tuple():
            return tuple(float(each) for each in value if isinstance(each, int | float))
        case _:
            return value


def _keeps_own_form(call: Call) -> bool:
    """Whether the layer does more than its function: padding of another kind, statistics of the batch itself."""
    plain = {"padding_mode": "zeros", "track_running_stats": True, "return_indices": False}
    return any(
        argument.keyword in plain and argument.value != plain[argument.keyword] for argument in call.arguments
    )
