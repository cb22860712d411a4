"""A picture in words, for those who do not see it.

In: a graph. Out: a sentence that names the input, the parts in their order and the output, and one with the costs.
Holds: it stays short however large the network is; neighbouring parts of one kind are told together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from archspec.backends.dot.reading import is_one_box, is_wrapper
from archspec.backends.wording import network_title, shape_text, short_count, visible
from archspec.ir import Graph, Module, Step, distinct_modules
from archspec.ops.base import Kind, Op, Shape
from archspec.passes.cost import count_cost
from archspec.records import dataclass

_MOST_LAYERS: Final = 4
"""More layers than this in a row are counted, not named."""
_MOST_PARTS: Final = 7
_NOUNS: Final[dict[Kind, tuple[str, str]]] = {
    "conv": ("convolution", "convolutions"),
    "linear": ("fully connected layer", "fully connected layers"),
    "pool": ("pooling layer", "pooling layers"),
    "join": ("join", "joins"),
    "resample": ("resampling layer", "resampling layers"),
    "other": ("other layer", "other layers"),
}
"""The kinds that are worth a mention; norms, activations and the like belong to these."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A layer, or a module with `copies` blocks in a row. `follows`: it reads what the part before it gives; else it
    stands beside it.
    """

    path: str
    section: str
    what: str
    kind: Kind | None
    copies: int
    shape: Shape
    follows: bool


def describe(graph: Graph) -> str:
    """One or two sentences."""
    parts = list(_worth_a_mention(_parts(graph.root, "")))
    phrases: list[str] = []
    for _, grouped in groupby(parts, lambda part: (part.kind is not None, part.section or part.what)):
        run = list(grouped)
        phrases.append(_blocks_text(run) if run[0].kind is None else _layers_text(run))
    if len(phrases) > _MOST_PARTS:
        left_out = len(phrases) - _MOST_PARTS + 1
        phrases[_MOST_PARTS // 2 : _MOST_PARTS // 2 + left_out] = [f"{left_out} more parts"]
    root = graph.root
    inputs = _ends("input", graph.input_names, root.inputs)
    outputs = _ends("output", graph.output_names, [root.shape(value) for value in root.outputs])
    heads = [aux.name for aux in graph.aux]
    beside = (
        [f"auxiliary {'head' if len(heads) == 1 else 'heads'} {', '.join(heads)} in training"]
        if heads
        else []
    )
    total = count_cost(graph).total
    costs = f"{short_count(total.params)} parameters, {short_count(total.macs)} multiply-accumulates."
    return visible(f"{network_title(graph)}: {'; '.join((inputs, *phrases, *beside, outputs))}. {costs}")


def _ends(word: str, names: Sequence[str], shapes: Iterable[Shape]) -> str:
    texts = [shape_text(shape) for shape in shapes]
    if len(texts) == 1:
        return f"{word} {texts[0]}"
    return f"{word}s {', '.join(f'{name} {text}' for name, text in zip(names, texts, strict=True))}"


def _worth_a_mention(parts: Iterable[_Part]) -> Iterator[_Part]:
    """The parts without norms and the like. What follows one of those follows what that follows; a join follows
    whatever it joins.
    """
    follows = True
    for part in parts:
        follows = part.kind == "join" or (follows and part.follows)
        if part.kind is None or part.kind in _NOUNS:
            yield replace(part, follows=follows)
            follows = True


def _parts(module: Module, prefix: str, section: str = "", *, entered: bool = True) -> Iterable[_Part]:
    """What stands directly in the network, or in a module that only holds parts of it together. `entered`: the first
    input of the module is what the part before it gives.
    """
    before = 0
    for index, step in enumerate(module.steps):
        target, path = step.target, prefix + step.name
        if step.role == "aux":
            continue
        follows = before in step.inputs and (entered or before > 0)
        before = module.value(index)
        if isinstance(target, Op):
            shapes = module.inputs_of(step)
            what = target.glyph(*shapes).text
            yield _Part(path, section or step.section, what, target.kind, 1, step.shape, follows)
        elif is_one_box(target):
            yield from _parts(target, f"{path}.", section or step.section, entered=follows)
        elif is_wrapper(target) or (target.structure == "sequence" and target.block is None):
            yield from _parts(target, f"{path}.", section or path, entered=follows)
        else:
            yield _Part(path, "", *_block(step, target), step.shape, follows)


def _block(step: Step, module: Module) -> tuple[str, None, int]:
    """What a module consists of: the name of its blocks, and how many follow each other."""
    copies = [child.target for child in module.steps] if module.structure == "repeat" else [module]
    names = {copy.block.name if isinstance(copy, Module) and copy.block else "" for copy in copies}
    name = names.pop() if len(names) == 1 else ""
    inner = distinct_modules(module)
    ways = ["a skip connection"] if any(child.structure == "residual" for child in inner) else []
    if any(isinstance(at.target, Op) and at.target.key == "concat" for child in inner for at in child.steps):
        ways.append("a concatenation")
    return (f"{name} block".strip() + (f" with {' and '.join(ways)}" if ways else "")), None, len(copies)


def _layers_text(run: list[_Part]) -> str:
    section = f"{run[0].section} of " if run[0].section and len(run) > 1 else ""
    if len(run) <= _MOST_LAYERS:
        first, *others = run
        rest = (f", {'then' if part.follows else 'beside'} {part.what}" for part in others)
        return f"{section}{first.what}{''.join(rest)}"
    counts = Counter(part.kind for part in run if part.kind is not None)
    return section + ", ".join(f"{count} {_NOUNS[kind][count > 1]}" for kind, count in counts.items())


def _blocks_text(run: list[_Part]) -> str:
    first, last = run[0], run[-1]
    block, _, has = first.what.partition(" with ")
    has = f" with {has}" if has else ""
    if len(run) == 1:
        copies = f"{first.copies} × {block}s" if first.copies > 1 else f"one {block}"
        return f"{first.path}: {copies}{has}, to {shape_text(first.shape)}"
    each = {part.copies for part in run}
    if len(each) > 1:
        many = f"{', '.join(str(part.copies) for part in run)} {block}s"
    else:
        many = f"{first.copies} {block}s each" if first.copies > 1 else f"one {block} each"
    if first.path == last.path:
        return f"{first.path}, {len(run)} times: {many}{has}, to {shape_text(last.shape)}"
    return f"{len(run)} parts ({first.path} to {last.path}) of {many}{has}, to {shape_text(last.shape)}"
