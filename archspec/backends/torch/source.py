"""Graph → a Python file.

In: a checked graph. Out: the text of a module that depends on torch alone and defines the network's class, with one
class for each kind of block in it. `module.py` executes the same text: there is no second implementation.

What holds: the text is a fixed point of `ruff format`, and the same for equal graphs; its syntax tree, docstrings
apart, does not depend on any text of the author's but names; the model's `state_dict` has the keys, shapes and order
of a walk over the graph, a module's own parameters before those of its children.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final

from archspec.backends.torch import code
from archspec.backends.torch.classes import Grouping, Kind, group
from archspec.backends.torch.constructor import constructor
from archspec.backends.torch.copied import copied_definitions, names_in
from archspec.backends.torch.forward import Ends, forward, shape_text
from archspec.backends.torch.initialisation import initialisation
from archspec.backends.torch.known_types import TENSOR
from archspec.backends.torch.layout import INDENT, WIDTH, docstring, render
from archspec.backends.torch.names import Namespace
from archspec.backends.torch.recipes import calls, layer_calls, recipe
from archspec.backends.torch.resolve import resolve
from archspec.backends.torch.resolved import ResolvedKind
from archspec.backends.wording import open_sizes_text
from archspec.ir import Graph, Module, Step, Structure, distinct_modules
from archspec.ops.base import Op, Shape
from archspec.passes.cost import count_cost
from archspec.records import dataclass
from archspec.syntax import collector_paused

FROM_STANDARD_LIBRARY: Final[Mapping[str, str]] = {
    "math": "import math",
    "re": "import re",
    "OrderedDict": "from collections import OrderedDict",
    "Mapping": "from collections.abc import Mapping",
    "NamedTuple": "from typing import NamedTuple",
}
FROM_TORCH: Final[Mapping[str, str]] = {"torch": "import torch", "F": "import torch.nn.functional as F"}
"""The line that imports each name, as ruff sorts them. `Tensor` and `nn` share a line after these."""

FACTS_INDENT: Final = 13
"""The column in which the file's docstring writes its facts."""

AUX_WEIGHTS: Final = "AUX_WEIGHTS"

JOINS: Final[frozenset[Structure]] = frozenset(("add", "concat", "multiply"))


@dataclass(frozen=True, slots=True)
class Addition:
    """What a file holds besides the network."""

    about: str
    """A paragraph for the end of the file's docstring."""
    in_constructor: tuple[code.Statement, ...]
    """Statements for the end of the network's constructor."""
    behind: Callable[[str], str]
    """Definitions that follow the classes, for a network whose class has that name."""
    names: tuple[str, ...]
    """What those definitions are called."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """A Python file, and what the network's class is called in it."""

    text: str
    class_name: str


def emit(graph: Graph) -> str:
    """The network as a Python file."""
    return emitted(graph).text


def emitted(graph: Graph, addition: Addition | None = None) -> Emitted:
    """The network as a Python file, with the name of its class."""
    with collector_paused():
        try:
            return _emitted(graph, addition)
        finally:
            recipe.cache_clear()


def _emitted(graph: Graph, addition: Addition | None) -> Emitted:
    mentioned = _mentioned(graph)
    taken = () if addition is None else addition.names
    grouping = group(graph, taken=(*mentioned, AUX_WEIGHTS, *taken))
    name = grouping.kind_of[graph.root].name
    statements = tuple(_definitions(graph, grouping, (*mentioned, *taken), addition))
    used = code.names_in(*statements)
    copies = copied_definitions(used & mentioned)
    used = used.union(*(copy.uses for copy in copies.values()))
    definitions = [copy.text for copy in copies.values()]
    definitions += ["\n".join(render([each])) for each in statements]
    about = _description(graph)
    if addition is not None:
        behind = addition.behind(name)
        definitions.append(behind)
        about += f"\n\n{_filled(addition.about, WIDTH)}"
        used |= names_in(ast.parse(behind))
    body = "\n\n\n".join(definitions)
    parts = ["\n".join(docstring(about)), *_imports(used)]
    parts += ["\n".join(render([weights])) for weights in _aux_weights(graph)]
    text = "\n\n".join(parts) + f"\n\n\n{body}\n"
    return Emitted(text, name)


