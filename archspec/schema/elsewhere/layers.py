"""Layers that another library calls otherwise.

In: the name of a layer that is none of ours. Out: our way to write it, or what to do in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from archspec.records import dataclass
from archspec.schema.elsewhere.names import SEPARATORS, plain_name

LISTED_BY: Final = "`archspec explain ops` lists the ops"
"""The note in place of the names of all ops, which are too many for a line."""

Nearest: TypeAlias = Callable[[str, Iterable[str]], str | None]
"""The candidate that a name is most likely a slip for: `Sink.nearest`, which bounds how often that is asked."""


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
    is_same: bool = True
    """Ours does the same with the same values; else its arguments mean something else."""

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
        "chunk": "split",
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
        "se": "squeeze_excite",
        "squeezeexcitation": "squeeze_excite",
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
        "batch": _BATCH,
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

NORMS: Final = MappingProxyType({key: meant.main for key, meant in _KINDS.items() if meant.name == "norm"})
"""What other libraries call the kinds of norm."""

_KIN: Final = frozenset(
    (
        *("reshape", "transpose", "resize", "interpolate", "seblock", "semodule", "selayer"),
        *("basicblock", "resblock", "denselayer", "firemodule"),
    )
)
"""Names of layers and blocks that take other arguments than ours."""

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
        "shuffle": "write `channel_shuffle` for the order of the channels, `pixel_shuffle` for a larger map",
        "foreach": "write `{for: channels, in: [64, 128], do: [ … ]}`",
        "lambda": "a spec holds no code: write the ops that compute it",
    }
)
"""Layers for which there is no one name here, and what to do in their place."""


def op_meant(name: str, known: Iterable[str]) -> Meant | None:
    """The op among `known` that another library calls `name`."""
    plain, whole = plain_name(name), name[:100].casefold().translate(SEPARATORS)
    names = frozenset(known)
    kind = _KINDS.get(plain)
    if kind is not None and kind.name in names:
        return kind
    meant = _OPS.get(plain) or _OPS.get(whole)
    if meant in names:
        return Meant(meant, is_same=plain not in _KIN)
    same = _by_plain_name(names).get(plain)
    return None if same is None or same == name else Meant(same)


@lru_cache(maxsize=16)
def _by_plain_name(names: frozenset[str]) -> Mapping[str, str]:
    """The names by what they are without what libraries put around them; of several, the first."""
    return {plain_name(name): name for name in sorted(names, reverse=True)}


def op_nearly_meant(name: str, known: Iterable[str], nearest: Nearest) -> Meant | None:
    """The op among `known` that another library calls nearly `name`, as far as `nearest` can tell."""
    plain = plain_name(name)
    near = nearest(plain, (*_KINDS, *_OPS)) if len(plain) > 4 and plain not in _NO_OPS else None
    return None if near is None or abs(len(near) - len(plain)) > 1 else op_meant(near, known)


def op_remark(name: str) -> str:
    """What to do in place of a layer that exists elsewhere, and not here."""
    return _NO_OPS.get(plain_name(name), "")
