"""Whole specs, drawn at random: every op, structure, modifier, shortcut, standard block and top-level key.

In: a `random.Random`. Out: a `Spec`. The writer follows the shape through every node with the ops' own shape rules.

Holds: a spec that is not `careless` is valid by construction, so one that archspec refuses shows a bug. In a careless
one about every sixth node takes arguments, branches or shortcuts without a look at what flows in: about half of these
specs are wrong, and only another judge can tell which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from random import Random
from typing import Any, TypeAlias

import yaml
from op_strategies import random_arguments as drawn_arguments

from archspec.expand.shortcuts import projection_stride
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


@dataclass
class Spec:
    """The values of a spec's files by name, and which of them is the network."""

    files: dict[str, dict[str, Any]]
    main: str = "net.yaml"
    variant: str = ""
    reads: dict[str, Any] = field(default_factory=dict)
    """What the network comes to, its base merged and its variant chosen, with `params` for the latter."""
    params: dict[str, Any] = field(default_factory=dict)
    careless: bool = False

    @property
    def texts(self) -> dict[str, str]:
        return {name: written(values) for name, values in self.files.items()}


def written(values: Any) -> str:
    """The values as YAML."""
    return yaml.dump(values, Dumper=_WithoutAnchors, sort_keys=False, allow_unicode=True, width=100)


