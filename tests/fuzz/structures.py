"""Structures of a random spec, which hold other nodes: sequences, residuals, branches, repeats, calls of blocks."""

from __future__ import annotations

from math import prod
from typing import Any

from archspec.expand.shortcuts import projection_stride
from archspec.ops.base import Shape
from fuzz.layers import (
    ACTIVATIONS,
    MAX_CHANNELS,
    MAX_NUMBERS,
    STANDARD_NORMS,
    LayerWriter,
    Node,
    fits,
)

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


class Writer(LayerWriter):
    """Draws nodes of any depth for a value of a given shape, and says what shape they give."""

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
