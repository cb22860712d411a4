"""Arguments, keys of a spec, values and initialisations that another library or format calls otherwise.

In: a word that is none of ours. Out: ours for the same thing, or what to do in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from archspec.schema.elsewhere.layers import NORMS
from archspec.schema.elsewhere.names import plain_name

_ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "kernelsize": ("kernel",),
        "poolsize": ("kernel",),
        "pad": ("padding",),
        "strides": ("stride",),
        "filters": ("channels",),
        "outchannels": ("channels",),
        "numfilters": ("channels",),
        "units": ("features",),
        "outfeatures": ("features",),
        "dilationrate": ("dilation",),
        "ceilmode": ("ceil",),
        "usebias": ("bias",),
        "epsilon": ("eps",),
        "numgroups": ("groups",),
        "rate": ("p",),
        "prob": ("p",),
        "outputsize": ("size",),
        "scalefactor": ("factor",),
        "upscalefactor": ("factor",),
        "downscalefactor": ("factor",),
        "interpolation": ("mode",),
        "repeats": ("repeat",),
        "times": ("repeat",),
        "copies": ("repeat",),
        "n": ("repeat",),
        "number": ("repeat",),
        "inputs": ("from",),
        "input": ("from",),
        "when": ("if",),
        "condition": ("if",),
        "skip": ("shortcut",),
        "act": ("activation", "after"),
        "activation": ("after",),
        "stddev": ("std",),
        "value": ("val",),
        "elementwiseaffine": ("affine",),
        "alpha": ("negative_slope",),
    }
)

_NEEDLESS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "inchannels": "leave it out: the channels are those of what flows in",
        "numfeatures": "leave it out: the channels are those of what flows in",
        "infeatures": "leave it out: the features are those of what flows in",
        "inputshape": "leave it out: the shape is that of what flows in",
        "inputdim": "leave it out: the shape is that of what flows in",
        "inplace": "leave it out: the model works in place wherever nobody else reads the value",
        "device": "leave it out: a model is moved with `model.to(…)`",
        "dataformat": "leave it out: shapes are channels first",
        "dtype": "leave it out: a model is converted with `model.to(…)`",
    }
)
"""Arguments that say what is known here without them."""

_REMARKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("activation", "act", "nonlinearity"), "write the activation as a node of its own, after this one"
        ),
        **dict.fromkeys(
            ("norm", "bn", "batchnorm", "usebn", "normlayer"),
            "write the norm as a node of its own, after this one",
        ),
        "name": "name the node in its sequence: `{conv1: {conv: 64, kernel: 3}}`",
        "dim": "`axis` counts without the batch: PyTorch's `dim: 1` is `axis: 0`",
        "trainable": "leave it out: whether weights are trained is said in the training code",
        "requiresgrad": "leave it out: whether weights are trained is said in the training code",
        "depthmultiplier": "write `groups: $in_channels`, with that multiple of it as the channels",
        **dict.fromkeys(
            ("kernelinitializer", "biasinitializer", "weightinit", "initializer"),
            "write it as `init`: `{conv: 64, kernel: 3, init: {kaiming_normal: {mode: fan_out}, bias: zeros}}`",
        ),
        **dict.fromkeys(
            ("kernelregularizer", "weightdecay", "regularizer"),
            "leave it out: weight decay is said in the training code",
        ),
    }
)

_KEYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "layers": ("body", "sequence", "do"),
        "backbone": ("body",),
        "features": ("body",),
        "model": ("body",),
        "network": ("body",),
        "architecture": ("body",),
        "nodes": ("body", "sequence", "do"),
        "modules": ("body", "sequence"),
        "body": ("sequence", "do"),
        "head": ("sequence",),
        "seq": ("sequence",),
        "param": ("params",),
        "lossweight": ("weight",),
        "neck": ("body",),
        "classifier": ("head",),
        "top": ("head",),
        "inputshape": ("input",),
        "inputsize": ("input",),
        "imagesize": ("input",),
        "imgsize": ("input",),
        "parameters": ("params",),
        "variables": ("params",),
        "vars": ("params",),
        "constants": ("params",),
        "hyperparameters": ("params",),
        "args": ("params",),
        "description": ("about",),
        "doc": ("about",),
        "comment": ("note",),
        "title": ("name",),
        "version": ("archspec",),
        "include": ("import",),
        "base": ("extends",),
        "initialization": ("init",),
        "initialisation": ("init",),
        "auxiliary": ("aux",),
        "definitions": ("blocks",),
        "macros": ("blocks",),
    }
)
"""What other formats call the keys of a spec."""

_KEY_REMARKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "output": "`expect: {output: […]}` states the shape that comes out, `outputs: […]` names several nodes",
        **dict.fromkeys(
            ("numclasses", "nc", "classes", "width", "depth", "depthmultiple", "widthmultiple", "channels"),
            "a number that the nodes use stands below `params`: `params: {classes: 10}`",
        ),
        **dict.fromkeys(
            ("optimizer", "loss", "epochs", "lr", "batchsize", "training", "train", "dataset", "data"),
            "leave it out: a spec describes the network, not its training",
        ),
        "repeat": "it stands on a node: `{use: block, repeat: 3}`",
    }
)

_VALUES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "padding": MappingProxyType({"valid": "0", "none": "0", "no": "0"}),
        "bias": MappingProxyType({"none": "false"}),
        "type": NORMS,
        "mode": MappingProxyType({"constant": "zeros", "zero": "zeros", "edge": "replicate"}),
        "padding_mode": MappingProxyType({"constant": "zeros", "edge": "replicate", "wrap": "circular"}),
    }
)
"""What other libraries call the values of an argument."""

_SCHEMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "henormal": "kaiming_normal",
        "heuniform": "kaiming_uniform",
        "msra": "kaiming_normal",
        "kaiming": "kaiming_normal",
        "glorotnormal": "xavier_normal",
        "glorotuniform": "xavier_uniform",
        "xavier": "xavier_uniform",
        "truncatednormal": "trunc_normal",
        "randomnormal": "normal",
        "gaussian": "normal",
        "randomuniform": "uniform",
        "zero": "zeros",
        "one": "ones",
    }
)


def argument_meant(name: str, known: Iterable[str]) -> str | None:
    """The argument among `known` that another library calls `name`."""
    plain = plain_name(name)
    meant = _ARGUMENTS.get(plain, ())
    names = tuple(known)
    return next((own for own in meant if own in names), None) or next(
        (own for own in names if plain_name(own) == plain), None
    )


def argument_remark(name: str, callee: str = "") -> str:
    """What to do in place of an argument of `callee` that exists elsewhere, and not here."""
    plain = plain_name(name)
    if callee == "concat" and plain in ("dim", "axis"):
        return "leave it out: `concat` puts channels side by side"
    return _NEEDLESS.get(plain) or _REMARKS.get(plain, "")


def is_needless(name: str, callee: str = "", value: object = None) -> bool:
    """Whether the argument of `callee` can be left out: it says nothing of the network, or what is so without it."""
    plain = plain_name(name)
    if callee == "concat" and plain in ("dim", "axis"):
        return value == (1 if plain == "dim" else 0)
    return plain in _NEEDLESS


def agrees(name: str, value: object, in_channels: object) -> bool:
    """Whether a needless argument says what is so, as far as that is known: a person who wrote another number of
    channels, or another order of axes, took the network for another.
    """
    plain = plain_name(name)
    if plain == "dataformat":
        return value in ("channels_first", "NCHW")
    if plain in ("inchannels", "numfeatures", "infeatures"):
        return value == in_channels or not isinstance(value, int) or not isinstance(in_channels, int)
    return plain not in ("inputshape", "inputdim")


def key_meant(name: str, known: Iterable[str]) -> str | None:
    """The key of a spec among `known` that another format calls `name`."""
    names = tuple(known)
    return next((own for own in _KEYS.get(plain_name(name), ()) if own in names), None)


def fact_meant(name: str, known: Iterable[str]) -> str | None:
    """The fact among `known` that others call `name`."""
    is_macs = plain_name(name) in ("flops", "gflops", "multadds", "multiplyadds", "macc", "madds")
    return "macs" if is_macs and "macs" in known else None


def key_remark(name: str) -> str:
    """What to do in place of a key that exists elsewhere, and not here."""
    return _KEY_REMARKS.get(plain_name(name), "")


def value_meant(argument: str, text: str) -> str | None:
    """The value of `argument` that another library calls `text`."""
    return _VALUES.get(argument, {}).get(plain_name(text))


def number_remark(argument: str) -> str:
    """What to do in place of a number for an argument that takes a word."""
    return "leave the number out: the channels are those of what flows in" if argument == "type" else ""


def axis_meant(name: str, value: object) -> int | None:
    """The `axis` that PyTorch's `dim` is, which counts the batch."""
    if name != "dim" or not isinstance(value, int) or isinstance(value, bool) or value == 0:
        return None
    return value - 1 if value > 0 else value


def scheme_meant(name: str) -> str | None:
    """The initialisation that another library calls `name`."""
    return _SCHEMES.get(plain_name(name))
