"""What PyTorch, Keras, timm and Ultralytics call things: a person who comes from there is told the name here.

In: a name that is none of ours. Out: ours for the same thing, or what to do in its place. Names are compared without
case, underscores, hyphens, the module in front (`nn.`) and a final `1d`, `2d`, `3d`, so that `nn.Conv2d`, `conv_2d` and
`CONV` are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from archspec.records import dataclass

LISTED_BY: Final = "`archspec explain ops` lists the ops"
"""The note in place of the names of all ops, which are too many for a line."""


@dataclass(frozen=True, slots=True)
class Meant:
    """Our way to write another library's layer."""

    name: str
    main: str = ""
    """The main argument that says which of ours it is: `norm: layer`."""
    value_is: str = ""
    """Beside `main`, the argument that the other library's first one is; empty: one that is none here."""
    beside: tuple[tuple[str, str], ...] = ()
    """Further arguments that make ours the same."""

    @property
    def written(self) -> str:
        """The node without further arguments."""
        if not self.main and not self.beside:
            return self.name
        head = f"{self.name}: {self.main}" if self.main else f"use: {self.name}"
        return "{" + ", ".join((head, *(f"{key}: {value}" for key, value in self.beside))) + "}"


_OPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "convolution": "conv",
        "convtransposed": "conv_transpose",
        "conv2dtranspose": "conv_transpose",
        "conv1dtranspose": "conv_transpose",
        "conv3dtranspose": "conv_transpose",
        "deconv": "conv_transpose",
        "upconv": "conv_transpose",
        "dense": "fc",
        "fullyconnected": "fc",
        "lrelu": "leaky_relu",
        "localresponsenorm": "lrn",
        "maxpooling": "maxpool",
        "averagepool": "avgpool",
        "averagepooling": "avgpool",
        "globalavgpool": "gap",
        "globalaveragepool": "gap",
        "globalaveragepooling": "gap",
        "globalpool": "gap",
        "globalmaxpool": "gmp",
        "globalmaxpooling": "gmp",
        "zeropad": "pad",
        "zeropadding": "pad",
        "upsampling": "upsample",
        "upsamplingnearest": "upsample",
        "interpolate": "upsample",
        "resize": "upsample",
        "droppath": "drop_path",
        "stochasticdepth": "drop_path",
        "reshape": "unflatten",
        "transpose": "permute",
        "sequential": "seq",
        "sequence": "seq",
        "modulelist": "seq",
        "cat": "concat",
        "concatenate": "concat",
        "sum": "add",
        "mul": "multiply",
        "basicblock": "residual_block",
        "resblock": "residual_block",
        "separableconv": "separable_conv",
        "seblock": "squeeze_excite",
        "semodule": "squeeze_excite",
        "selayer": "squeeze_excite",
        "convbnact": "conv_norm_act",
        "convbnrelu": "conv_norm_act",
        "convnormactivation": "conv_norm_act",
        "firemodule": "fire",
        "denselayer": "dense_layer",
    }
)

_BATCH, _LAYER, _INSTANCE = (Meant("norm", kind) for kind in ("batch", "layer", "instance"))
_RMS, _GROUP = Meant("norm", "rms"), Meant("norm", "group", "groups")

_KINDS: Final[Mapping[str, Meant]] = MappingProxyType(
    {
        "bn": _BATCH,
        "batchnorm": _BATCH,
        "batchnormalization": _BATCH,
        "syncbatchnorm": _BATCH,
        "ln": _LAYER,
        "layernorm": _LAYER,
        "layernormalization": _LAYER,
        "gn": _GROUP,
        "groupnorm": _GROUP,
        "groupnormalization": _GROUP,
        "instancenorm": _INSTANCE,
        "instancenormalization": _INSTANCE,
        "rmsnorm": _RMS,
        "rmsnormalization": _RMS,
        "spatialdropout": Meant("dropout", beside=(("channels", "true"),)),
        "upsamplingbilinear": Meant("upsample", beside=(("mode", "bilinear"),)),
        "reflectionpad": Meant("pad", beside=(("mode", "reflect"),)),
        "replicationpad": Meant("pad", beside=(("mode", "replicate"),)),
        "circularpad": Meant("pad", beside=(("mode", "circular"),)),
    }
)
"""Layers that are a kind of one of ours."""

