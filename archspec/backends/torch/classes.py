"""Which classes the emitted file has.

In: a graph. Out: a `Grouping`: the module objects that become instances of a class, class by class, children before
parents; every other module is a chain that an `nn.Sequential` can hold where it stands.

What holds: each instance of a class has the steps of the class's template, or some of them (`alignment.py` says what
else may differ). The template is itself an instance: the one with the most steps.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TypeAlias

from archspec.backends.torch.alignment import Aligner, Alignments
from archspec.backends.torch.class_names import ClassTitle, Unnamed, name_classes
from archspec.backends.torch.names import Namespace, network_class_name
from archspec.backends.torch.recipes import Place, does_nothing, is_chain, is_uniform
from archspec.ir import Graph, Module, Step, distinct_modules
from archspec.ops.base import Shape
from archspec.passes.counterparts import Steps, projection, values_in
from archspec.passes.inplace import inplace_steps
from archspec.records import dataclass
from archspec.source import Span


@dataclass(frozen=True, slots=True)
class Column:
    """One step of a class, in each of its instances."""

    template: Place
    places: tuple[Place | None, ...]
    """None where the instance has no such step."""
    shapes: tuple[Shape | None, ...]
    """Of what flows on behind the step; None where the instance has no such module."""

    @property
    def step(self) -> Step:
        module, index = self.template
        return module.steps[index]

    @property
    def is_optional(self) -> bool:
        """Whether an instance that has the module lacks the step."""
        return any(
            place is None and shape is not None for place, shape in zip(self.places, self.shapes, strict=True)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One class: its name, a module that has all of its steps, and the modules that are instances of it."""

    name: str
    template: Module
    instances: tuple[Module, ...]
    inplace: frozenset[int]
    """The steps of the template that may overwrite their input."""
    alignments: Alignments = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    """The block's parameters that some caller sets."""
    differences: tuple[str, ...] = ()
    """The steps by which it is told from others that would have the same name."""
    sequential: bool = False
    """The class derives from `nn.Sequential`: its children are not named by identifiers."""

    def column(self, index: int) -> Column:
        """Step `index` of the template, in each instance."""
        return self.column_in(self.template, self.instances, index)

    def column_in(self, template: Module, modules: Sequence[Module | None], index: int) -> Column:
        """Step `index` of `template`, the class's own or a chain in it, in what stands for it in each instance."""
        places: list[Place | None] = []
        shapes: list[Shape | None] = []
        for module in modules:
            steps = None if module is None else self.alignments.get((template, module))
            at = index if steps is None else steps[index]
            places.append(None if module is None or at is None else (module, at))
            shapes.append(None if module is None else self._shape(template, module, index, steps))
        return Column((template, index), tuple(places), tuple(shapes))

    def _shape(self, template: Module, module: Module, index: int, steps: Steps | None) -> Shape:
        value = template.value(index)
        return module.shape(value if steps is None else values_in(template, module, steps)[value])


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    kinds: tuple[Kind, ...]
    kind_of: Mapping[Module, Kind]
    names: Namespace
    """The names of the file, for what else it defines."""


def group(graph: Graph, taken: Iterable[str] = ()) -> Grouping:
    """Sort the modules of `graph` into classes. `taken`: names of the file that a class cannot have."""
    modules = distinct_modules(graph.root)
    in_place = frozenset(
        module
        for module in modules
        if module is not graph.root
        and (module.block is None or module.structure == "repeat")
        and is_chain(module)
    )
    names = Namespace(taken)
    root_name = names.claim(network_class_name(graph.name, graph.variant))
    callers = _callers(modules)
    found = _Classes(graph, modules, in_place).found
    inner = [Unnamed(template, instances) for template, instances, _ in found if template is not graph.root]
    titles = {
        each.template: title for each, title in zip(inner, name_classes(inner, callers, names), strict=True)
    }
    kinds = []
    for template, instances, alignments in found:
        is_root = template is graph.root
        title = titles.get(template, ClassTitle(root_name))
        kinds.append(
            Kind(
                name=title.name,
                differences=title.differences,
                template=template,
                instances=tuple(instances),
                inplace=_inplace(graph, template),
                alignments=alignments,
                given=frozenset(
                    key
                    for module in instances
                    for step in callers.get(module, ())
                    for key in step.origin.arguments
                ),
                sequential=not is_root and is_chain(template) and not _has_attribute_names(template),
            )
        )
    return Grouping(tuple(kinds), {module: kind for kind in kinds for module in kind.instances}, names)


def _has_attribute_names(module: Module) -> bool:
    return all(step.name.isidentifier() for step in module.steps)


def _inplace(graph: Graph, module: Module) -> frozenset[int]:
    kept = tuple(aux.value for aux in graph.aux) if module is graph.root else ()
    return inplace_steps(module, kept)


def _callers(modules: Sequence[Module]) -> Mapping[Module, Sequence[Step]]:
    """The steps that call each module."""
    callers: dict[Module, list[Step]] = {}
    for module in modules:
        for step in module.steps:
            if isinstance(step.target, Module):
                callers.setdefault(step.target, []).append(step)
    return callers


