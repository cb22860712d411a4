"""Single nodes of a random spec: values, ops with their arguments, modifiers.

Every node says what shape it gives for the shape it takes, by the ops' own shape rules.
"""

from __future__ import annotations

from math import prod
from random import Random
from typing import Any, TypeAlias

from op_strategies import random_arguments as drawn_arguments

from archspec.ops import OPS, find
from archspec.ops.base import Fault, Op, Shape

Node: TypeAlias = "str | dict[str, Any] | list[Any]"

MAX_SIZE = 20
MAX_CHANNELS = 36
MAX_NUMBERS = 6_000
"""No axis and no value grows beyond these: the networks are built and run."""

FORMS = (
    "{v}",
    "{more} - 3",
    "{times} // 6",
    "{double} / 2",
    "3 * {v} - {double}",
    "max({v}, {less})",
    "min([{v}, {more}])",
    "{v} if 1 < 2 <= 2 else 0",
    "{v} if false or 'a' == 'a' and 2 not in [3] else 1 // 0",
    "[{v}, 9][0]",
    "([1] + [9, {v}])[-1]",
    "[8, {v}, 9][1:][0]",
    "sum([{v}, 1, -1])",
    "sum([x * 1 for x in [{v}, {more}] if x != {more}])",
    "ceil({v}.0)",
    "floor({v} + 0.5)",
    "round({v} + 0.25)",
    "int({v}.0)",
)
FORMS_OF_NATURALS = ("abs(-{v})", "len(range({v}))", "{v} ** 1", "{v} % ({v} + 1)")
FORMS_OF_COUNTS = ("round_to({v}, 1)",)
"""Expressions that come to a whole number, to one of at least 0, to one of at least 1."""

ACTIVATIONS = ("relu", "silu", "swish", "tanh", "gelu", "hardswish", "leaky_relu")
KEYS = tuple(OPS)
MIXING = ("conv", "conv", "conv", "conv_transpose", "maxpool", "avgpool", "minpool")
STANDARD_NORMS = ("batch", "layer", "rms", "none")
INIT_OF_MATRICES: tuple[Any, ...] = (
    "kaiming_normal",
    {"kaiming_uniform": {"mode": "fan_out", "nonlinearity": "relu"}},
    {"xavier_normal": {"gain": 2.0}},
    "xavier_uniform",
    "orthogonal",
    {"trunc_normal": {"std": 0.02}},
)
INIT_OF_ANY: tuple[Any, ...] = (
    "zeros",
    "ones",
    {"normal": {"std": 0.5}},
    {"uniform": {}},
    {"constant": {"val": 0.5}},
)


def fits(shape: object) -> bool:
    """Whether a shape is small enough to go on with."""
    return (
        isinstance(shape, tuple)
        and len(shape) <= 4
        and shape[0] <= MAX_CHANNELS
        and max(shape[1:], default=1) <= MAX_SIZE
        and prod(shape) <= MAX_NUMBERS
    )


def random_arguments(rng: Random, op_type: type[Op], shape: Shape) -> dict[str, Any]:
    """Arguments of an op for anywhere: a bare parameter needs a name, and most nodes have a number."""
    arguments = drawn_arguments(rng, op_type, shape)
    return {name: value for name, value in arguments.items() if name != "bare"}