_NO_OPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pool": "write `maxpool`, `avgpool`, or `gap` for the average over the whole map",
        "pooling": "write `maxpool`, `avgpool`, or `gap` for the average over the whole map",
        "depthwiseconv": "write `{conv: $in_channels, kernel: 3, groups: $in_channels}`",
        "dwconv": "write `{conv: $in_channels, kernel: 3, groups: $in_channels}`",
        "act": "name the activation itself: `relu`",
        "activation": "name the activation itself: `relu`",
        "nonlinearity": "name the activation itself: `relu`",
        "skip": "write `{residual: [ … ], shortcut: identity}`, or `{add: [a, b]}` for two earlier nodes",
        "shortcut": "write it beside the main path: `{residual: [ … ], shortcut: identity}`",
        **dict.fromkeys(
            ("lstm", "gru", "rnn", "lstmcell", "grucell", "bidirectional"),
            "archspec has no recurrent layers; an installed package may add one",
        ),
        **dict.fromkeys(
            ("multiheadattention", "attention", "transformer", "transformerencoderlayer", "selfattention"),
            "archspec has no attention; an installed package may add it",
        ),
        "squeeze": "leave it out: `gap` and `flatten` give a vector already",
        "unsqueeze": "write `{unflatten: [C, 1, 1]}` to make a map of a vector",
        "embedding": "archspec has no layers on indices; an installed package may add one",
        "foreach": "write `{for: channels, in: [64, 128], do: [ … ]}`",
        "lambda": "a spec holds no code: write the ops that compute it",
    }
)
"""Layers for which there is no one name here, and what to do in their place."""

_ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "kernelsize": ("kernel",),
        "poolsize": ("kernel",),
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

_NORMS: Final = MappingProxyType({key: meant.main for key, meant in _KINDS.items() if meant.name == "norm"})

_VALUES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "padding": MappingProxyType({"valid": "0", "none": "0", "no": "0"}),
        "bias": MappingProxyType({"none": "false"}),
        "type": _NORMS,
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


_SEPARATORS: Final = str.maketrans("", "", "_ -")


def _plain(name: str) -> str:
    base = name[:100].strip().removesuffix("()").rpartition(".")[2]
    plain = base.casefold().translate(_SEPARATORS)
    return plain[:-2] if plain.endswith(("1d", "2d", "3d")) else plain


def op_meant(name: str, known: Iterable[str]) -> Meant | None:
    """The op among `known` that another library calls `name`."""
    plain, whole = _plain(name), name[:100].casefold().translate(_SEPARATORS)
    names = frozenset(known)
    kind = _KINDS.get(plain)
    if kind is not None and kind.name in names:
        return kind
    meant = _OPS.get(plain) or _OPS.get(whole)
    if meant in names:
        return Meant(meant)
    same = next((own for own in sorted(names) if _plain(own) == plain), None)
    return None if same is None or same == name else Meant(same)


def op_remark(name: str) -> str:
    """What to do in place of a layer that exists elsewhere, and not here."""
    return _NO_OPS.get(_plain(name), "")


def argument_meant(name: str, known: Iterable[str]) -> str | None:
    """The argument among `known` that another library calls `name`."""
    plain = _plain(name)
    meant = _ARGUMENTS.get(plain, ())
    names = tuple(known)
    return next((own for own in meant if own in names), None) or next(
        (own for own in names if _plain(own) == plain), None
    )


def argument_remark(name: str) -> str:
    """What to do in place of an argument that exists elsewhere, and not here."""
    plain = _plain(name)
    return _NEEDLESS.get(plain) or _REMARKS.get(plain, "")


def is_needless(name: str) -> bool:
    """Whether the argument can be left out, whatever its value is: it says nothing of the network."""
    return _plain(name) in _NEEDLESS


def key_meant(name: str, known: Iterable[str]) -> str | None:
    """The key of a spec among `known` that another format calls `name`."""
    names = tuple(known)
    return next((own for own in _KEYS.get(_plain(name), ()) if own in names), None)


def key_remark(name: str) -> str:
    """What to do in place of a key that exists elsewhere, and not here."""
    return _KEY_REMARKS.get(_plain(name), "")


def value_meant(argument: str, text: str) -> str | None:
    """The value of `argument` that another library calls `text`."""
    return _VALUES.get(argument, {}).get(_plain(text))


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
    return _SCHEMES.get(_plain(name))
