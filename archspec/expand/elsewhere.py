"""What PyTorch and Keras call things: a person who comes from there is told the name here.

In: a name that is none of ours. Out: ours for the same thing, or what to do in its place. Names are compared without
case, underscores and a final `1d`, `2d`, `3d`, so that `Conv2d`, `conv_2d` and `CONV` are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

LISTED_BY: Final = "`archspec explain ops` lists the ops"
"""The note in place of the names of all ops, which are too many for a line."""

_OPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "convolution": "conv",
        "convtransposed": "conv_transpose",
        "deconv": "conv_transpose",
        "upconv": "conv_transpose",
        "dense": "fc",
        "fullyconnected": "fc",
        "bn": "norm",
        "batchnorm": "norm",
        "batchnormalization": "norm",
        "layernorm": "norm",
        "layernormalization": "norm",
        "groupnorm": "norm",
        "groupnormalization": "norm",
        "instancenorm": "norm",
        "rmsnorm": "norm",
        "localresponsenorm": "lrn",
        "maxpooling": "maxpool",
        "averagepool": "avgpool",
        "averagepooling": "avgpool",
        "globalavgpool": "gap",
        "globalaveragepool": "gap",
        "globalaveragepooling": "gap",
        "globalmaxpool": "gmp",
        "globalmaxpooling": "gmp",
        "zeropad": "pad",
        "zeropadding": "pad",
        "reflectionpad": "pad",
        "upsampling": "upsample",
        "interpolate": "upsample",
        "stochasticdepth": "drop_path",
        "reshape": "unflatten",
        "sequential": "seq",
        "sequence": "seq",
        "cat": "concat",
        "concatenate": "concat",
        "sum": "add",
        "mul": "multiply",
    }
)

_ARGUMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "kernelsize": "kernel",
        "poolsize": "kernel",
        "strides": "stride",
        "filters": "channels",
        "outchannels": "channels",
        "units": "features",
        "outfeatures": "features",
        "dilationrate": "dilation",
        "ceilmode": "ceil",
        "usebias": "bias",
        "epsilon": "eps",
        "numgroups": "groups",
        "rate": "p",
        "scalefactor": "factor",
        "times": "repeat",
        "copies": "repeat",
    }
)

_REMARKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "activation": "write the activation as a node of its own, after this one",
        "norm": "write the norm as a node of its own, after this one",
        "inchannels": "leave it out: the channels are those of what flows in",
        "infeatures": "leave it out: the features are those of what flows in",
        "inputshape": "leave it out: the shape is that of what flows in",
        "name": "name the node in its sequence: `{conv1: {conv: 64, kernel: 3}}`",
    }
)


def _plain(name: str) -> str:
    return re.sub("[123]d$", "", name[:100].casefold().replace("_", ""))


def op_meant(name: str, known: Iterable[str]) -> str | None:
    """The op among `known` that another library calls `name`."""
    plain = _plain(name)
    meant = _OPS.get(plain)
    return next((own for own in known if own == meant or _plain(own) == plain), None)


def argument_meant(name: str, known: Iterable[str]) -> str | None:
    """The argument among `known` that another library calls `name`."""
    plain = _plain(name)
    meant = _ARGUMENTS.get(plain)
    return next((own for own in known if own == meant or _plain(own) == plain), None)


def argument_remark(name: str) -> str:
    """What to do in place of an argument that exists elsewhere, and not here."""
    return _REMARKS.get(_plain(name), "")
