"""W0405, W0406, W0407: an activation, a norm or a dropout straight after another.

An activation after an activation is reported where nothing else reads what is between them (a gate may be computed
from an activated value), or where the second cannot change anything: `relu` of what is never negative. A norm after a
norm is reported where nothing else reads what is between: a residual may normalise what the skip carries as it is.
"""

from __future__ import annotations

from typing import Final

from archspec.ops.base import Op
from archspec.ops.norm import Norm
from archspec.passes.warnings.places import Places
from archspec.passes.warnings.values import Layer, Value

_NEVER_NEGATIVE: Final = frozenset(
    ("relu", "relu6", "sigmoid", "hardsigmoid", "softplus", "softmax", "softmin", "abs")
)
_WITHIN_SIX: Final = frozenset(("relu6", "sigmoid", "hardsigmoid", "softmax", "softmin"))


def warn(values: tuple[Value, ...], places: Places) -> None:
    for value in values:
        if value.maker is None:
            continue
        alone = not value.leaks and len(value.readers) == 1
        for reader in value.readers:
            _compare(value.maker, reader, alone, places)


def _compare(first: Layer, second: Layer, alone: bool, places: Places) -> None:
    one, other = first.op, second.op
    if one.kind != other.kind:
        return
    if one.kind == "activation":
        if _is_idle(one, other):
            places.report(
                "W0405",
                second,
                f"`{other.key}` changes nothing: `{one.key}` comes straight before it",
                label="the second activation",
                others=[(first, f"gives no number that `{other.key}` would change")],
                help="remove one of the two, or put a layer between them",
            )
        elif alone and other.key != "glu":
            places.report(
                "W0405",
                second,
                f"`{other.key}` straight after `{one.key}`",
                label="the second activation",
                others=[(first, "the first")],
                help="remove one of the two, or put a layer between them",
            )
    elif isinstance(one, Norm) and isinstance(other, Norm) and alone:
        places.report(
            "W0406",
            second,
            "a norm straight after a norm",
            label=f"normalises again (`{other.type}`)",
            others=[(first, f"normalises first (`{one.type}`)")],
            help="remove one of the two",
        )
    elif one.kind == "dropout" and alone and _drop_alike(one, other):
        places.report(
            "W0407",
            second,
            f"`{other.key}` straight after `{one.key}`",
            label="the second",
            others=[(first, "the first")],
            help="keep one of the two, with the probability that both had together",
        )


def _is_idle(first: Op, second: Op) -> bool:
    """Whether the second activation leaves everything that the first gives as it is."""
    match second.key:
        case "relu" | "abs":
            return first.key in _NEVER_NEGATIVE
        case "relu6":
            return first.key in _WITHIN_SIX
        case _:
            return False


def _drop_alike(first: Op, second: Op) -> bool:
    from archspec.ops.dropout import Dropout, DropPath

    match first, second:
        case Dropout(), Dropout():
            return first.channels == second.channels
        case DropPath(), DropPath():
            return True
        case _:
            return False
