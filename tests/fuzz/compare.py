"""archspec against PyTorch over generated specs: verdict, every shape, parameters, `state_dict`, outputs.

    cd tests && python -m fuzz.compare --seed 1 --count 20000

The judge is `reference.py`, which interprets the spec in plain PyTorch. It and the file that archspec emits get the
same weights and the same input, and must give the same numbers.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import torch
import yaml

import archspec
from archspec.compiler import Network, check
from archspec.files import Folder
from archspec.ir import walk
from archspec.report.text import render
from archspec.targets import Target
from fuzz.generate import Spec, generate
from fuzz.reference import Interpreter, Refused

STRICTER: Final[Mapping[str, str]] = {
    "E0301": "PyTorch broadcasts a skip addition of unequal shapes",
    "E0303": "PyTorch broadcasts sums and products of unequal shapes",
    "E0306": "`nn.Linear` takes a map, and mixes its last axis",
    "E0307": "a language rule: a projection's stride is an exact ratio",
    "E0308": "PyTorch would take the batch or the channels for an axis",
    "E0309": "`split` wants equal parts",
    "E0310": "PyTorch repeats a list of one entry, and drops some of others",
    "E0313": "a limit of ours",
    "E0316": "Python clips a range; PyTorch pads a crop",
    "E0317": "a language rule: `pad` adds channels and takes none away",
    "E0320": "PyTorch reads outside of its memory",
    "E0221": "arguments without meaning for each other, which PyTorch ignores",
}
"""Where archspec refuses what PyTorch might take. Every other refusal must be PyTorch's too."""


@dataclass
class Tally:
    """What a comparison came to."""

    verdicts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)


class Disagreement(AssertionError):
    """archspec and PyTorch differ about a spec."""


@cache
def standard_blocks() -> dict[str, Any]:
    """The definitions of the standard blocks, as their files have them."""
    blocks: dict[str, Any] = {}
    for path in sorted((Path(archspec.__file__).parent / "blocks").glob("*.yaml")):
        blocks |= _numbers(yaml.safe_load(path.read_text("utf-8"))["blocks"])
    return blocks


def _numbers(value: Any) -> Any:
    """`1e-5` is a number in YAML 1.2, and a text to PyYAML."""
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    return float(value) if value == "1e-5" else value


def compare(spec: Spec, folder: Path) -> str:
    """The verdict on which both agree, with archspec's first code where it is a refusal. Raises `Disagreement`."""
    for name, text in spec.texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    text = spec.texts[spec.main]
    target = Target(spec.main, text.encode(), spec.variant, Folder.of(str(folder / spec.main)))
    checked = check(target)
    judge = Interpreter({**spec.files, spec.main: spec.reads}, spec.main, standard_blocks(), spec.params)
    sizes = spec.reads["input"]
    shapes = list(sizes.values()) if isinstance(sizes, dict) else [sizes]
    inputs = [torch.randn(2, *shape) for shape in shapes]
    refusal = refusal_of_one = ""
    trained: list[torch.Tensor] = []
    heads: list[torch.Tensor] = []
    shapes_of_two: list[tuple[str, Any]] = []
    try:
        with torch.no_grad():
            trained, heads = judge.run(inputs)
            shapes_of_two = sorted(judge.shapes)
    except Refused as refused:
        refusal = str(refused) or "refused"
    try:
        with torch.no_grad():
            judge.root.eval()
            judge.run([x[:1] for x in inputs])
    except Refused as refused:
        refusal_of_one = str(refused) or "refused"
    if checked.graph is None or checked.costs is None:
        errors = [found for found in checked.diagnostics if found.severity == "error"]
        code = errors[0].code
        if not spec.careless:
            raise Disagreement(f"archspec refuses a valid spec:\n{render(errors)}")
        # Some norms refuse a single example alone; archspec accepts those that need a batch anyhow.
        if not refusal and not refusal_of_one and code not in STRICTER:
            raise Disagreement(f"archspec refuses what PyTorch takes:\n{render(errors)}")
        return code
    if refusal:
        raise Disagreement(f"archspec accepts what PyTorch refuses: {refusal}")
    network = Network(checked.graph, checked.costs)
    _compare_shapes(network, shapes_of_two, trained, heads)
    _compare_models(network, judge, inputs)
    return "valid"


def _compare_shapes(
    network: Network,
    theirs: list[tuple[str, Any]],
    outputs: list[torch.Tensor],
    heads: list[torch.Tensor],
) -> None:
    root = network.graph.root
    ours = sorted((visit.path, visit.step.shape) for visit in walk(root) if visit.step.role != "join")
    if ours != theirs:
        differing = sorted(set(ours) ^ set(theirs))
        raise Disagreement(f"shapes of nodes: {differing[:8]} ({len(ours)} against {len(theirs)})")
    given = [root.shape(value) for value in root.outputs]
    if given != [tuple(output.shape[1:]) for output in outputs]:
        raise Disagreement(f"outputs: {given} against {[tuple(output.shape) for output in outputs]}")
    given = [root.shape(head.value) for head in network.graph.aux]
    if given != [tuple(head.shape[1:]) for head in heads]:
        raise Disagreement(f"auxiliary heads: {given}")


def _compare_models(network: Network, judge: Interpreter, inputs: list[torch.Tensor]) -> None:
    namespace: dict[str, Any] = {"__name__": "emitted"}
    from archspec.backends.torch.source import emitted

    source = emitted(network.graph)
    exec(compile(source.text, "<emitted>", "exec"), namespace)
    model = namespace[source.class_name]()
    state = judge.root.state_dict()
    theirs = [(key, tuple(value.shape)) for key, value in state.items()]
    written = [(key, tuple(value.shape)) for key, value in model.state_dict().items()]
    listed = [(key, weight.shape) for key, weight in archspec.ir.state(network.graph.root)]
    if not theirs == written == listed:
        raise Disagreement(f"state_dict:\nPyTorch {theirs}\nemitted {written}\nlisted  {listed}")
    count = sum(parameter.numel() for parameter in judge.root.parameters())
    if count != network.params:
        raise Disagreement(f"parameters: {network.params} against {count}")
    model.load_state_dict(state, strict=True)
    model.eval()
    judge.root.eval()
    with torch.no_grad():
        expected, _ = judge.run(inputs)
        given = model(*(x.clone() for x in inputs))
    given = [given] if isinstance(given, torch.Tensor) else list(given)
    for one, other in zip(given, expected, strict=True):
        if not torch.allclose(one, other, rtol=1e-3, atol=1e-4, equal_nan=True):
            raise Disagreement(f"outputs differ by {float((one - other).abs().max())}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    tally = Tally()
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        for number in range(arguments.seed, arguments.seed + arguments.count):
            spec = generate(Random(number), careless=number % 2 == 1)
            kind = "careless" if spec.careless else "careful"
            try:
                verdict = compare(spec, Path(folder))
            except Exception as error:
                tally.disagreements.append(f"seed {number}, {kind}: {type(error).__name__}: {error}")
                print(tally.disagreements[-1], flush=True)
                continue
            tally.verdicts[f"{kind}, {'valid' if verdict == 'valid' else 'refused'}"] += 1
            tally.codes[verdict] += 1
    print(
        f"{arguments.count} specs in {time.monotonic() - began:.0f} s: {dict(sorted(tally.verdicts.items()))}"
    )
    print(f"first codes: {dict(tally.codes.most_common())}")
    print(f"{len(tally.disagreements)} disagreements")
    return 1 if tally.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