class _WithoutAnchors(yaml.SafeDumper):
    """Writes a value that occurs twice twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def generate(rng: Random, *, careless: bool = False) -> Spec:
    """A spec. A careless one is wrong about half of the time."""
    return _Network(rng, careless).spec()


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


class Writer:
    """Draws nodes for a value of a given shape, and says what shape they give."""

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

    # Structures.

    def node(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """Any node; at depth 0 an op."""
        if self.slips():
            return self.wrong_op(shape)
        kinds = ["keeping", "sliding", "sliding", "any", "any"]
        if depth > 0:
            kinds += ["sequence", "residual", "residual", "branches", "repeat", "block", "block"]
            kinds += ["standard", "standard"] if len(shape) > 1 else []
        match self.rng.choice(kinds):
            case "keeping":
                return self.keeping(shape), shape
            case "sliding":
                return self.sliding(shape)
            case "any":
                return self.any_op(shape)
            case "sequence":
                children, result = self.sequence(shape, depth - 1)
                return self.one_of({"seq": children}, children) if isinstance(children, list) else {
                    "seq": children
                }, result
            case "residual":
                return self.residual(shape, depth - 1)
            case "branches":
                return self.branches(shape, depth - 1)
            case "repeat":
                return self.repeated(shape, depth - 1)
            case "block":
                return self.block(shape, depth - 1)
            case _:
                return self.standard(shape)

    def sequence(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """A list or a mapping of nodes, some of which are loops, left out, shared, or read earlier values."""
        return self.listed(shape, depth) if self.chance(2) else self.named(shape, depth)

    def listed(self, shape: Shape, depth: int) -> tuple[list[Any], Shape]:
        children: list[Any] = []
        for _ in range(self.rng.randint(1, 3)):
            node, shape = self.node(shape, depth)
            children.append(node)
        match self.one_of("", "", "loop", "left out", "numbered", "join"):
            case "loop":
                widths = [self.one_of(2, 3, 5) for _ in range(self.rng.randint(1, 3))]
                children.append(
                    {"for": "width", "in": widths, "do": [self.mix_to("$width", shape), self.keeping(shape)]}
                )
                shape = (widths[-1], *shape[1:])
            case "left out":
                children.append({"conv": 7, "kernel": 99, "if": self.one_of(False, "$(in_channels < 0)")})
            case "numbered":
                children.append({"use": "identity", "from": 0} if len(children) == 1 else "relu")
            case "join" if prod(shape) * 2 <= MAX_NUMBERS and len(children) == 1:
                children += [self.keeping(shape), {"add": [0, 1]}]
        return children, shape

    def mix_to(self, width: str, shape: Shape) -> Node:
        return {"fc": width} if len(shape) == 1 else {"conv": width, "kernel": 1}

    def named(self, shape: Shape, depth: int) -> tuple[dict[str, Any], Shape]:
        children: dict[str, Any] = {}
        for _ in range(self.rng.randint(1, 3)):
            node, shape = self.node(shape, depth)
            children[self.name()] = node
        match self.one_of("", "", "join", "gate", "shared", "loop", "input", "bare"):
            case "bare":
                children[self.name("factors")] = {"scale": 0.5, "bare": True}
            case "join":
                shape = self.join(children, shape)
            case "gate" if len(shape) > 1:
                mark, gate = self.name("mark"), self.name("gate")
                children[mark] = self.keeping(shape)
                children[gate] = [{"adaptive_avgpool": 1}, {"conv": shape[0], "kernel": 1}, "sigmoid"]
                children[self.name("gated")] = {"multiply": self.one_of([mark, gate], [gate, mark])}
            case "shared":
                layer = self.name("layer")
                children[layer] = self.mix(shape[0], shape)
                children[self.name("again")] = {"share": layer, **self.one_of({}, {"note": "once more"})}
            case "loop":
                shape = self.loop(children, shape)
            case "input" if shape[0] * 2 <= MAX_CHANNELS:
                outer, first = self.name("outer"), self.name()
                children[outer] = self.keeping(shape)
                join = {"concat": [first, self.one_of("input", outer)]}
                children[self.name("inner")] = {"seq": {first: self.keeping(shape), self.name("kept"): join}}
                shape = (shape[0] * 2, *shape[1:])
        return children, shape

    def join(self, children: dict[str, Any], shape: Shape) -> Shape:
        """Two earlier values as one."""
        join = self.one_of("add", "concat", "multiply")
        if join == "concat" and not fits((shape[0] * 2, *shape[1:])):
            join = "add"
        mark, side = self.name("mark"), self.name("side")
        children[mark] = "identity"
        width = self.one_of(1, 2, 3) if self.slips() else shape[0]
        children[side] = self.mix(width, shape)
        children[side] = {**children[side], "from": mark}  # type: ignore[dict-item]
        children[self.name("join")] = {join: [mark, side]}
        return (shape[0] * 2, *shape[1:]) if join == "concat" else shape

    def loop(self, children: dict[str, Any], shape: Shape) -> Shape:
        """Rows of a table, whose numbers are parts of names."""
        stem, side, act = self.name("row"), self.name("side"), self.name("act")
        rows = [[k, self.one_of(2, 3, 5)] for k in range(self.rng.randint(1, 3))]
        body: dict[str, Any] = {
            f"{stem}_$k": self.mix_to("$width", shape),
            f"{act}_$(k + 1)": self.keeping((2, *shape[1:])),
        }
        if self.chance(2):
            body[side + "_$k"] = {"use": "relu", "from": stem + "_$k", "if": "$(k > 0)"}
            body[self.name("sum") + "_$k"] = {"add": [act + "_$(k + 1)", side + "_$k"], "if": "$(k > 0)"}
        children[self.name("loop")] = {"for": ["k", "width"], "in": rows, "do": body}
        if self.chance(3):
            children[self.name("loop")] = {"for": "j", "in": "$(range(2))", "do": {f"{act}_again$j": "tanh"}}
        return (rows[-1][1], *shape[1:])

    def residual(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """A residual with a shortcut that fits its main path."""
        main, result = self.sequence(shape, depth)
        if self.chance(12):
            main, result = self.standard(shape) if len(shape) > 1 else ("relu", shape)
            main = self.as_use(main)
        if not fits(result):
            return "identity", shape
        choices: list[Any] = ["none", "$('none')"]
        if result == shape:
            choices += [None, "identity", "auto", ["relu"], {"use": "auto"}, {self.name("skip"): "identity"}]
            choices += ["projection", "pad"] if len(shape) > 1 else []
        elif len(result) > 1 and projection_stride(shape, result) is not None:
            choices += ["auto", "projection", {"downsample": "auto"}, {"use": "projection", "norm": "none"}]
            choices += [{"downsample": {"use": "auto", "norm": "layer", "bias": True}}]
            choices += ["pad"] if result[0] >= shape[0] else []
        if result[1:] == shape[1:]:
            choices += [[self.mix(result[0], shape)], {self.name("skip"): self.mix(result[0], shape)}]
        if self.slips():
            choices = [None, "identity", "auto", "projection", "pad", ["relu"], [self.wrong_op(shape)[0]]]
        shortcut = self.rng.choice(choices)
        node: dict[str, Any] = {"residual": main}
        if shortcut is not None:
            first = self.chance(4)
            node = {"shortcut": shortcut, **node} if first else {**node, "shortcut": shortcut}
        if self.chance(2):
            node["after"] = self.one_of("relu", {self.name("act"): "tanh"}, ["norm", "relu"], {"use": "relu"})
        if self.chance(4):
            node["scale"] = self.one_of(0.1, 2, "$(1 / 4)")
        return self.modified(node, result), result

    def as_use(self, node: Node) -> Node:
        """A call of a block or op in the form that stands for one child of a slot."""
        if not isinstance(node, dict) or "use" in node:
            return {"use": node} if isinstance(node, str) else node
        (key, main), *rest = node.items()
        first = STANDARD_FIRST[key]
        return {"use": key, first: main, **dict(rest)}

    def branches(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """Parallel branches of equal size."""
        join = self.one_of("concat", "add", "multiply")
        widths = [shape[0]] * self.rng.randint(2, 3)
        if join == "concat":
            widths = [self.one_of(1, 2, 5) for _ in widths]
        branches: dict[str, Any] = {}
        for at, width in enumerate(widths):
            mix = self.mix(self.one_of(1, 2, 3) if self.slips() else width, shape)
            if len(shape) > 1:
                padding = self.rng.randint(0, 2) if self.slips() else "half"
                mix = {**mix, "kernel": self.one_of(1, 3), "padding": padding}  # type: ignore[dict-item]
            out = (width, *shape[1:])
            branches[f"b{at}"] = self.one_of(mix, [mix, self.keeping(out)], {"seq": {"mix": mix}})
        if self.chance(3):
            branches["absent"] = {"use": "relu", "if": False}
        if join == "concat" and fits((shape[0] + sum(widths), *shape[1:])):
            branches["skip"] = "identity"
            return {join: branches}, (shape[0] + sum(widths), *shape[1:])
        result = (sum(widths), *shape[1:]) if join == "concat" else shape
        return self.modified({join: branches}, result), result

    def repeated(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """Copies of a layer, the first or last of which may differ, or of a node that keeps the shape."""
        copies = self.rng.randint(1, 4)
        if self.chance(2) or len(shape) == 1:
            node, result = self.node(shape, min(depth, 1))
            if result == shape and isinstance(node, dict) and not {"repeat", "for"} & set(node):
                return {**node, "repeat": self.value(copies, shape)}, shape
        if len(shape) == 1:
            return {"fc": shape[0], "repeat": copies}, shape
        channels = self.one_of(2, 4)
        conv: dict[str, Any] = {"conv": channels, "kernel": 3, "padding": 1, "repeat": copies}
        sizes = shape[1:]
        extra = self.one_of("", "first", "last", "as", "growing", "both")
        if extra in ("first", "last"):
            conv[extra] = {"stride": 2}
            sizes = tuple((size - 1) // 2 + 1 for size in sizes)
        elif extra == "both":
            conv |= {"first": {"channels": 3}, "last": {"channels": 5, "bias": False}}
            channels = 5
        elif extra == "as":
            conv["as"] = self.one_of("layer$(i + 1)", "conv$(n - i)", "layer-$i")
        elif extra == "growing" and shape[0] + copies**2 <= MAX_CHANNELS:
            conv["conv"] = "$(in_channels + i)"
            channels = shape[0] + sum(range(copies))
        if self.slips():
            conv["kernel"], conv["padding"] = self.rng.randint(1, 5), self.rng.randint(0, 1)
        return conv, (channels, *sizes)

    # Blocks.

    def block(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """A call of a block of the spec's own, made the first time it is called."""
        fitting = [(call, result) for call, taken, result in self.called if taken == shape]
        if fitting and self.chance(2):
            call, result = self.rng.choice(fitting)
            return dict(call), result
        if len(shape) == 1 or self.chance(3):
            return self.own_block(shape, depth)
        name = self.one_of("plain", "skip", "nested", "one_op", "typed")
        if name not in self.blocks:
            self.blocks[name] = self.definition(name)
        stride = self.one_of(1, 1, 2)
        channels = self.one_of(2, 4)
        result = (channels, *((size - 1) // stride + 1 for size in shape[1:]))
        call: dict[str, Any] = {name: self.value(channels), "stride": self.value(stride)}
        if self.chance(3):
            call = {"use": name, "channels": channels, "stride": stride}
        if name == "typed":
            call |= {
                "also": True,
                "rate": self.one_of(0.1, 0),
                "kernel": self.one_of(3, [3] * (len(shape) - 1)),
            }
            call |= {
                "act": self.one_of(*ACTIVATIONS),
                "widths": [channels],
                "anything": self.one_of(None, [1, "a"]),
            }
        if stride == 1 and self.chance(2):
            call["repeat"] = self.rng.randint(1, 3)
        elif stride == 1 and self.chance(4):
            call |= {"repeat": 2, "first": {"channels": 3}}
        return self.modified(call, result), result

    def own_block(self, shape: Shape, depth: int) -> tuple[Node, Shape]:
        """A block around nodes that are made for this shape."""
        kept, self.params = self.params, {**self.params, "width": shape[0], "flag": True}
        body, result = self.named(shape, min(depth, 1))
        self.params = kept
        name = self.name("block")
        self.blocks[name] = {
            "about": "Made for one shape.",
            "params": {
                "width": self.one_of("int", "$in_channels"),
                "flag": True,
                "entering": "$(in_shape[0])",
            },
            **self.one_of({"seq": body}, {"residual": body, "shortcut": "none"}),
        }
        call: dict[str, Any] = {name: shape[0]}
        self.called.append((call, shape, result))
        return dict(call), result

    def definition(self, name: str) -> dict[str, Any]:
        params: dict[str, Any] = {"channels": "int", "stride": 1}
        conv = {"conv": "$channels", "kernel": 3, "stride": "$stride", "padding": 1, "bias": False}
        match name:
            case "plain":
                return {"params": params, "note": "a remark", "seq": [conv, self.keeping((2, 2)), "relu"]}
            case "skip":
                main = {"conv1": conv, "bn1": "norm", "act": self.keeping((2, 2))}
                return {"params": params, "residual": main, "shortcut": "auto", "after": {"relu": "relu"}}
            case "one_op":
                return {"params": params, **conv}
            case "typed":
                params |= {
                    "rate": "float",
                    "kernel": "size",
                    "act": "str",
                    "widths": "list",
                    "anything": "any",
                }
                params |= {"also": "bool", "on": True, "narrow": "$(channels // 2 + 1)"}
                seq = {
                    "conv": {**conv, "conv": "$narrow", "kernel": "$kernel", "padding": "half"},
                    "dropout": {"dropout": "$rate", "if": "$(rate > 0)"},
                    "act": "$act",
                    "out": {"conv": "$(widths[0])", "kernel": 1, "if": "$(on and also)"},
                }
                return {"about": "One parameter of each type.", "params": params, "seq": seq}
            case _:
                self.blocks.setdefault("skip", self.definition("skip"))
                seq = {
                    "a": {"skip": "$channels", "stride": "$stride"},
                    "b": {"use": "skip", "channels": "$channels"},
                }
                return {"params": params, "seq": seq}

    def standard(self, shape: Shape) -> tuple[Node, Shape]:
        """A standard block."""
        name = self.rng.choice(tuple(STANDARD_FIRST))
        stride, width, channels = self.one_of(1, 1, 2), self.one_of(2, 4), shape[0]
        sizes = tuple((size - 1) // stride + 1 for size in shape[1:])
        kept = shape[1:]
        extra: dict[str, Any] = {}
        if self.chance(3):
            extra["activation"] = self.rng.choice(ACTIVATIONS)
        if self.chance(3) and name not in ("fire", "squeeze_excite"):
            extra["norm"] = self.rng.choice(STANDARD_NORMS)
        if self.slips() and name in ("bottleneck", "conv_norm_act"):
            extra["groups"] = self.rng.randint(1, 3)
        node: dict[str, Any]
        match name:
            case "bottleneck" | "preact_block":
                node, result = {name: width, "stride": stride}, (width * 4, *sizes)
            case "convolution_block":
                node, result = {name: width, "stride": stride, "expansion": 2}, (width * 2, *sizes)
            case "identity_block":
                node, result = {name: channels, "expansion": 1}, shape
            case "dense_layer":
                node, result = {name: width, "dropout": self.one_of(0.0, 0.5)}, (channels + width, *kept)
            case "fire":
                node, result = {name: 2, "expand1x1": width, "expand3x3": 3}, (width + 3, *kept)
            case "inception":
                widths = {"ch3x3_reduce": 2, "ch3x3": 3, "ch5x5_reduce": 1, "ch5x5": 2, "pool_proj": 1}
                node, result = {name: width, **widths}, (width + 6, *kept)
            case "inception_naive":
                node, result = {name: width, "ch3x3": 3, "ch5x5": 2}, (width + 5 + channels, *kept)
            case "squeeze_excite":
                node, result = {name: 2}, shape
            case "inverted_residual":
                node, result = (
                    {name: width, "stride": stride, "expansion": self.one_of(1, 2)},
                    (width, *sizes),
                )
            case _:
                node, result = {name: width, "stride": stride}, (width, *sizes)
        node |= extra
        return (node, result) if fits(result) else ("identity", shape)


STANDARD_FIRST = {
    "bottleneck": "channels",
    "conv_norm_act": "channels",
    "convolution_block": "channels",
    "dense_layer": "growth",
    "fire": "squeeze",
    "identity_block": "channels",
    "inception": "ch1x1",
    "inception_naive": "ch1x1",
    "inverted_residual": "channels",
    "preact_block": "channels",
    "residual_block": "channels",
    "separable_conv": "channels",
    "squeeze_excite": "squeeze",
}
"""The standard blocks, each with its first parameter."""


class _Network(Writer):
    """Draws a whole spec."""

    def spec(self) -> Spec:
        rng = self.rng
        axes = rng.choice((0, 1, 2, 2, 2, 3))
        low, high = {0: (1, 1), 1: (4, 16), 2: (4, 12), 3: (4, 8)}[axes]
        shape: Shape = (rng.choice((1, 2, 3, 4)), *(rng.randint(low, high) for _ in range(axes)))
        if axes == 0:
            shape = (rng.choice((4, 6, 8, 12)),)
        spec: dict[str, Any] = {"archspec": 1, "name": "Drawn", "input": list(shape)}
        if self.chance(3):
            self.params = {
                "width": 4,
                "depth": 2,
                "flag": True,
                "rate": 0.5,
                "kind": "batch",
                "kernels": [3, 5],
            }
            spec["params"] = dict(self.params)
            self.params |= {"twice": 8}
            spec["params"]["twice"] = "$(width * 2)"
        folder: dict[str, dict[str, Any]] = {}
        slots = self.slots(spec, shape)
        if self.chance(4):
            spec["defaults"] = rng.choice(
                (
                    {"conv": {"bias": False}},
                    {"norm": {"eps": 1e-3}, "conv": {"bias": True}},
                    {"dropout": {"p": 0.25}},
                )
            )
        if self.chance(6):
            spec["init"] = {
                "conv": self.rng.choice(INIT_OF_MATRICES),
                "norm": {"ones": {}, "bias": "zeros"},
                "fc": "zeros",
            }
        if self.chance(4):
            folder["library.yaml"] = {
                "archspec": 1,
                "params": {"kernel": 3},
                "defaults": {"conv": {"bias": False}},
                "blocks": {
                    "unit": {"params": {"channels": "int"}, "seq": ["inner", {"use": "relu"}]},
                    "inner": {"conv": "$in_channels", "kernel": "$kernel", "padding": "half"},
                },
            }
            folder["library.yaml"]["blocks"]["unit"]["seq"].append({"scale": 0.1})
            spec["import"] = {"lib": "library.yaml"}
        if self.blocks:
            spec["blocks"] = self.blocks
        if self.chance(8):
            spec |= {"about": "Drawn at random: 1 × 2", "note": "for a test"}
        spec |= slots
        return self.in_files(spec, folder)

    def slots(self, spec: dict[str, Any], shape: Shape) -> dict[str, Any]:
        """Stem, body, head, and what goes with them."""
        slots: dict[str, Any] = {}
        several = self.chance(8)
        if several:
            spec["input"] = {"left": list(shape), "right": list(shape)}
            node, shape = self.node(shape, 1)
            tower = {"seq": [node, self.keeping(shape)], "from": "left"}
            join = self.one_of("add", "multiply")
            slots["stem"] = {
                "tower": tower,
                "again": {"share": "tower", "from": "right"},
                "both": {join: ["tower", "again"]},
            }
        elif self.chance(2):
            slots["stem"], shape = self.sequence(shape, 0)
        slots["body"], shape = self.sequence(shape, 3)
        outputs: list[str] = []
        if isinstance(slots["body"], dict) and self.chance(4):
            slots["body"]["branching"] = self.keeping(shape)
            slots["body"]["after_it"] = self.keeping(shape)
            outputs = ["branching", "after_it"] if self.chance(2) else []
            if not outputs:
                head: list[Any] = ["flatten", {"fc": 3}]
                slots["aux"] = {
                    "early": {
                        "from": "branching",
                        "weight": 0.3,
                        "sequence": self.one_of(head, {"f": "flatten"}),
                    }
                }
        if outputs:
            spec["outputs"] = outputs
        else:
            head_node, shape = self.head(shape)
            slots |= {} if head_node is None else {"head": head_node}
            if not self.careless:
                slots["expect"] = {"output": list(shape)}
        return slots

    def head(self, shape: Shape) -> tuple[Any, Shape]:
        match self.one_of("", "vector", "flat"):
            case "vector" if len(shape) > 1:
                return [self.one_of("gap", "gmp"), {"fc": 5}, "softmax"], (5,)
            case "flat":
                return {"flatten": "flatten", "linear": {"linear": 7}}, (7,)
            case _:
                return None, shape

    def in_files(self, spec: dict[str, Any], folder: dict[str, dict[str, Any]]) -> Spec:
        """The spec as one file or several: its numbers in a variant, its network as the change of another's."""
        if "import" in spec and not self.call_import(spec):
            del spec["import"]
            folder = {}
        reads = dict(spec)
        alone = Spec({"net.yaml": spec, **folder}, reads=reads, careless=self.careless)
        if self.chance(5) and "params" in spec:
            spec = {**spec, "params": {**spec["params"], "width": 1}}
            spec["variants"] = {"drawn": {"width": 4}, "other": {}}
            if "expect" in spec:
                spec["expect"] = {"drawn": spec["expect"]}
            files = {"net.yaml": spec, **folder}
            return Spec(files, variant="drawn", reads=reads, params={"width": 4}, careless=self.careless)
        if self.chance(5) and isinstance(spec["body"], dict):
            first = next(iter(spec["body"].values()))
            return alone if isinstance(first, dict) and "for" in first else self.extending(alone)
        return alone

    def call_import(self, spec: dict[str, Any]) -> bool:
        """Call the imported block at the end, if the end takes one more node without a word elsewhere."""
        last = next(slot for slot in ("head", "body") if slot in spec)
        is_map = len(spec.get("expect", {}).get("output", ())) > 1
        if isinstance(spec[last], list) and is_map and "outputs" not in spec:
            spec[last].append({"lib.unit": self.one_of(1, 2)})
            return True
        if "outputs" not in spec and "head" not in spec and self.careless:
            spec["head"] = [{"lib.unit": 1}]
            return True
        return False

    def extending(self, alone: Spec) -> Spec:
        """The network as the change of one with another first node, and one more."""
        spec = alone.reads
        name, first = next(iter(spec["body"].items()))
        own = {key: spec[key] for key in ("expect",) if key in spec}
        base = {key: value for key, value in spec.items() if key not in own}
        base["body"] = {"dropped": "relu", **spec["body"], name: {"conv": 999, "kernel": 99}}
        change = {"archspec": 1, "name": "Changed", "extends": "base.yaml", "remove": ["body.dropped"]}
        files = {**alone.files, "base.yaml": base, "net.yaml": {**change, "body": {name: first}, **own}}
        return Spec(files, reads=spec, careless=self.careless)
