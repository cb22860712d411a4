"""The constructor parameters of one class, and the search for an expression over them.

In: values, one for each instance of the class. Out: an expression that gives each instance its value.

What holds: an expression that leaves here has been evaluated for every instance. A parameter that nothing uses is not
a parameter of the class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations
from typing import Final, TypeAlias

from archspec.backends.torch import code
from archspec.backends.torch.classes import Kind
from archspec.backends.torch.names import Namespace
from archspec.backends.torch.symbols import (
    Untranslatable,
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


REPEAT: Final = "repeat"
"""The origin of a number of copies."""

ENOUGH_DIFFERENT: Final = 3
"""Numbers that follow a parameter through this many different values do so by no coincidence."""


class Missing(Enum):
    """The type of `MISSING` alone."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""Stands for the value of an argument in an instance that lacks the step."""

Vector: TypeAlias = "Sequence[Value | Missing]"
"""A value for each instance of the class, in order."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a constructor."""

    key: str
    """What expressions call it: the name in the block, or a name of ours."""
    name: str
    """What Python calls it."""
    values: Mapping[Module, Value]
    origin: str
    default: Value | Missing = MISSING
    own: bool = True
    """It is the block's, or the input's channels; callers may pass it by position."""
    wish: Expression | None = None
    """What the author wrote for the argument that made the parameter necessary, over the parameters around it."""

    @property
    def annotation(self) -> code.Expression:
        return _annotation(list(self.values.values()))


class Parameters:
    """The parameters of one kind while it is being resolved."""

    def __init__(self, kind: Kind, taken: Iterable[str]) -> None:
        self.instances = kind.instances
        self._names = Namespace(("self", "i", *taken))
        self._table: dict[str, Parameter] = {}
        self._used: set[str] = set()
        self._known: dict[str, Expression] = {}
        """The block's parameters that need none of the constructor's."""
        self.input = self._add_in_channels()
        self._add_block_parameters(kind.given)

    def _add_block_parameters(self, given: frozenset[str]) -> None:
        blocks = [module.block for module in self.instances if module.block is not None]
        if len(blocks) != len(self.instances):
            return
        for key in blocks[0].arguments:
            values = [block.arguments[key] for block in blocks]
            defaults = [block.defaults.get(key, MISSING) for block in blocks]
            derived = key not in given and defaults[0] is MISSING
            known = self._multiple(values) if derived else None
            if _agreed(values):
                self._known[key] = literal(values[0])
            elif known is not None:
                self._known[key] = known
            else:
                self._add(key, key, values, key, default=defaults[0] if _agreed(defaults) else MISSING)

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
        filled = [known[0] if value is MISSING else value for value in values]
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

    def claim_local(self, value: code.Expression, wanted: str) -> str:
        """A name for the local variable of the constructor that holds `value`: the author's, if there is one."""
        authors = (key for key, known in self._known.items() if self.show(known) == value)
        return self._names.claim(next(authors, wanted))

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
    ) -> Expression:
        """An expression for `values`. `source`: the channels that flow into the step; `near`: what may well be it."""
        known = [value for value in values if value is not MISSING]
        if _agreed(known):
            general = self._general(values, origin, source, near) if len(known) < len(values) else None
            return general or literal(known[0])
        for candidate in self._candidates(known, values, origin, wish, source, near):
            if self.fits(candidate, values) and self._printable(candidate):
                return candidate
        return self.new(values, origin=origin, step=step, wish=wish)

    def _general(
        self, values: Vector, origin: str, source: Expression | None, near: Sequence[Expression]
    ) -> Expression | None:
        """For a layer that only some instances have: what says it for any instance, rather than a number that
        happens to be all there is. Channels and strides alone; the other arguments of a projection are fixed."""
        if origin not in CHANNEL_ORIGINS and origin != "stride":
            return None
        sources = [source] if source is not None and origin.startswith("in_") else []
        candidates = (*sources, *near, *self.named(origin))
        return next((each for each in candidates if free_names(each) and self.fits(each, values)), None)

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

    def _printable(self, expression: Expression) -> bool:
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


def _annotation(values: Sequence[Value]) -> code.Expression:
    """The type of a parameter that takes these values."""
    scalars = {type(value) for value in values if value is not None and not isinstance(value, tuple)}
    scalars -= {int} if float in scalars else set()
    parts: list[code.Expression] = [
        code.Name(kind.__name__) for kind in (bool, int, float, str) if kind in scalars
    ]
    tuples = [value for value in values if isinstance(value, tuple)]
    if tuples:
        parts.append(code.Subscript(code.Name("tuple"), code.Slot(_tuple_items(tuples))))
    if None in values:
        parts.append(code.Constant(None))
    return parts[0] if len(parts) == 1 else code.Infix("|", tuple(parts))


def _tuple_items(tuples: Sequence[tuple[Value, ...]]) -> tuple[code.Expression, ...]:
    """`int, int` for pairs; `int, ...` where the lengths differ."""
    if len({len(value) for value in tuples}) == 1:
        return tuple(_annotation(column) for column in zip(*tuples, strict=True))
    return (_annotation([item for value in tuples for item in value]), code.Name("..."))
