"""Whole specs, drawn at random: every op, structure, modifier, shortcut, standard block and top-level key.

In: a `random.Random`. Out: a `Spec`. The writer follows the shape through every node with the ops' own shape rules.

Holds: a spec that is not `careless` is valid by construction, so one that archspec refuses shows a bug. In a careless
one about every sixth node takes arguments, branches or shortcuts without a look at what flows in: about half of these
specs are wrong, and only another judge can tell which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

import yaml

from archspec.ops.base import Shape
from fuzz.layers import INIT_OF_MATRICES
from fuzz.structures import Writer


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
