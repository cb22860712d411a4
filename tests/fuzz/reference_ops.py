"""Each op of the language in plain PyTorch, written from the language reference and not from archspec's own recipes.

In: an op's key, its arguments as a spec gives them, an example of its input with the batch first. Out: a `Layer`: the
module that holds its weights, and the function that applies it.

Holds: nothing here imports archspec.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MAIN: Mapping[str, str] = {
    "conv": "channels",
    "conv_transpose": "channels",
    "fc": "features",
    "linear": "features",
    "norm": "type",
    "lrn": "size",
    "leaky_relu": "negative_slope",
    "prelu": "init",
    "rrelu": "lower",
    "elu": "alpha",
    "celu": "alpha",
    "gelu": "approximate",
    "hardtanh": "min_val",
    "softplus": "beta",
    "softshrink": "lambd",
    "hardshrink": "lambd",
    "threshold": "threshold",
    "glu": "axis",
    "softmax": "axis",
    "log_softmax": "axis",
    "softmin": "axis",
    "maxpool": "kernel",
    "avgpool": "kernel",
    "minpool": "kernel",
    "adaptive_avgpool": "size",
    "adaptive_maxpool": "size",
    "upsample": "factor",
    "pixel_shuffle": "factor",
    "pixel_unshuffle": "factor",
    "flatten": "start",
    "unflatten": "shape",
    "permute": "axes",
    "channel_shuffle": "groups",
    "slice": "range",
    "split": "parts",
    "crop": "size",
    "pad": "amount",
    "dropout": "p",
    "drop_path": "p",
    "scale": "value",
    "scaled": "factor",
}
"""The argument that the value beside the key sets."""


class Refused(Exception):
    """PyTorch does not do it, or the language says that it is not to be done."""


@dataclass(frozen=True)
class Layer:
    """`module` holds the weights; `apply` is the layer at work on an input of any size."""

    module: nn.Module | nn.Parameter
    apply: Callable[[Tensor], Tensor]


def layer(key: str, given: Mapping[str, Any], x: Tensor) -> Layer:
    """The layer that `key` means for an input like `x`."""
    maker = _MAKERS.get(key)
    if maker is not None:
        return maker(dict(given), x)
    return _plain(_ACTIVATIONS[key](**given))


def known(key: str) -> bool:
    return key in _MAKERS or key in _ACTIVATIONS


def _plain(module: nn.Module) -> Layer:
    return Layer(module, module)


def _function(apply: Callable[[Tensor], Tensor]) -> Layer:
    return Layer(nn.Identity(), apply)


def _rank(x: Tensor) -> int:
    """The number of spatial axes, of which there are one to three."""
    rank = x.dim() - 2
    if not 1 <= rank <= 3:
        raise Refused(f"a map is due, and this has {rank} spatial axes")
    return rank


def _each(value: Any, rank: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,) * rank


def _dim(axis: int, x: Tensor) -> int:
    """An axis of an example as a dimension of a batch; never that of the batch itself."""
    dim = axis + 1 if axis >= 0 else x.dim() + axis
    if not 1 <= dim < x.dim():
        raise Refused(f"there is no axis {axis}")
    return dim


def _spread(x: Tensor, margins: list[tuple[int, int]], mode: str = "constant", value: float = 0.0) -> Tensor:
    """`x` with margins before and after on each spatial axis, the first axis first."""
    flat = [side for margin in reversed(margins) for side in margin]
    return F.pad(x, flat, mode, value) if mode == "constant" else F.pad(x, flat, mode)


def _same(x: Tensor, kernel: Any, stride: Any, dilation: Any) -> list[tuple[int, int]]:
    """The margins with which `ceil(n / stride)` come out (TensorFlow's rule)."""
    rank = _rank(x)
    margins = []
    for n, k, s, d in zip(
        x.shape[2:], _each(kernel, rank), _each(stride, rank), _each(dilation, rank), strict=True
    ):
        total = max((math.ceil(n / s) - 1) * s + d * (k - 1) + 1 - n, 0)
        margins.append((total // 2, total - total // 2))
    return margins


def _half(kernel: Any, dilation: Any, rank: int) -> tuple[int, ...]:
    """Half of what the kernel spans."""
    spans = (d * (k - 1) + 1 for k, d in zip(_each(kernel, rank), _each(dilation, rank), strict=True))
    return tuple(span // 2 for span in spans)


def _conv(given: dict[str, Any], x: Tensor) -> Layer:
    rank = _rank(x)
    kind = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[rank - 1]
    kernel, stride, dilation = given["kernel"], given.get("stride", 1), given.get("dilation", 1)
    padding, mode = given.pop("padding", 0), given.get("padding_mode", "zeros")
    rest = {key: given[key] for key in ("stride", "dilation", "groups", "bias") if key in given}
    if padding == "half":
        padding = _half(kernel, dilation, rank)
    if padding != "same":
        return _plain(kind(x.shape[1], given["channels"], kernel, padding=padding, padding_mode=mode, **rest))
    conv = kind(x.shape[1], given["channels"], kernel, **rest)
    fill = "constant" if mode == "zeros" else mode
    return Layer(conv, lambda y: conv(_spread(y, _same(y, kernel, stride, dilation), fill)))


def _conv_transpose(given: dict[str, Any], x: Tensor) -> Layer:
    kind = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[_rank(x) - 1]
    return _plain(kind(x.shape[1], given.pop("channels"), given.pop("kernel"), **given))


def _fc(given: dict[str, Any], x: Tensor) -> Layer:
    return _plain(nn.Linear(x.shape[-1], given.pop("features"), **given))


def _norm(given: dict[str, Any], x: Tensor) -> Layer:
    kind, channels = given.pop("type", "batch"), x.shape[1]
    eps = {} if given.get("eps") is None else {"eps": given["eps"]}
    affine = given.get("affine")
    if kind in ("batch", "instance"):
        rank = max(x.dim() - 2, 1)
        kinds = {
            "batch": (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d),
            "instance": (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d),
        }
        if rank > 3 or (kind == "instance" and x.dim() == 2):
            raise Refused(f"{kind} norm of {x.dim() - 2} spatial axes")
        names = ("momentum", "affine", "track_running_stats")
        some = {
            name: given[name]
            for name in names
            if name in given and (name == "momentum" or given[name] is not None)
        }
        return _plain(kinds[kind][rank - 1](channels, **eps, **some))
    if kind == "group":
        if given.get("groups") is None:
            raise Refused("the number of groups is needed")
        return _plain(nn.GroupNorm(given["groups"], channels, affine=affine is not False, **eps))
    over = given.get("over", "channels")
    sizes = {"channels": (channels,), "last": (x.shape[-1],), "all": tuple(x.shape[1:])}[over]
    if kind == "layer":
        bias = {"bias": given["bias"]} if "bias" in given else {}
        norm: nn.Module = nn.LayerNorm(sizes, elementwise_affine=affine is not False, **eps, **bias)
    else:
        norm = nn.RMSNorm(sizes, elementwise_affine=affine is not False, **eps)
    if over == "channels":
        return Layer(norm, lambda y: norm(y.movedim(1, -1)).movedim(-1, 1))
    return _plain(norm)


def _lrn(given: dict[str, Any], x: Tensor) -> Layer:
    _rank(x)
    return _plain(nn.LocalResponseNorm(given.pop("size", 5), **given))


def _prelu(given: dict[str, Any], x: Tensor) -> Layer:
    return _plain(nn.PReLU(x.shape[1] if given.get("channels") else 1, init=given.get("init", 0.25)))


def _along(kind: Callable[[int], nn.Module]) -> Callable[[dict[str, Any], Tensor], Layer]:
    return lambda given, x: _plain(kind(_dim(given.get("axis", 0), x)))


def _max_pool(given: dict[str, Any], x: Tensor, sign: int = 1) -> Layer:
    rank = _rank(x)
    pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[rank - 1]
    kernel, dilation = given["kernel"], given.get("dilation", 1)
    stride = kernel if given.get("stride") is None else given["stride"]
    padding, ceil = given.get("padding", 0), given.get("ceil", False)

    def apply(y: Tensor) -> Tensor:
        y, pads = sign * y, padding
        if padding == "same":
            y, pads = _spread(y, _same(y, kernel, stride, dilation), value=-math.inf), 0
        elif padding == "half":
            pads = _half(kernel, dilation, rank)
        return sign * pool(y, kernel, stride, pads, dilation, ceil)

    return _function(apply)


def _min_pool(given: dict[str, Any], x: Tensor) -> Layer:
    return _max_pool(given, x, sign=-1)


def _avg_pool(given: dict[str, Any], x: Tensor) -> Layer:
    rank = _rank(x)
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[rank - 1]
    kernel = given["kernel"]
    stride = kernel if given.get("stride") is None else given["stride"]
    padding, ceil = given.get("padding", 0), given.get("ceil", False)
    counts = given.get("count_include_pad", True)

    def apply(y: Tensor) -> Tensor:
        if padding == "same":  # the mean of what is there
            margins = _same(y, kernel, stride, 1)
            shares = pool(_spread(torch.ones_like(y), margins), kernel, stride)
            return pool(_spread(y, margins), kernel, stride) / shares
        pads = _half(kernel, 1, rank) if padding == "half" else padding
        return pool(y, kernel, stride, pads, ceil, counts)

    return _function(apply)


def _adaptive(*kinds: type[nn.Module]) -> Callable[[dict[str, Any], Tensor], Layer]:
    def make(given: dict[str, Any], x: Tensor) -> Layer:
        rank = _rank(x)
        size = given["size"]
        if isinstance(size, list | tuple) and len(size) != rank:
            raise Refused("one size for each axis")
        return _plain(kinds[rank - 1](tuple(size) if isinstance(size, list) else size))

    return make


def _global(reduce: Callable[[Tensor], Tensor]) -> Callable[[dict[str, Any], Tensor], Layer]:
    def make(given: dict[str, Any], x: Tensor) -> Layer:
        _rank(x)
        return _function(lambda y: reduce(y.flatten(2)))

    return make


def _upsample(given: dict[str, Any], x: Tensor) -> Layer:
    rank = _rank(x)
    mode = given.get("mode", "nearest")
    if mode == "linear":
        mode = ("linear", "bilinear", "trilinear")[rank - 1]
    factor, size = given.get("factor"), given.get("size")
    return _plain(
        nn.Upsample(
            None if size is None else tuple(_each(size, rank)),
            tuple(float(one) for one in factor) if isinstance(factor, list | tuple) else factor,
            mode,
            given.get("align_corners"),
        )
    )


def _image(kind: Callable[[int], nn.Module]) -> Callable[[dict[str, Any], Tensor], Layer]:
    def make(given: dict[str, Any], x: Tensor) -> Layer:
        if x.dim() != 4:
            raise Refused("an image is due")
        return _plain(kind(given["factor"]))

    return make


def _flatten(given: dict[str, Any], x: Tensor) -> Layer:
    start = _dim(given.get("start", 0), x)
    end = _dim(given.get("end", -1), x)
    return _function(lambda y: torch.flatten(y, start, end))


def _unflatten(given: dict[str, Any], x: Tensor) -> Layer:
    dim = _dim(given.get("axis", 0), x)
    return _function(lambda y: torch.unflatten(y, dim, given["shape"]))


def _permute(given: dict[str, Any], x: Tensor) -> Layer:
    return _function(lambda y: y.permute(0, *(axis + 1 for axis in given["axes"])))


def _channel_shuffle(given: dict[str, Any], x: Tensor) -> Layer:
    groups = given["groups"]

    def apply(y: Tensor) -> Tensor:
        parts = y.reshape(y.shape[0], groups, y.shape[1] // groups, *y.shape[2:])
        return parts.transpose(1, 2).reshape(y.shape)

    return _function(apply)


def _slice(given: dict[str, Any], x: Tensor) -> Layer:
    dim = _dim(given.get("axis", 0), x)
    start, stop = given["range"]

    def apply(y: Tensor) -> Tensor:
        return y[(slice(None),) * dim + (slice(start, stop),)]

    return _function(apply)


def _split(given: dict[str, Any], x: Tensor) -> Layer:
    dim = _dim(given.get("axis", 0), x)
    return _function(lambda y: torch.tensor_split(y, given["parts"], dim)[given["part"]])


def _crop(given: dict[str, Any], x: Tensor) -> Layer:
    sizes = _each(given["size"], _rank(x))

    def apply(y: Tensor) -> Tensor:
        for dim, size in enumerate(sizes, start=2):
            y = y.narrow(dim, (y.shape[dim] - size) // 2, size)
        return y

    return _function(apply)


def _pad(given: dict[str, Any], x: Tensor) -> Layer:
    rank = _rank(x)
    before = _each(given["amount"], rank)
    after = before if given.get("after") is None else _each(given["after"], rank)
    mode = given.get("mode", "zeros")
    margins = list(zip(before, after, strict=True))
    fill = "constant" if mode == "zeros" else mode
    return _function(lambda y: _spread(y, margins, fill, given.get("value", 0.0)))


def _dropout(given: dict[str, Any], x: Tensor) -> Layer:
    if not given.get("channels"):
        return _plain(nn.Dropout(given.get("p", 0.5)))
    return _plain((nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)[_rank(x) - 1](given.get("p", 0.5)))


class _DropPath(nn.Module):
    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = torch.rand(x.shape[0], *(1,) * (x.dim() - 1)) >= self.p
        return x * kept / max(1 - self.p, 1e-6)


def _scale(given: dict[str, Any], x: Tensor) -> Layer:
    factors = nn.Parameter(torch.full((x.shape[1], *(1,) * (x.dim() - 2)), float(given.get("value", 1.0))))
    if given.get("bare"):
        return Layer(factors, lambda y: factors * y)
    holder = nn.Module()
    holder.register_parameter("weight", factors)
    return Layer(holder, lambda y: factors * y)


_MAKERS: Mapping[str, Callable[[dict[str, Any], Tensor], Layer]] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "fc": _fc,
    "linear": _fc,
    "norm": _norm,
    "lrn": _lrn,
    "prelu": _prelu,
    "glu": _along(nn.GLU),
    "softmax": _along(nn.Softmax),
    "log_softmax": _along(nn.LogSoftmax),
    "softmin": _along(nn.Softmin),
    "maxpool": _max_pool,
    "minpool": _min_pool,
    "avgpool": _avg_pool,
    "adaptive_avgpool": _adaptive(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
    "adaptive_maxpool": _adaptive(nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d),
    "gap": _global(lambda y: y.mean(2)),
    "gmp": _global(lambda y: y.amax(2)),
    "upsample": _upsample,
    "pixel_shuffle": _image(nn.PixelShuffle),
    "pixel_unshuffle": _image(nn.PixelUnshuffle),
    "flatten": _flatten,
    "unflatten": _unflatten,
    "permute": _permute,
    "channel_shuffle": _channel_shuffle,
    "slice": _slice,
    "split": _split,
    "crop": _crop,
    "pad": _pad,
    "dropout": _dropout,
    "drop_path": lambda given, x: _plain(_DropPath(given["p"])),
    "scale": _scale,
    "scaled": lambda given, x: _function(lambda y: given["factor"] * y),
    "abs": lambda given, x: _function(torch.abs),
    "identity": lambda given, x: _plain(nn.Identity()),
}

_ACTIVATIONS: Mapping[str, Callable[..., nn.Module]] = {
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "leaky_relu": nn.LeakyReLU,
    "rrelu": nn.RReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "celu": nn.CELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "swish": nn.SiLU,
    "mish": nn.Mish,
    "sigmoid": nn.Sigmoid,
    "hardsigmoid": nn.Hardsigmoid,
    "hardswish": nn.Hardswish,
    "tanh": nn.Tanh,
    "hardtanh": nn.Hardtanh,
    "tanhshrink": nn.Tanhshrink,
    "softplus": nn.Softplus,
    "softsign": nn.Softsign,
    "softshrink": nn.Softshrink,
    "hardshrink": nn.Hardshrink,
    "logsigmoid": nn.LogSigmoid,
    "threshold": nn.Threshold,
}
