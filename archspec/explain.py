"""What `archspec explain` prints: of a code, an op, a word, a block, or of a node's shape.

In: what was asked for. Out: text for a terminal, in which no text of a user can be taken for anything else; or None,
where there is nothing of that name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from inspect import cleandoc

from archspec.backends.wording import shape_text, visible
from archspec.codes import CODES
from archspec.compiler import Network
from archspec.diagnostics import Sink, did_you_mean
from archspec.expand.definitions import Definition
from archspec.expand.library import Library
from archspec.expressions import show
from archspec.files import CannotRun
from archspec.ir import Module, Step
from archspec.ops import ALIASES, OPS, find
from archspec.ops.base import Op, Shape, Window, axis_name
from archspec.passes.trail import Located, Stop, children, find_node, trail
from archspec.schema.arguments import describe
from archspec.vocabulary import SHORTCUTS, WORDS

LISTS = ("ops", "codes", "words")
"""What lists everything of a kind."""


def explain_name(name: str) -> str | None:
    """What a code, an op, a word of the language or a standard block means."""
    if name.upper() in CODES:
        return _code(name.upper())
    if name in LISTS:
        return _listed(name)
    op = find(name)
    if op is not None:
        return _op(op)
    if name in WORDS:
        return _word(name)
    definition = Library().find(name, Sink())
    return None if definition is None else _block(definition)


def nearest_name(name: str) -> str | None:
    """What `name` is probably a slip for."""
    return did_you_mean(name, (*CODES, *OPS, *ALIASES, *WORDS, *Library.names(), *LISTS))


def _code(name: str) -> str:
    code = CODES[name]
    return f"{code.code}: {code.title}\n\n{code.text}"


def _listed(kind: str) -> str:
    match kind:
        case "codes":
            rows = [(code.code, code.title) for code in CODES.values()]
        case "words":
            rows = [(name, word.about) for name, word in WORDS.items()]
        case _:
            rows = [(key, _first_sentence(op)) for key, op in OPS.items()]
    return aligned(rows)


def aligned(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows as lines, with every column but the last as wide as its widest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    return "".join(f"{line}\n" for line in lines)


def _documentation(op: type[Op]) -> str:
    return cleandoc(op.__doc__ or "")


def _first_sentence(op: type[Op]) -> str:
    paragraph = _documentation(op).partition("\n\n")[0].replace("\n", " ")
    return paragraph.partition(". ")[0].rstrip(".")


def _op(op: type[Op]) -> str:
    parts = [f"{op.key}: {_documentation(op)}"]
    aliases = [alias for alias, key in ALIASES.items() if key == op.key]
    if aliases:
        parts.append(f"also called {', '.join(aliases)}")
    rows = [
        (
            f"  {argument.name}",
            argument.expects,
            ("required" if argument.required else f"default {show(argument.default)}")
            + (" (the main argument)" if argument.name == op.main else ""),
        )
        for argument in describe(op)
    ]
    parts.append(f"arguments:\n{aligned(rows)}".rstrip("\n") if rows else "no arguments")
    if op.example:
        parts.append(f"example: {op.example}")
    if op.reference:
        parts.append(f"see {op.reference}")
    return "\n\n".join(parts) + "\n"


def _word(name: str) -> str:
    word = WORDS[name]
    text = f"{name}: {word.about}"
    if name == "residual":
        text += "\n\nshortcuts:\n" + aligned([(f"  {kind}", about) for kind, about in SHORTCUTS.items()])
    return f"{text.rstrip()}\n\nexample: {word.example}\n"


def _block(definition: Definition) -> str:
    return (
        f"{definition.name}: {' '.join(definition.about.split())}\n\nparameters: {signature(definition)}\n\n"
        f"`archspec blocks show {definition.name}` prints it, to copy and change.\n"
    )


def signature(definition: Definition) -> str:
    """The parameters of a block: `channels: int, stride = 1`."""
    return ", ".join(
        f"{parameter.name}: {parameter.type}"
        if parameter.default is None
        else f"{parameter.name} = {' '.join(parameter.default.span.text.split())}"
        for parameter in definition.parameters
    )


def explain_node(network: Network, path: str) -> str:
    """Why the node at `path` has its shape: its own arithmetic, and what changed the sizes before it.

    Raises `CannotRun` where there is no such node.
    """
    located = find_node(network.graph.root, path)
    if located is None:
        near = children(network.graph.root, path)
        nearest = did_you_mean(path, near)
        hint = f"did you mean `{nearest}`?" if nearest else f"there are: {', '.join(near)}"
        raise CannotRun(f"{visible(network.name)} has no node `{visible(path)}`; {visible(hint)}")
    blocks = [f"{line}\n" for line in (_headline(located), *_where(located))]
    blocks += ["\n", *(f"{line}\n" for line in _own_shape(located))]
    cost = network.costs.of(located.module, located.index)
    blocks.append(f"  {cost.params:,} parameters, {cost.macs:,} MACs\n\n")
    blocks.append(f"the sizes on the way to it:\n{_way(network, trail(located))}")
    return "".join(blocks)


def _headline(located: Located) -> str:
    target = located.step.target
    if isinstance(target, Op):
        return f"{located.path}: {visible(target.glyph(*located.inputs).text)}"
    block = f" (block `{target.block.name}`)" if target.block else ""
    return f"{located.path}: {target.structure}{block}"


def _where(located: Located) -> Iterator[str]:
    yield f"  written at {visible(str(located.step.origin.span))}"
    for outer in reversed(located.enclosing):
        target = outer.step.target
        block = target.block if isinstance(target, Module) else None
        what = f"block `{block.name}`" if block else f"`{outer.path}`"
        yield f"  in {what}, {visible(str(outer.step.origin.span))}"


def _own_shape(located: Located) -> Iterator[str]:
    step, inputs = located.step, located.inputs
    yield f"  {' and '.join(map(shape_text, inputs))} → {shape_text(step.shape)}"
    if isinstance(step.target, Op):
        for line in _arithmetic(step.target, inputs, step.shape):
            yield f"  {line}"
        return
    shortcut = step.target.shortcut
    if shortcut is not None:
        yield f"  shortcut: {'auto → ' if shortcut.automatic else ''}{shortcut.kind}"
    for inner in step.target.steps:
        yield f"    {inner.name}: {_what(inner, located)} → {shape_text(inner.shape)}"


def _what(step: Step, within: Located) -> str:
    if isinstance(step.target, Module):
        return step.target.block.name if step.target.block else step.target.structure
    module = within.step.target
    inputs = tuple(module.shape(value) for value in step.inputs) if isinstance(module, Module) else ()
    return visible(step.target.glyph(*inputs).text)


def _arithmetic(op: Op, inputs: tuple[Shape, ...], output: Shape) -> Iterator[str]:
    """The sum behind each size that a sliding window made, where PyTorch's usual formula is the one."""
    rank = len(inputs[0])
    if len(output) != rank:
        return
    for axis, window in enumerate(op.windows(*inputs), start=1):
        size = inputs[0][axis]
        if window == Window() or window.size == 0 or not isinstance(window.stride, int) or window.phases:
            continue
        if _slid(size, window.size, window.stride, window.padding) == output[axis]:
            padding = f" + 2 × {window.padding}" if window.padding else ""
            stride = f" // {window.stride}" if window.stride > 1 else ""
            yield f"{axis_name(rank, axis)}: ({size}{padding} − {window.size}){stride} + 1 = {output[axis]}"


def _slid(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size + 2 * padding - kernel) // stride + 1


def _way(network: Network, stops: tuple[Stop, ...]) -> str:
    """The input, and the ops that changed the shape since."""
    graph = network.graph
    rows = [
        (f"  {name}", shape_text(shape), "the input", "")
        for name, shape in zip(graph.input_names, graph.root.inputs, strict=True)
    ]
    rows += [
        (
            f"  {stop.located.path}",
            shape_text(stop.after),
            visible(stop.op.glyph(*stop.located.inputs).text),
            visible(str(stop.located.step.origin.span)),
        )
        for stop in stops
        if stop.before != stop.after
    ]
    return aligned(rows)