class LayerWriter:
    """Draws single nodes for a value of a given shape, and says what shape they give."""

    def __init__(self, rng: Random, careless: bool) -> None:
        self.rng = rng
        self.careless = careless
        self.params: dict[str, Any] = {}
        """The parameters that expressions of this file may mention."""
        self.blocks: dict[str, Any] = {}
        self.called: list[tuple[dict[str, Any], Shape, Shape]] = []
        """Calls of blocks, with the shapes they took and gave, to be made again."""
        self.names = 0

    def one_of(self, *choices: Any) -> Any:
        return self.rng.choice(choices)

    def chance(self, one_in: int) -> bool:
        return self.rng.randrange(one_in) == 0

    def slips(self) -> bool:
        """Whether to be careless about the next thing."""
        return self.careless and self.chance(6)

    def name(self, prefix: str = "n") -> str:
        """A name that no other node of the spec has."""
        self.names += 1
        return f"{prefix}{self.names}"

    # Values.

    def value(self, value: Any, shape: Shape | None = None) -> Any:
        """A value as a spec may write it: itself, or an expression that comes to it."""
        if isinstance(value, tuple):
            return [self.value(item, shape) for item in value]
        if not self.chance(8):
            return value
        same = [
            f"${name}" for name, given in self.params.items() if given == value and type(given) is type(value)
        ]
        if same and self.chance(2):
            return self.rng.choice(same)
        if isinstance(value, bool):
            return self.one_of(f"$({value!s})".lower(), "$(1 < 2)" if value else "$(not 1 < 2)")
        if isinstance(value, int):
            return self._integer(value, shape)
        return value

    def _integer(self, value: int, shape: Shape | None) -> str:
        forms = [*FORMS, *(FORMS_OF_NATURALS if value >= 0 else ()), *(FORMS_OF_COUNTS if value > 0 else ())]
        numbers = {"v": value, "more": value + 3, "less": value - 2, "double": 2 * value, "times": 6 * value}
        expressions = [form.format(**numbers) for form in forms]
        expressions += [
            f"{name} + {value - given}" for name, given in self.params.items() if type(given) is int
        ]
        if shape is not None:
            expressions += [f"in_channels + {value - shape[0]}", f"in_shape[-1] - {shape[-1] - value}"] * 3
        return f"$({self.rng.choice(expressions)})"

    # Ops.

    def op(self, key: str, shape: Shape, arguments: dict[str, Any]) -> Node:
        """An op with its arguments, written one way or another."""
        op_type = find(key)
        assert op_type is not None
        given = {name: self.value(value, shape) for name, value in arguments.items()}
        if not given and self.chance(2):
            return key
        # `init` is a modifier of every node, so that the argument of that name can only be the main one.
        if op_type.main in given and (op_type.main == "init" or not self.chance(6)):
            return {key: given.pop(op_type.main), **given}
        return {"use": key, **given}

    def any_op(self, shape: Shape) -> tuple[Node, Shape]:
        """Any op of the registry, with arguments that fit the shape."""
        for _ in range(8):
            key = self.rng.choice(KEYS)
            arguments = random_arguments(self.rng, OPS[key], shape)
            result = OPS[key](**arguments).infer(shape)
            if fits(result):
                assert not isinstance(result, Fault)
                return self.modified(
                    self.op(key, shape, arguments), result, OPS[key](**arguments), shape
                ), result
        return "identity", shape

    def wrong_op(self, shape: Shape) -> tuple[Node, Shape]:
        """An op with arguments that were chosen without a look at the shape."""
        key = self.rng.choice((*KEYS, *MIXING * 4))
        op_type = OPS[key]
        arguments = random_arguments(self.rng, op_type, shape)
        result = op_type(**arguments).infer(shape)
        if isinstance(result, Fault):
            return self.op(key, shape, arguments), result.mended or shape
        return (self.op(key, shape, arguments), result) if fits(result) else ("identity", shape)

    def mix(self, width: int, shape: Shape) -> Node:
        """A layer that takes the value to `width` channels, and leaves the sizes."""
        if len(shape) == 1:
            return {self.one_of("fc", "linear"): self.value(width, shape)}
        return {"conv": self.value(width, shape), "kernel": 1}

    def keeping(self, shape: Shape) -> Node:
        """A node that keeps the shape."""
        choices: list[Node] = [*ACTIVATIONS, "identity", "prelu", "norm", {"norm": "layer"}, {"dropout": 0.5}]
        choices += [{"norm": "rms", "eps": 1e-6}, {"drop_path": 0.1}, {"leaky_relu": 0.2}, {"scale": 0.5}]
        choices += [{"use": "elu", "alpha": 0.5, "note": "a remark"}, {"scaled": -1}]
        choices += [{"norm": "group", "groups": 1}] if prod(shape) > 1 else []
        return self.rng.choice(choices)

    def sliding(self, shape: Shape) -> tuple[Node, Shape]:
        """A convolution or a pool with the arguments that networks have."""
        kind = self.one_of("conv", "conv", "conv", "depthwise", *MIXING)
        if len(shape) == 1:
            width = self.one_of(2, 3, 5)
            return self.mix(width, shape), (width,)
        kernel, stride = self.rng.randint(1, 4), self.rng.randint(1, 3)
        arguments: dict[str, Any]
        if kind in ("conv", "depthwise"):
            groups = shape[0] if kind == "depthwise" else 1
            arguments = {
                "channels": self.one_of(1, 2, 4, 6) * groups,
                "kernel": kernel,
                "stride": stride,
                "padding": self.one_of(0, 1, "half", "same", kernel // 2),
                "dilation": self.one_of(1, 1, 2),
                "groups": groups,
                "bias": self.one_of(True, False),
            }
            kind = "conv"
        elif kind == "conv_transpose":
            arguments = {"channels": self.one_of(1, 3, 4), "kernel": kernel, "stride": stride}
        else:
            arguments = {"kernel": kernel, "stride": stride, "padding": self.rng.randint(0, kernel // 2)}
        op = OPS[kind](**arguments)
        result = op.infer(shape)
        if isinstance(result, Fault) or not fits(result):
            return "identity", shape
        return self.modified(self.op(kind, shape, arguments), result, op, shape), result

    def modified(self, node: Node, result: Shape, op: Op | None = None, shape: Shape = ()) -> Node:
        """The node with modifiers that change nothing about what it gives."""
        if isinstance(node, list):
            return node
        extra: dict[str, Any] = {}
        if self.chance(16):
            extra["note"] = self.one_of("a remark", "with a $dollar", 3, ["several", "words"])
        if self.chance(16):
            extra["if"] = self.one_of(True, "$(in_channels > 0)", "$(len(in_shape) >= 1)")
        if self.chance(16) and not self.careless:
            extra["expect"] = list(result)
        if op is not None and self.chance(4):
            extra |= self.initialised(op, shape)
        if not extra:
            return node
        return {**({"use": node} if isinstance(node, str) else node), **extra}

    def initialised(self, op: Op, shape: Shape) -> dict[str, Any]:
        """An `init` for the weights that the op has."""
        trained = {weight.name: weight.shape for weight in op.weights(shape) if not weight.buffer}
        if "weight" not in trained:
            return {}
        choices = list(INIT_OF_ANY)
        if len(trained["weight"]) >= 2:
            choices += INIT_OF_MATRICES
        if len(trained["weight"]) in (3, 4, 5) and op.key == "conv":
            choices.append("dirac")
        if len(trained["weight"]) == 2 and op.key in ("fc", "linear"):
            choices += [{"sparse": {"sparsity": 0.5}}] * 4
        scheme = self.rng.choice(choices)
        # Whether a convolution has a bias is also for the file's `defaults` to say.
        if "bias" not in trained or op.key == "conv" or self.chance(2):
            return {"init": scheme}
        return {
            "init": {
                **({scheme: {}} if isinstance(scheme, str) else scheme),
                "bias": self.rng.choice(INIT_OF_ANY),
            }
        }
