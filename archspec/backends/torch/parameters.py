"""The constructor parameters of one class, and the search for an expression over them.

In: values, one for each instance of the class. Out: an expression that gives each instance its value.

What holds: an expression that leaves here has been evaluated for every instance. A parameter that nothing uses is not
a parameter of the class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace as replace_fields
from itertools import combinations
from typing import Final

from archspec.backends.torch import code
from archspec.backends.torch.classes import Kind
from archspec.backends.torch.names import Namespace
from archspec.backends.torch.parameter import MISSING, Missing, Parameter, Vector
from archspec.backends.torch.symbols import (
    ClassName,
    Untranslatable,
    differs,
    exceeds,
    gives,
    literal,
    name,
    product,
    quotient,
    replace,
    same,
    to_code,
    total,
)
from archspec.expressions import Expression, Index, Literal, Name, Value, free_names
from archspec.ir import Module

CHANNEL_ORIGINS: Final = frozenset(("channels", "features", "in_channels", "in_features", "groups"))
"""Arguments that count channels: only these are looked for among multiples and sums of each other."""

GEOMETRY: Final = frozenset(("kernel", "stride", "padding", "dilation"))
"""Parameters of blocks that are no counts of channels, whatever their values."""

IN_CHANNELS: Final = ".in_channels"
"""The key of the parameter for the channels that flow in. No parameter of a block can be called so."""


NONE_OF_IT: Final = 0
"""The size of a layer where there is none."""

REPEAT: Final = "repeat"
"""The origin of a number of copies."""

ENOUGH_DIFFERENT: Final = 3
"""Numbers that follow a parameter through this many different values do so by no coincidence."""


class Parameters:
    """The parameters of one kind while it is being resolved."""

    def __init__(self, kind: Kind, taken: Iterable[str]) -> None:
        self.instances = kind.instances
        self._names = Namespace(("self", "i", *taken))
        self._table: dict[str, Parameter] = {}
        self._used: set[str] = set()
        self._known: dict[str, Expression] = {}
        """The block's parameters that need none of the constructor's."""
        self.conditions: list[Expression] = []
        """When the steps are there that some instances lack, as far as that is known."""
        self.input = self._add_in_channels()
        self._add_block_parameters(kind.given)

    def _add_block_parameters(self, given: frozenset[str]) -> None:
        blocks = [module.block for module in self.instances if module.block is not None]
        if len(blocks) != len(self.instances):
            return
        for key in blocks[0].arguments:
            values = [block.arguments[key] for block in blocks]
            defaults = [block.defaults.get(key, MISSING) for block in blocks]
            known = self._like_the_input(key, values)
            if key not in given and defaults[0] is MISSING:
                known = self._derived(blocks[0].derived.get(key), values) or self._multiple(values)
            if _agreed(values):
                self._known[key] = literal(values[0])
            elif known is not None:
                self._known[key] = known
            else:
                self._add(key, key, values, key, default=defaults[0] if _agreed(defaults) else MISSING)

    def _like_the_input(self, key: str, values: Vector) -> Expression | None:
        """The channels that flow in, if a parameter always says the same."""
        same_thing = key not in GEOMETRY and self.fits(self.input, values)
        return self.input if same_thing else None

    def _derived(self, default: Expression | None, values: Vector) -> Expression | None:
        """The author's own expression for a parameter that no caller sets."""
        known = None if default is None else self.translate(default, self.input)
        return known if self.says(known, values) else None

    def _add_in_channels(self) -> Expression:
        """The symbol of the channels that flow in: a parameter if they differ."""
        channels = [module.inputs[0][0] for module in self.instances]
        if _agreed(channels):
            return literal(channels[0])
        vectors = all(len(module.inputs[0]) == 1 for module in self.instances)
        wanted = "in_features" if vectors else "in_channels"
        self._add(IN_CHANNELS, wanted, channels, "in_channels")
        return name(IN_CHANNELS)

    def _add(
        self,
        key: str,
        wanted: str,
        values: Vector,
        origin: str,
        *,
        default: Value | Missing = MISSING,
        own: bool = True,
        wish: Expression | None = None,
    ) -> None:
        known = [value for value in values if value is not MISSING]
        sizes = all(type(value) is int and value > 0 for value in known)
        unneeded = NONE_OF_IT if sizes and default is MISSING else known[0]
        if sizes and default is MISSING and len(known) < len(values):
            default = NONE_OF_IT
        filled = [unneeded if value is MISSING else value for value in values]
        by_module = dict(zip(self.instances, filled, strict=True))
        self._table[key] = Parameter(key, self._names.claim(wanted), by_module, origin, default, own, wish)

    # ------------------------------------------------------------ what is there

    def scope(self, module: Module) -> Mapping[str, Value]:
        return {key: parameter.values[module] for key, parameter in self._table.items()}

    def fits(self, expression: Expression | None, values: Vector) -> bool:
        """Whether the expression gives every instance its value."""
        return expression is not None and all(
            value is MISSING or gives(expression, self.scope(module), value)
            for module, value in zip(self.instances, values, strict=True)
        )

    def named(self, origin: str) -> Iterator[Expression]:
        """The parameters called `origin`, or made for it."""
        for key, parameter in self._table.items():
            if origin in (key, parameter.origin):
                yield name(key)

    def translate(self, wish: Expression, source: Expression | None) -> Expression | None:
        """What an author wrote, over the parameters of this class. `source`: the channels that flow into the node."""

        def change(part: Expression) -> Expression | None:
            match part:
                case Name(name=key) if key in self._known:
                    return self._known[key]
                case Name(name=key) if key in self._table:
                    return part
                case Name(name="in_channels") | Index(base=Name(name="in_shape"), index=Literal(value=0)):
                    return source
                case _:
                    return None

        return replace(wish, change)

    def print(self, expression: Expression) -> code.Expression:
        """The expression in Python; the parameters in it become parameters of the class."""
        self._used.update(free_names(expression))
        return self.show(expression)

    def show(self, expression: Expression) -> code.Expression:
        """The expression in Python, for comparison with what was printed."""
        scopes = [self.scope(module) for module in self.instances]
        names = {key: parameter.name for key, parameter in self._table.items()}
        return to_code(expression, names, scopes)

    def used(self) -> tuple[Parameter, ...]:
        """The parameters of the class; those with a default last, as Python demands."""
        used = [parameter for key, parameter in self._table.items() if key in self._used]
        return tuple(sorted(used, key=lambda parameter: parameter.default is not MISSING))

    def authors_name(self, value: code.Expression) -> str | None:
        """What the author calls the value of an expression."""
        return next((key for key, known in self._known.items() if self.show(known) == value), None)

    def claim_local(self, wanted: str) -> str:
        """A name for a local variable of the constructor."""
        return self._names.claim(wanted)

    def sizes(self) -> Iterator[Expression]:
        """What says that there is any of a thing that only some instances have."""
        for key, parameter in self._table.items():
            if parameter.default is not MISSING and same(parameter.default, NONE_OF_IT):
                yield exceeds(name(key), literal(NONE_OF_IT))

    def classes(self) -> Iterator[Expression]:
        """What says that there is a layer whose class is a parameter."""
        for key, parameter in self._table.items():
            if {type(value) for value in parameter.values.values()} == {ClassName, type(None)}:
                yield differs(name(key), literal(None))

    def truths(self) -> Iterator[Expression]:
        """The parameters that are true or false."""
        for key, parameter in self._table.items():
            if all(type(value) is bool for value in parameter.values.values()):
                yield name(key)

    # ------------------------------------------------------------ the search

    def find(
        self,
        values: Vector,
        *,
        origin: str,
        step: str,
        wish: Expression | None = None,
        source: Expression | None = None,
        near: Sequence[Expression] = (),
        stated: bool = False,
    ) -> Expression:
        """An expression for `values`. `source`: the channels that flow into the step; `near`: what may well be it;
        `stated`: the author wrote the value itself."""
        known = [value for value in values if value is not MISSING]
        if any(isinstance(value, ClassName) for value in known) and not _agreed(values):
            found = self._classes(values)
            if found is not None:
                return found
        if _agreed(known):
            doubtful = len(known) < len(values) and not stated
            general = self._general(values, origin, wish, source, near) if doubtful else None
            return general or literal(known[0])
        for candidate in self._candidates(known, values, origin, wish, source, near):
            if self.says(candidate, values):
                return candidate
        return self.new(values, origin=origin, step=step, wish=wish)

    def _general(
        self,
        values: Vector,
        origin: str,
        wish: Expression | None,
        source: Expression | None,
        near: Sequence[Expression],
    ) -> Expression | None:
        """For a layer that only some instances have: what says it for any instance, rather than a number that
        happens to be all there is. The author's expression; else channels and strides alone, for the other arguments
        of a projection are fixed."""
        translated = None if wish is None else self.translate(wish, source)
        candidates = [] if translated is None else [translated]
        if origin in CHANNEL_ORIGINS or origin == "stride":
            candidates += [source] if source is not None and origin.startswith("in_") else []
            candidates += [*near, *self.named(origin)]
        return next((each for each in candidates if free_names(each) and self.says(each, values)), None)

    def says(self, expression: Expression | None, values: Vector) -> bool:
        """Whether the expression gives every instance its value, and Python has a way to write it."""
        return self.fits(expression, values) and self._printable(expression)

    def _classes(self, values: Vector) -> Expression | None:
        """The block's parameter that says which class it is by an op's name, made to take the class itself; None as
        its value where there is no layer. Nothing, if there is no such parameter, or its texts are in use."""
        for key, parameter in self._table.items():
            texts = [parameter.values[module] for module in self.instances]
            classes: dict[Value, Value] = {}
            for text, value in zip(texts, values, strict=True):
                if value is not MISSING:
                    classes.setdefault(text, value)
            chosen = [classes.get(text) for text in texts]
            says = all(
                value is MISSING or same(each, value) for each, value in zip(chosen, values, strict=True)
            )
            if key in self._used or not says or not all(type(text) is str for text in texts):
                continue
            default = MISSING if parameter.default not in texts else classes.get(parameter.default)
            by_module = dict(zip(self.instances, chosen, strict=True))
            self._table[key] = replace_fields(parameter, values=by_module, default=default)
            return name(key)
        return None

    def new(
        self,
        values: Vector,
        *,
        origin: str,
        step: str,
        wish: Expression | None = None,
        default: Value | Missing = MISSING,
    ) -> Expression:
        """A parameter of our own: called after the argument, or after step and argument where several are."""
        role = origin or "value"
        key = f".{step}.{role}.{len(self._table)}"
        wanted = role
        if any(parameter.name == role for parameter in self._table.values()):
            wanted = f"{step}_{role}" if step.isidentifier() else f"{role}_{step}"
        self._add(key, wanted, values, origin, default=default, own=False, wish=wish)
        return name(key)

    def _printable(self, expression: Expression | None) -> bool:
        if expression is None:
            return False
        try:
            to_code(expression, {key: key for key in self._table}, [self.scope(at) for at in self.instances])
        except Untranslatable:
            return False
        return True

    def _candidates(
        self,
        known: Sequence[Value],
        values: Vector,
        origin: str,
        wish: Expression | None,
        source: Expression | None,
        near: Sequence[Expression],
    ) -> Iterator[Expression]:
        translated = self.translate(wish, source) if wish is not None else None
        if translated is not None:
            if source is not None and not isinstance(source, Name | Literal):
                # "a quarter of the channels, times four" has a shorter name
                yield from (each for each in near if isinstance(each, Name))
            yield translated
        if source is not None and origin.startswith("in_"):
            yield source
        yield from near
        yield from self.named(origin)
        if any(isinstance(value, ClassName) for value in known):
            yield from map(name, self._table)
        if any(type(value) is not int for value in known):
            return
        if origin in CHANNEL_ORIGINS or (origin not in GEOMETRY and len(set(known)) >= ENOUGH_DIFFERENT):
            yield from self._multiples(values)
        if origin in CHANNEL_ORIGINS:
            counts = [name(key) for key, _ in self._counts()]
            yield from (total(pair) for pair in combinations(counts, 2))
        if origin == REPEAT:
            yield from (total((name(key), literal(by))) for key, _ in self._counts() for by in (0, 1, -1))

    def _counts(self) -> Iterator[tuple[str, Parameter]]:
        """The parameters that may count channels: the block's own integers, and ours that were made for it."""
        for key, parameter in self._table.items():
            counts = parameter.own or parameter.origin in CHANNEL_ORIGINS
            if (
                counts
                and key not in GEOMETRY
                and all(type(value) is int for value in parameter.values.values())
            ):
                yield key, parameter

    def _multiple(self, values: Vector) -> Expression | None:
        """What says of numbers that nobody wrote where they come from."""
        if any(type(value) is not int for value in values):
            return None
        return next((each for each in self._multiples(values) if self.fits(each, values)), None)

    def _multiples(self, values: Vector) -> Iterator[Expression]:
        at, value = next((at, value) for at, value in enumerate(values) if value is not MISSING)
        for key, parameter in self._counts():
            base = parameter.values[self.instances[at]]
            if not isinstance(base, int) or not isinstance(value, int) or base < 1 or value < 1:
                continue
            if value == base:
                yield name(key)
            elif value % base == 0:
                yield product(name(key), value // base)
            elif base % value == 0:
                yield quotient(name(key), base // value)


def _agreed(values: Sequence[object]) -> bool:
    return all(same(value, values[0]) for value in values)