# ---------------------------------------------------------------- what is alike

_Class: TypeAlias = tuple[Module, list[Module], dict[tuple[Module, Module], Steps]]
"""A template, the instances in the order of the network, and their alignments."""


class _Classes:
    """Sorts modules into classes, family by family; a family is ready when the modules inside its members are."""

    def __init__(self, graph: Graph, modules: Sequence[Module], in_place: frozenset[Module]) -> None:
        self.graph = graph
        self.in_place = in_place
        self.found: list[_Class] = []
        self.sizes = _sizes(modules, in_place)
        self._interned: dict[Hashable, int] = {}
        self.numbers: dict[Module, int] = {}
        """Equal for chains that are exactly alike, and for instances of one class."""
        self.aligner = Aligner(self.numbers, in_place, lambda module: _inplace(graph, module))
        levels = _levels(modules, in_place)
        by_level: dict[int, list[Module]] = {}
        for module in modules:
            by_level.setdefault(levels[module], []).append(module)
        for level in sorted(by_level):
            families: dict[Hashable, list[Module]] = {}
            for module in by_level[level]:
                if does_nothing(module) and module is not graph.root:
                    self.numbers[module] = self._number("nothing")
                elif module not in in_place:
                    families.setdefault(self._family(module), []).append(module)
            for family in families.values():
                self._sort(family)
            for module in by_level[level]:
                if module in in_place and module not in self.numbers:
                    self.numbers[module] = self._number(("chain", self._signature(module)))

    def _number(self, signature: Hashable) -> int:
        """Small numbers for equal signatures, so that a signature holds its children's and never a deep tree."""
        return self._interned.setdefault(signature, len(self._interned))

    def _family(self, module: Module) -> Hashable:
        """Modules that may become one class: calls of one block; without a block, those with the same names inside."""
        if module is self.graph.root:
            return "root"
        if module.block is not None:
            return module.block.span
        skipping = projection(module)
        names = tuple(step.name for index, step in enumerate(module.steps) if index != skipping)
        return (module.structure, module.shortcut is None, names)

    def _sort(self, family: Sequence[Module]) -> None:
        """The classes of a family. Those with most steps come first: they are what the others are parts of."""
        order = {module: at for at, module in enumerate(family)}
        classes: dict[int, _Class] = {}
        for module in sorted(family, key=self.sizes.__getitem__, reverse=True):
            number = self._number(self._signature(module))
            if number in classes:
                classes[number][1].append(module)
                continue
            for template, instances, alignments in classes.values():
                found = self.aligner.align(template, module)
                if found is not None:
                    instances.append(module)
                    alignments.update(found)
                    break
            else:
                classes[number] = (module, [module], {})
        for template, instances, alignments in sorted(
            classes.values(), key=lambda found: min(map(order.__getitem__, found[1]))
        ):
            instances.sort(key=order.__getitem__)
            self.found.append((template, instances, alignments))
            number = self._number(("class", len(self.found)))
            self.numbers.update(dict.fromkeys(instances, number))

    def _signature(self, module: Module) -> Hashable:
        """What modules have in common that are exactly alike: all but argument values and numbers of copies."""
        if module in self.in_place and is_uniform(module):
            return ("uniform", self.aligner.does(module, 0))
        inplace = _inplace(self.graph, module)
        steps = tuple(
            (
                step.name,
                step.role == "join",
                step.shared,
                index in inplace,
                step.inputs,
                self.aligner.does(module, index),
            )
            for index, step in enumerate(module.steps)
        )
        return (projection(module), module.shortcut is not None, len(module.inputs), module.outputs, steps)


def _sizes(modules: Sequence[Module], in_place: frozenset[Module]) -> Mapping[Module, int]:
    """The number of steps of each module, with those of the chains in it."""
    sizes: dict[Module, int] = {}
    for module in modules:
        chains = (child for child in _children(module) if child in in_place and not is_uniform(child))
        sizes[module] = len(module.steps) + sum(map(sizes.__getitem__, chains))
    return sizes


def _levels(modules: Sequence[Module], in_place: frozenset[Module]) -> Mapping[Module, int]:
    """How many classes are nested in each module, itself included. All calls of a block have one level: that of the
    deepest, so that every class a family needs is of a level before. Ends, for no block is inside itself."""
    levels: dict[Module, int] = dict.fromkeys(modules, 0)
    of_block: dict[Span, int] = {}
    changed = True
    while changed:
        changed = False
        for module in modules:
            level = max((levels[child] for child in _children(module)), default=0) + (module not in in_place)
            if module.block is not None and module not in in_place:
                level = of_block[module.block.span] = max(level, of_block.get(module.block.span, 0))
            changed = changed or level != levels[module]
            levels[module] = level
    return levels


def _children(module: Module) -> Iterator[Module]:
    for step in module.steps:
        if isinstance(step.target, Module):
            yield step.target