def _mentioned(graph: Graph) -> frozenset[str]:
    """The layers of our own that the recipes speak of, in whatever form each step will take."""
    functions: set[str] = set()
    for module in distinct_modules(graph.root):
        for index, step in enumerate(module.steps):
            if isinstance(step.target, Op):
                made = recipe((module, index))
                functions.update(call.function for call in (*calls(made), *(layer_calls(made) or ())))
    return frozenset(function for function in functions if "." not in function)


def _imports(used: frozenset[str]) -> Iterator[str]:
    """The groups of import lines."""
    standard = [line for name, line in FROM_STANDARD_LIBRARY.items() if name in used]
    if standard:
        yield "\n".join(standard)
    torch = [line for name, line in FROM_TORCH.items() if name in used]
    names = ", ".join(name for name in ("Tensor", "nn") if name in used)
    yield "\n".join((*torch, f"from torch import {names}"))


def _aux_weights(graph: Graph) -> Iterator[code.Statement]:
    if not graph.aux:
        return
    weights = tuple((code.Constant(aux.name), code.Constant(float(aux.weight))) for aux in graph.aux)
    annotation = code.Subscript(code.Name("dict"), code.Slot((code.Name("str"), code.Name("float"))))
    yield code.Assign(code.Name(AUX_WEIGHTS), code.DictOf(weights), annotation)


# ---------------------------------------------------------------- classes


def _definitions(
    graph: Graph, grouping: Grouping, taken: Sequence[str], addition: Addition | None
) -> Iterator[code.Statement]:
    """The classes, those that others use first. `taken`: the names that are not theirs."""
    resolved = resolve(grouping, taken)
    callers = _callers(graph)
    said: dict[str, Kind] = {}
    for made in resolved:
        if made.kind.template is not graph.root:
            yield _class(made, _about(made.kind, said), _outer_names(made.kind.template, callers))
    root = resolved[-1]
    ends, tuples = _ends(graph, grouping)
    yield from tuples
    after = initialisation(graph) if addition is None else addition.in_constructor
    yield _class(root, "", ("x",), ends, after)


def _class(
    made: ResolvedKind,
    about: str,
    outer_names: Sequence[str],
    ends: Ends | None = None,
    after: Sequence[code.Statement] = (),
) -> code.Class:
    built = constructor(made, after)
    body: tuple[code.Statement, ...] = (built.function,) if built.function else ()
    if not made.kind.sequential:
        body += (forward(built.resolved, built.attributes, outer_names, ends),)
    base = code.dotted("nn.Sequential" if made.kind.sequential else "nn.Module")
    return code.Class(made.kind.name, (base,), body, about)


def _about(kind: Kind, said: dict[str, Kind]) -> str:
    """What a block's author says of it; said once, where its calls come to several classes. `said`: the class in
    which each text stands."""
    block = kind.template.block
    text = "" if block is None else _sentence(block.about)
    if text and text in said:
        return f"As `{said[text].name}`, {_apart(kind, said[text])}."
    said[text] = kind
    return text


def _apart(kind: Kind, other: Kind) -> str:
    """What sets a class apart from another of the same block."""
    if kind.differences == other.differences:
        return "of other layers"
    word, told = ("with", kind) if kind.differences else ("without", other)
    return f"{word} {' and '.join(difference.lower() for difference in told.differences)}"


def _sentence(about: str) -> str:
    """What a block's author says of it, as a docstring."""
    text = " ".join(about.split())
    if not text:
        return ""
    text = text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
    return _filled(text, WIDTH - INDENT - len('""""""'))


def _filled(text: str, width: int) -> str:
    return textwrap.fill(" ".join(text.split()), width, break_long_words=False, break_on_hyphens=False)


