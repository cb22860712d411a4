"""`archspec.records.dataclass` makes what the standard library's makes."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, fields, is_dataclass, replace
from typing import Any, ClassVar

import pytest

import archspec.validation  # noqa: F401  # the records of a check are looked at below
from archspec import records

MAKERS = {"ours": records.dataclass, "standard": dataclasses.dataclass}


@records.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2
    names: list[str] = field(default_factory=list, compare=False)
    kind: ClassVar[str] = "point"


@records.dataclass(slots=True)
class Counted:
    total: int = 0
    seen: dict[str, int] = field(default_factory=dict, repr=False)
    double: int = field(init=False)
    label: str = field(default="none", init=False)

    def __post_init__(self) -> None:
        self.double = self.total * 2


class Shape(ABC):
    __slots__ = ()

    @abstractmethod
    def area(self) -> int: ...


@records.dataclass(frozen=True, slots=True)
class Square(Shape):
    side: int

    def area(self) -> int:
        return self.side**2


@dataclasses.dataclass(frozen=True, slots=True)
class Tilted(Square):
    """An heir made by the standard library, as an installed package's op is."""

    angle: float = 0.0


@records.dataclass(frozen=True, slots=True)
class Named(Tilted):
    name: str = ""


@records.dataclass(frozen=True, slots=True)
class Nothing:
    pass


@records.dataclass(frozen=True, slots=True, eq=False)
class Same:
    x: int


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("eq", [True, False])
def test_the_classes_behave_alike(make: Callable[..., Any], frozen: bool, eq: bool) -> None:
    """The same assertions hold of both."""

    @make(frozen=frozen, slots=True, eq=eq)
    class Pair:
        a: int
        b: tuple[int, ...] = (1, 2)
        c: Any = None

    pair = Pair(1, c="x")
    assert repr(pair).endswith("Pair(a=1, b=(1, 2), c='x')")
    assert (pair == Pair(1, (1, 2), "x")) is eq
    assert pair != (1, (1, 2), "x")
    assert pair.__eq__(3) is NotImplemented
    if eq and frozen:
        assert hash(pair) == hash(Pair(1, c="x"))
    elif eq:
        with pytest.raises(TypeError, match="unhashable"):
            hash(pair)
    else:
        assert len({pair, Pair(1, c="x")}) == 2
    if frozen:
        with pytest.raises(FrozenInstanceError, match="cannot assign to field 'a'"):
            pair.a = 3
        with pytest.raises(FrozenInstanceError, match="cannot delete field 'a'"):
            del pair.a
    else:
        pair.a = 3
        assert replace(pair, b=()).a == 3
    assert not hasattr(pair, "__dict__")
    assert Pair.__match_args__ == ("a", "b", "c")
    assert [each.name for each in fields(Pair)] == ["a", "b", "c"]
    assert Pair.__dataclass_params__.frozen is frozen
    recursive = Pair(1, c=[])
    recursive.c.append(recursive)
    assert "..." in repr(recursive)
    for arguments in ((), (1, 2, 3, 4)):
        with pytest.raises(TypeError, match=r"__init__\(\)"):
            Pair(*arguments)
    with pytest.raises(TypeError, match="unexpected keyword"):
        Pair(1, d=2)


def test_a_frozen_one_is_copied_pickled_and_replaced() -> None:
    point = Point(1, names=["a"])
    for other in (copy.copy(point), copy.deepcopy(point), pickle.loads(pickle.dumps(point))):
        assert other == point
        assert other.names == ["a"]
    assert replace(point, y=5) == Point(1, 5)
    assert Point(1, names=["b"]) == point, "a field may be left out of comparisons"
    assert Point(1).names is not Point(1).names
    match point:
        case Point(x, 2):
            assert x == 1
        case _:
            pytest.fail("the fields are the pattern's arguments")
    assert is_dataclass(Point)


def test_fields_that_are_no_arguments_are_set_all_the_same() -> None:
    counted = Counted(3)
    assert (counted.double, counted.label, counted.seen) == (6, "none", {})
    assert repr(counted) == "Counted(total=3, double=6, label='none')"
    assert pickle.loads(pickle.dumps(counted)) == counted


def test_heirs_of_either_kind() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Shape()  # type: ignore[abstract]
    assert Square(3).area() == 9
    named = Named(3, 1.5, "n")
    assert repr(named) == "Named(side=3, angle=1.5, name='n')"
    assert (named.area(), named == Named(3, 1.5, "n"), named == Tilted(3, 1.5)) == (9, True, False)
    assert pickle.loads(pickle.dumps(named)) == named
    with pytest.raises(FrozenInstanceError):
        named.side = 4  # type: ignore[misc]


def test_a_class_without_fields_and_one_without_equality() -> None:
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert pickle.loads(pickle.dumps(Nothing())) == Nothing()
    assert Same(1) != Same(1)
    assert pickle.loads(pickle.dumps(Same(1))).x == 1


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize(
    ("arguments", "named", "message"),
    [
        ((), {}, "missing 1 required positional argument: 'a'"),
        ((1, 2, 3), {}, "takes from 2 to 3 positional arguments but 4 were given"),
        ((1,), {"a": 2}, "multiple values for argument 'a'"),
        ((1,), {"z": 2}, "unexpected keyword argument 'z'"),
    ],
)
def test_wrong_arguments_are_refused_from_the_first_instance_on(
    before: int, arguments: tuple[int, ...], named: dict[str, int], message: str
) -> None:
    @records.dataclass(frozen=True, slots=True)
    class Pair:
        a: int
        b: int = 2

    for _ in range(before):
        Pair(1)
    with pytest.raises(TypeError, match=message):
        Pair(*arguments, **named)  # type: ignore[arg-type]


def test_the_fields_of_every_record_are_those_that_it_says() -> None:
    """None has an annotation that is no field and no class variable, which the standard library would see otherwise."""
    homes = [module for name, module in sys.modules.items() if name.split(".")[0] == "archspec"]
    classes = {each for home in homes for each in vars(home).values() if isinstance(each, type)}
    made = [each for each in classes if is_dataclass(each) and each.__module__.startswith("archspec.")]
    assert len(made) > 100
    for each in made:
        arguments = tuple(field.name for field in fields(each) if field.init)
        assert each.__match_args__ == arguments, each
