"""The language, interpreted in plain PyTorch as its reference describes it: a second opinion on whole networks.

In: the values of a spec's files. Out: what runs, with the shape at every path, the `state_dict`, the outputs; or
`Refused`. Layers are made while the data flows through them.

Holds: nothing here imports archspec, so that it shares no mistake with it. A spec's own correctness as a text (names,
types, references) is taken for granted.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import torch
from torch import Tensor, nn

from fuzz.reference_ops import MAIN, Layer, Refused, known, layer

MODIFIERS = ("repeat", "first", "last", "as", "from", "if", "share", "init", "expect", "note")
STRUCTURES = ("seq", "residual", "concat", "add", "multiply")
TYPES = ("int", "float", "bool", "str", "list", "size", "any")
TORCH_REFUSES = (RuntimeError, ValueError, AssertionError, IndexError, TypeError)


@dataclass
class File:
    """One file of a spec: its values, and the files beside it by name."""

    values: Mapping[str, Any]
    folder: Mapping[str, Mapping[str, Any]]
    standard: Mapping[str, Any]
    params: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, default in self.values.get("params", {}).items():
            self.params.setdefault(name, evaluated(default, self.params))

    def block(self, name: str) -> tuple[File, Mapping[str, Any]] | None:
        """The definition of a block, and the file in which it is written."""
        if name in self.values.get("blocks", {}):
            return self, self.values["blocks"][name]
        prefix, _, rest = name.partition(".")
        if rest and prefix in self.values.get("import", {}):
            there = self.folder[self.values["import"][prefix]]
            return File(there, self.folder, self.standard).block(rest)
        if name in self.standard:
            return File({"blocks": self.standard}, {}, self.standard), self.standard[name]
        return None


@dataclass
class Place:
    """A sequence at work: the module that takes its children, its input, and what its names mean."""

    module: nn.Module
    prefix: str
    input: Tensor | None
    outer: Place | None = None
    values: dict[str, Tensor] = field(default_factory=dict)
    nodes: dict[str, tuple[Any, Env]] = field(default_factory=dict)

    def slot(self, flow: Tensor | None) -> Place:
        return Place(self.module, self.prefix, flow, self, self.values, self.nodes)

    def find(self, name: str) -> Tensor:
        if name == "input":
            assert self.input is not None
            return self.input
        place: Place | None = self
        while place is not None:
            if name in place.values:
                return place.values[name]
            place = place.outer
        raise KeyError(name)


@dataclass(frozen=True)
class Env:
    """What an expression may mention, and the file that says which blocks and defaults there are."""

    file: File
    names: Mapping[str, Any]

    def binding(self, **names: Any) -> Env:
        return Env(self.file, {**self.names, **names})

    def value(self, written: Any, flow: Tensor | None) -> Any:
        known_here = {} if flow is None else {"in_channels": flow.shape[1], "in_shape": list(flow.shape[1:])}
        return evaluated(written, {**self.names, **known_here})


class Interpreter:
    """A spec at work. `run` may be called again: the layers of the first time are used again."""

    def __init__(
        self, files: Mapping[str, Any], main: str, standard: Mapping[str, Any], params: Mapping[str, Any]
    ):
        self.file = File(files[main], files, standard, dict(params))
        self.root = nn.Module()
        self.layers: dict[str, Layer] = {}
        self.shapes: list[tuple[str, tuple[int, ...]]] = []

    def run(self, inputs: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """The outputs, and what the auxiliary heads give. Raises `Refused`."""
        self.shapes = []
        spec = self.file.values
        env = Env(self.file, self.file.params)
        named = isinstance(spec["input"], Mapping)
        flow = None if named else inputs[0]
        place = Place(self.root, "", flow)
        if named:
            place.values.update(zip(spec["input"], inputs, strict=True))
        heads = []
        for key, node in spec.items():
            if key in ("stem", "body", "head"):
                inner = place if _is_sequence(node) else place.slot(flow)
                flow = self._slot(node, key, inner, flow, env)
            elif key == "aux":
                for name, head in node.items():
                    x = place.find(str(env.value(head["from"], flow)))
                    sequence = head["sequence"]
                    whole = (
                        {"seq": sequence}
                        if isinstance(sequence, list) or _is_sequence(sequence)
                        else sequence
                    )
                    heads.append(self._apply(whole, name, place, x, env))
        if "outputs" in spec:
            return [place.find(name) for name in spec["outputs"]], heads
        assert flow is not None
        return [flow], heads

    def _slot(self, node: Any, name: str, place: Place, flow: Tensor | None, env: Env) -> Tensor | None:
        if _is_sequence(node):
            return self._sequence(node, place, flow, env)
        result = self._node(node, name, place, flow, env)
        return flow if result is None else result

    def _sequence(self, node: Any, place: Place, flow: Tensor | None, env: Env) -> Tensor | None:
        return self._children(node, place, flow, env, [0])

    def _children(
        self, node: Any, place: Place, flow: Tensor | None, env: Env, number: list[int]
    ) -> Tensor | None:
        entries = [(None, child) for child in node] if isinstance(node, list) else list(node.items())
        for key, child in entries:
            if isinstance(child, Mapping) and "for" in child:
                names = child["for"] if isinstance(child["for"], list) else [child["for"]]
                for row in env.value(child["in"], flow):
                    cells = row if len(names) > 1 else [row]
                    inner = env.binding(**dict(zip(names, cells, strict=True)))
                    flow = self._children(child["do"], place, flow, inner, number)
                continue
            name = str(number[0]) if key is None else template(key, env.names)
            result = self._node(child, name, place, flow, env)
            if result is not None:
                number[0] += key is None
                flow = result
        return flow

    def _node(self, node: Any, name: str, place: Place, flow: Tensor | None, env: Env) -> Tensor | None:
        if isinstance(node, Mapping):
            if "if" in node and not env.value(node["if"], flow):
                return None
            if "from" in node:
                flow = place.find(str(_reference(node["from"], env, flow)))
            if "share" in node:
                child = template(node["share"], env.names)
                again, made_in = place.nodes[child]
                place.values[name] = self._apply(again, child, place, flow, made_in)
                return place.values[name]
        result = self._apply(node, name, place, flow, env)
        place.values[name] = result
        place.nodes[name] = (node, env)
        return result

    def _apply(self, node: Any, name: str, place: Place, flow: Tensor | None, env: Env) -> Tensor:
        """What a node gives, its `from` and `if` apart."""
        if isinstance(node, list):
            node = {"seq": node}
        if isinstance(node, str):
            node = {"use": node}
        callee, main, given = self._taken_apart(node, flow, env)
        if "repeat" in node:
            return self._repeat(node, callee, name, place, flow, env)
        if callee == "seq":
            inner = self._inner(name, place, flow)
            result = self._sequence(main, inner, flow, env)
            assert result is not None
            return result
        if callee == "residual":
            assert flow is not None
            return self._residual(node, self._inner(name, place, flow), flow, env)
        if callee in STRUCTURES:
            return self._join(callee, main, name, place, flow, env)
        assert flow is not None
        found = env.file.block(callee)
        values = {key: env.value(value, flow) for key, value in given.items()}
        if found is None:
            own = {} if main is None else {MAIN[callee]: env.value(main, flow)}
            defaults = env.file.values.get("defaults", {}).get(callee, {})
            base = {key: evaluated(value, env.file.params) for key, value in defaults.items()}
            return self._op(callee, {**base, **own, **values}, name, place, flow, node.get("init"))
        file, definition = found
        params = definition.get("params", {})
        if main is not None:
            values[next(iter(params))] = env.value(main, flow)
        bound: dict[str, Any] = {}
        inner_env = Env(file, dict(file.params))
        for param, default in params.items():
            bound[param] = (
                values[param] if param in values else inner_env.binding(**bound).value(default, flow)
            )
        body = {key: value for key, value in definition.items() if key not in ("params", "about", "note")}
        alone = Place(place.module, place.prefix, flow)
        return self._apply(body, name, alone, flow, inner_env.binding(**bound))

    def _taken_apart(self, node: Mapping[str, Any], flow: Any, env: Env) -> tuple[str, Any, dict[str, Any]]:
        """The op, block or structure of a node, the value beside it, and its arguments."""
        key = next(key for key in node if key not in MODIFIERS and self._is_callee(key, env))
        rest = {name: value for name, value in node.items() if name not in (*MODIFIERS, key)}
        if key == "use":
            return env.value(node[key], flow), None, rest
        return key, node[key], rest

    def _is_callee(self, key: str, env: Env) -> bool:
        return key in STRUCTURES or key == "use" or known(key) or env.file.block(key) is not None

    def _inner(self, name: str, place: Place, flow: Tensor | None) -> Place:
        return Place(_child(place.module, name), f"{place.prefix}{name}.", flow, place)

    def _repeat(
        self, node: Mapping[str, Any], callee: str, name: str, place: Place, flow: Tensor | None, env: Env
    ) -> Tensor:
        count = env.value(node["repeat"], flow)
        inner = self._inner(name, place, flow)
        once = {key: value for key, value in node.items() if key not in ("repeat", "first", "last", "as")}
        found = env.file.block(callee)
        main = MAIN.get(callee) if found is None else next(iter(found[1].get("params", {})), None)
        for i in range(count):
            copy = dict(once)
            for which, there in (("first", i == 0), ("last", i == count - 1)):
                for key, value in node.get(which, {}).items() if there else ():
                    copy[callee if key == main and callee in copy else key] = value
            here = env.binding(i=i, n=count)
            copy_name = template(node["as"], here.names) if "as" in node else str(i)
            flow = self._apply(copy, copy_name, inner, flow, here)
        assert flow is not None
        return flow

    def _residual(self, node: Mapping[str, Any], inner: Place, x: Tensor, env: Env) -> Tensor:
        written = node.get("shortcut", "identity")
        name = "shortcut"
        if isinstance(written, Mapping) and len(written) == 1 and "use" not in written:
            ((key, value),) = written.items()
            if _ready(value, env, x):
                name, written = key, value
        ready = _ready(written, env, x)
        keys = list(node)
        is_first = "shortcut" in keys and keys.index("shortcut") < keys.index("residual")
        skip = x
        if is_first and ready is None:
            skip = _some(self._slot(written, "shortcut", inner.slot(x), x, env))
        elif is_first and ready in ("auto", "projection"):
            _child(inner.module, name)
        main = _some(self._slot(node["residual"], "residual", inner.slot(x), x, env))
        if "scale" in node:
            main = main * env.value(node["scale"], x)
        if ready is None:
            if not is_first:
                skip = _some(self._slot(written, "shortcut", inner.slot(x), x, env))
        elif ready == "projection" or (ready == "auto" and main.shape != x.shape):
            skip = self._projection(written, name, inner, x, main, env)
        elif ready == "pad":
            skip = self._padded(x, main)
            self.shapes.append((f"{inner.prefix}{name}", tuple(skip.shape[1:])))
        result = main if ready == "none" else _torch(torch.add, main, skip)
        if "after" in node:
            result = _some(self._slot(node["after"], "after", inner.slot(result), result, env))
        return result

    def _projection(self, written: Any, name: str, inner: Place, x: Tensor, main: Tensor, env: Env) -> Tensor:
        stride = _ratio(x, main)
        own = written if isinstance(written, Mapping) else {}
        defaults = env.file.values.get("defaults", {})
        norm = {key: evaluated(value, env.file.params) for key, value in defaults.get("norm", {}).items()}
        kind = env.value(own.get("norm"), x)
        if kind is not None:
            norm["type"] = kind
        bias = env.value(own.get("bias"), x)
        if bias is None:
            bias = evaluated(defaults.get("conv", {}).get("bias"), env.file.params)
        if bias is None:
            bias = kind == "none"
        place = self._inner(name, inner, x)
        conv = {"channels": main.shape[1], "kernel": 1, "stride": stride, "bias": bias}
        flow = self._op("conv", conv, "0", place, x, None)
        return flow if kind == "none" else self._op("norm", norm, "1", place, flow, None)

    def _padded(self, x: Tensor, main: Tensor) -> Tensor:
        steps = _ratio(x, main)
        if main.shape[1] < x.shape[1]:
            raise Refused("channels cannot be taken away")
        kept = x[(slice(None), slice(None), *(slice(None, None, step) for step in steps))]
        zeros = torch.zeros(x.shape[0], main.shape[1] - x.shape[1], *kept.shape[2:])
        return torch.cat((kept, zeros), 1)

    def _join(self, callee: str, main: Any, name: str, place: Place, flow: Tensor | None, env: Env) -> Tensor:
        sides = []
        if isinstance(main, list):
            sides = [place.find(str(_reference(written, env, flow))) for written in main]
        else:
            inner = self._inner(name, place, flow)
            for branch, node in main.items():
                result = self._node(node, branch, inner, flow, env)
                if result is not None:
                    sides.append(result)
        if callee == "concat":
            result = _torch(torch.cat, sides, 1)
        else:
            result = reduce(lambda a, b: _torch(torch.add if callee == "add" else torch.mul, a, b), sides)
        if isinstance(main, list):
            self.shapes.append((f"{place.prefix}{name}", tuple(result.shape[1:])))
        return result

    def _op(self, key: str, given: dict[str, Any], name: str, place: Place, x: Tensor, init: Any) -> Tensor:
        path = f"{place.prefix}{name}"
        if path not in self.layers:
            self.layers[path] = made = _torch(layer, key, given, x)
            rule = init if init is not None else self.file.values.get("init", {}).get(key)
            if rule is not None:
                _torch(_initialise, made.module, rule)
            if isinstance(made.module, nn.Parameter):
                place.module.register_parameter(name, made.module)
            else:
                place.module.add_module(name, made.module)
        result = _torch(self.layers[path].apply, x)
        if result.numel() == 0:
            raise Refused("nothing is left")
        self.shapes.append((path, tuple(result.shape[1:])))
        return result


def _torch(function: Any, *arguments: Any) -> Any:
    """What PyTorch gives; its refusals as `Refused`."""
    try:
        return function(*arguments)
    except TORCH_REFUSES as error:
        raise Refused(str(error)) from error


def _initialise(module: nn.Module | nn.Parameter, rule: Any) -> None:
    rule = {rule: {}} if isinstance(rule, str) else dict(rule)
    for name, scheme in (("bias", rule.pop("bias", None)), ("weight", rule or None)):
        tensor = getattr(module, name, None)
        if scheme is None or tensor is None:
            continue
        scheme = {scheme: {}} if isinstance(scheme, str) else scheme
        ((kind, arguments),) = scheme.items()
        getattr(nn.init, f"{kind}_")(tensor, **arguments)


def _child(module: nn.Module, name: str) -> nn.Module:
    """The child of that name, made where there is none."""
    if name not in module._modules:
        module.add_module(name, nn.Module())
    return module._modules[name]  # type: ignore[return-value]


def _is_sequence(node: Any) -> bool:
    """Whether a slot holds children of the module around it."""
    return isinstance(node, Mapping) and "use" not in node


def _ready(written: Any, env: Env, x: Tensor) -> str | None:
    """The ready-made shortcut that is asked for, if one is."""
    if isinstance(written, Mapping):
        word = written.get("use")
        return word if word in ("auto", "projection") else None
    word = env.value(written, x) if isinstance(written, str) else None
    return word if word in ("auto", "identity", "projection", "pad", "none") else None


def _ratio(x: Tensor, main: Tensor) -> tuple[int, ...]:
    """The stride that takes the sizes of `x` to those of `main`."""
    if x.dim() != main.dim() or x.dim() < 3:
        raise Refused("no stride takes one rank to another")
    steps = []
    for before, after in zip(x.shape[2:], main.shape[2:], strict=True):
        step = next((s for s in range(1, before + 1) if math.ceil(before / s) == after), None)
        if step is None:
            raise Refused(f"no stride takes {before} to {after}")
        steps.append(step)
    return tuple(steps)


def _some(value: Tensor | None) -> Tensor:
    assert value is not None
    return value


def _reference(written: Any, env: Env, flow: Tensor | None) -> Any:
    if isinstance(written, str) and not written.startswith("$("):
        return template(written, env.names)
    return env.value(written, flow)


FUNCTIONS: Mapping[str, Any] = {
    "min": min,
    "max": max,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": round,
    "int": int,
    "abs": abs,
    "len": len,
    "sum": sum,
    "range": lambda *ends: list(range(*ends)),
    "round_to": lambda x, m: _round_to(x, m),
}


def _round_to(x: float, multiple: int) -> int:
    rounded = max(multiple, int(x + multiple / 2) // multiple * multiple)
    return rounded + multiple if rounded < 0.9 * x else rounded


def evaluated(written: Any, names: Mapping[str, Any]) -> Any:
    """A value of a spec, its expressions worked out."""
    if isinstance(written, list):
        return [evaluated(item, names) for item in written]
    if not isinstance(written, str) or not written.startswith("$"):
        return written
    if not written.startswith("$("):
        return names[written[1:]]
    value = _python(written[2:-1], names)
    return int(value) if isinstance(value, float) and value.is_integer() and "/" in written else value


def template(text: Any, names: Mapping[str, Any]) -> str:
    """A name, with what its expressions come to."""

    def replaced(match: re.Match[str]) -> str:
        return str(names[match[1]] if match[1] else _python(match[2], names))

    return re.sub(r"\$(?:(\w+)|\(([^()]*)\))", replaced, str(text))


def _python(text: str, names: Mapping[str, Any]) -> Any:
    tree = ast.parse(f"({text})", mode="eval")
    readable = {"true": True, "false": False, "null": None}
    return eval(compile(tree, "<spec>", "eval"), {"__builtins__": {}, **FUNCTIONS, **readable, **names})