def _ends(graph: Graph, grouping: Grouping) -> tuple[Ends, list[code.Statement]]:
    """What the network's `forward` takes and gives, and the tuples it gives them in."""
    base = grouping.kind_of[graph.root].name
    fields = Namespace(("count", "index"))
    outputs = [fields.claim(name.lstrip("_")) for name in graph.output_names]
    heads = [fields.claim(aux.name) for aux in graph.aux]
    result = training_result = ""
    tuples: list[code.Statement] = []
    if len(outputs) > 1:
        result = grouping.names.claim(f"{base}Output")
        tuples.append(_named_tuple(result, outputs))
    if heads:
        training_result = grouping.names.claim(f"{base}TrainingOutput" if result else f"{base}Output")
        tuples.append(_named_tuple(training_result, [*outputs, *heads]))
    aux = tuple(head.value for head in graph.aux)
    return Ends(graph.input_names, result, training_result, aux), tuples


def _named_tuple(name: str, fields: Sequence[str]) -> code.Statement:
    body = tuple(code.Assign(code.Name(field), None, annotation=TENSOR) for field in fields)
    return code.Class(name, (code.Name("NamedTuple"),), body)


def _callers(graph: Graph) -> Mapping[Module, tuple[Module, Step]]:
    """A step that calls each module."""
    callers: dict[Module, tuple[Module, Step]] = {}
    for module in distinct_modules(graph.root):
        for step in module.steps:
            if isinstance(step.target, Module):
                callers.setdefault(step.target, (module, step))
    return callers


def _outer_names(module: Module, callers: Mapping[Module, tuple[Module, Step]]) -> list[str]:
    """What to call the inputs: `x` what flows in, and others by the names of the steps outside that give them; so all
    of a join, where none is before the others."""
    first = (
        "x" if len(module.inputs) == 1 or module.structure not in JOINS else _outer_name(module, 0, callers)
    )
    return [first, *(_outer_name(module, value, callers) for value in range(1, len(module.inputs)))]


def _outer_name(module: Module, value: int, callers: Mapping[Module, tuple[Module, Step]]) -> str:
    while module in callers and value < len(module.inputs):
        module, step = callers[module]
        value = step.inputs[value]
    if value < len(module.inputs):
        return "outer"
    name = module.steps[value - len(module.inputs)].name
    return f"x{name}" if name.isdigit() else name


# ---------------------------------------------------------------- the file's docstring


def _description(graph: Graph) -> str:
    """What the file defines, from what it was compiled, and what it costs."""
    title = " ".join(graph.name.split()) or "Network"
    if graph.variant:
        title += f" ({' '.join(graph.variant.split())})"
    paragraphs = [_filled(paragraph, WIDTH) for paragraph in re.split(r"\n\s*\n", graph.about)]
    total = count_cost(graph).total
    facts = (
        ("Input:", _ends_text(graph.input_names, graph.root.inputs)),
        (
            "Output:",
            _ends_text(graph.output_names, [graph.root.shape(value) for value in graph.root.outputs]),
        ),
        ("Parameters:", f"{total.params:,}"),
        ("MACs:", f"{total.macs:,}"),
    )
    origin = " ".join(PurePath(graph.file).name.split())
    compiled = f"Compiled by archspec from {origin}" if origin else "Compiled by archspec"
    opened = open_sizes_text(graph)
    return "\n\n".join(
        (
            title,
            *filter(None, paragraphs),
            "\n".join(f"{label:<{FACTS_INDENT - 1}} {fact}" for label, fact in facts),
            _filled(f"{compiled}, for the input {opened}.", WIDTH) if opened else f"{compiled}.",
        )
    )


def _ends_text(names: Sequence[str], shapes: Sequence[Shape]) -> str:
    texts = [shape_text(("N", *shape)) for shape in shapes]
    if len(texts) == 1:
        return texts[0]
    named = (f"{name} {text}" for name, text in zip(names, texts, strict=True))
    return f",\n{'':<{FACTS_INDENT}}".join(named)
