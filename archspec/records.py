"""`dataclass` of the standard library, ten times as fast to make.

In: a class, and what `dataclasses.dataclass` takes of `frozen`, `slots` and `eq`. Out: the class as that makes it.

The standard library writes and compiles the source of each method of each class: a third of a millisecond for a frozen
one. The compiler has hundreds, so that making them took longer than checking a network. Here the standard library
finds the fields and makes the slots; the methods are closures over the fields' names, and `__init__`, where speed
counts later, is compiled when the first instance is made: most classes have none in a run.

Holds: `fields`, `replace`, `match`, pickle and copy take the result for what it is, a dataclass, and the standard
library's dataclasses may inherit from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from operator import attrgetter
    from reprlib import recursive_repr

    def dataclass(*, frozen=False, slots=False, eq=True):
        """Make a class a dataclass. Without slots it is left to the standard library: few are."""

        def decorate(cls):
            if not slots:
                return dataclasses.dataclass(frozen=frozen, eq=eq)(cls)
            cls.__doc__ = (
                cls.__doc__ or cls.__name__
            )  # else the standard library works out a signature for it
            own = frozenset(vars(cls))
            # Frozen takes longer there; but one that inherits from a frozen dataclass has to be.
            inherits = frozen and dataclasses.is_dataclass(cls)
            make = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, frozen=inherits)
            made = make(cls)
            made.__dataclass_params__.frozen = frozen  # an heir that the standard library makes asks for it
            made.__dataclass_params__.eq = eq
            fields = dataclasses.fields(made)
            methods = {"__init__": _compiling(made, fields, frozen)}
            methods["__repr__"] = _repr(tuple(field.name for field in fields if field.repr))
            if eq:
                key = _key(tuple(field.name for field in fields if field.compare))
                methods |= {"__eq__": _eq(key), "__hash__": _hash(key) if frozen else None}
            if frozen:
                names = tuple(field.name for field in fields)
                methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
                methods |= {"__getstate__": _get_state(names), "__setstate__": _set_state(made, names)}
            for name, method in methods.items():
                if name not in own:
                    setattr(made, name, method)
            return made

        return decorate

    def _key(names):
        """The values of those fields, as one object."""
        if not names:
            return lambda self: ()
        get = attrgetter(*names)
        return get if len(names) > 1 else lambda self: (get(self),)

    def _eq(key):
        def __eq__(self, other):
            return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

        return __eq__

    def _hash(key):
        return lambda self: hash(key(self))

    def _repr(names):
        @recursive_repr()
        def __repr__(self):
            values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
            return f"{self.__class__.__qualname__}({values})"

        return __repr__

    def _refuse_to_set(self, name, value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _get_state(names):
        key = _key(names)
        return lambda self: key(self)

    def _set_state(cls, names):
        def __setstate__(self, state):
            for name, value in zip(names, state, strict=True):
                getattr(cls, name).__set__(self, value)

        return __setstate__

    def _compiling(cls, fields, frozen):
        """An `__init__` that puts the compiled one in its own place, and calls it."""

        def __init__(self, *args, **kwargs):
            compiled = _init(cls, fields, frozen)
            cls.__init__ = compiled
            compiled(self, *args, **kwargs)

        return __init__

    def _init(cls, fields, frozen):
        """`__init__` as the standard library writes it; but a frozen instance's slots are set by their descriptors,
        which takes a third less than `object.__setattr__`.
        """
        missing = dataclasses.MISSING
        known = {"missing": missing}
        parameters, body = ["self"], []
        for field in fields:
            name, value = field.name, field.name
            if field.default_factory is not missing:
                known[f"make_{name}"] = field.default_factory
                value = f"make_{name}() if {name} is missing else {name}" if field.init else f"make_{name}()"
            elif not field.init and field.default is missing:
                continue
            elif field.default is not missing:
                known[f"default_{name}"] = field.default
                value = name if field.init else f"default_{name}"
            if field.init:
                default = field.default is not missing or field.default_factory is not missing
                given = f"default_{name}" if field.default is not missing else "missing"
                parameters.append(f"{name}={given}" if default else name)
            if frozen:
                known[f"set_{name}"] = getattr(cls, name).__set__
                body.append(f"set_{name}(self, {value})")
            else:
                body.append(f"self.{name} = {value}")
        if hasattr(cls, "__post_init__"):
            body.append("self.__post_init__()")
        lines = "".join(f"\n  {line}" for line in body or ["pass"])
        exec(f"def __init__({', '.join(parameters)}):{lines}", known)
        return known["__init__"]
