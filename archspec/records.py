"""`dataclass` of the standard library, many times as fast to make.

In: a class, and what `dataclasses.dataclass` takes of `frozen`, `slots` and `eq`. Out: the class as that makes it.

The standard library makes each class twice, a description of each field, and the source of each method, which it
compiles: a third of a millisecond for a frozen class. The compiler has hundreds, so that making them took longer than
checking a network. Here a class is made once more, with its slots and with methods that are closures; `__init__`, where
speed counts later, is made with the first instance, and compiled once for classes of one form; and the fields are
described when somebody asks for them: for most classes nobody does in a run.

Holds: `fields`, `replace`, `match`, pickle and copy take the result for what it is, a dataclass, and the standard
library's dataclasses may inherit from it. Every annotation but a `ClassVar` is a field: there is no `InitVar` and no
`KW_ONLY`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from functools import cache
    from inspect import get_annotations
    from operator import attrgetter
    from reprlib import recursive_repr
    from types import FunctionType, MemberDescriptorType
    from typing import ClassVar, get_origin

    _NOTHING = dataclasses.MISSING

    def dataclass(*, frozen=False, slots=False, eq=True):
        """Make a class a dataclass."""

        def decorate(cls):
            annotations = {
                name: written
                for name, written in get_annotations(cls).items()
                if not _is_of_the_class(written)
            }
            namespace = dict(vars(cls))
            for name in ("__dict__", "__weakref__"):  # those of the class that was, not of the one to be
                namespace.pop(name, None)
            own = {name: namespace.pop(name, _NOTHING) for name in annotations}
            fields = {**_inherited(cls), **own}
            methods = {"__repr__": _repr}
            if eq:
                key = _key([name for name, given in fields.items() if _said(given, "compare", True)])
                methods |= {"__eq__": _eq(key), "__hash__": _hash(key) if frozen else None}
            if frozen:
                methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
            if slots:
                taken = {slot for base in cls.__mro__[1:] for slot in vars(base).get("__slots__", ())}
                namespace["__slots__"] = tuple(name for name in own if name not in taken)
                if frozen:
                    methods |= {"__getstate__": _get_state, "__setstate__": _set_state}
            else:
                defaults = {name: _said(given, "default", given) for name, given in own.items()}
                namespace |= {name: value for name, value in defaults.items() if value is not _NOTHING}
            described = {
                "__qualname__": cls.__qualname__,
                "__match_args__": tuple(name for name, given in fields.items() if _said(given, "init", True)),
                "__dataclass_fields__": _Fields(annotations, own),
                "__dataclass_params__": _parameters(frozen, eq),
            }
            made = type(cls)(cls.__name__, cls.__bases__, {**methods, **namespace, **described})
            if "__init__" not in namespace:
                made.__init__ = _compiling(made, fields, frozen)
            return made

        return decorate

    class _Fields:
        """`__dataclass_fields__` of a class: found by the standard library, on a class that has nothing else."""

        __slots__ = ("annotations", "cls", "given")

        def __init__(self, annotations, given):
            self.annotations = annotations
            self.given = {name: value for name, value in given.items() if value is not _NOTHING}

        def __set_name__(self, cls, name):
            self.cls = cls

        def __get__(self, instance, owner=None):
            cls = self.cls
            body = {
                "__doc__": _SAID,
                "__module__": cls.__module__,
                "__annotations__": self.annotations,
                **self.given,
            }
            described = _bare(type(cls.__name__, (), body))
            cls.__dataclass_fields__ = {**_inherited(cls), **described.__dataclass_fields__}
            return cls.__dataclass_fields__

    _SAID = "Fields."  # of a class without a text the standard library works out the signature
    _bare = dataclasses.dataclass(init=False, repr=False, eq=False)

    @cache
    def _parameters(frozen, eq):
        """How a dataclass was made, which an heir of it that the standard library makes asks for."""
        parameters = _bare(type("_", (), {"__doc__": _SAID})).__dataclass_params__
        parameters.frozen, parameters.eq = frozen, eq
        return parameters

    def _is_of_the_class(written):
        if isinstance(written, str):
            return written.startswith(("ClassVar", "typing.ClassVar"))
        return written is ClassVar or get_origin(written) is ClassVar

    def _inherited(cls):
        """The fields of the classes above, by name."""
        found = {}
        for base in cls.__mro__[:0:-1]:
            if "__dataclass_fields__" in vars(base):
                found |= base.__dataclass_fields__
        return found

    def _said(given, what, otherwise):
        """What a class body says of a field: it gives a default, or nothing, or a `Field` that says more."""
        return getattr(given, what) if isinstance(given, dataclasses.Field) else otherwise

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

    @recursive_repr()
    def _repr(self):
        shown = (field.name for field in dataclasses.fields(self) if field.repr)
        return (
            f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"
        )

    def _refuse_to_set(self, name, value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _get_state(self):
        return [getattr(self, field.name) for field in dataclasses.fields(self)]

    def _set_state(self, state):
        for field, value in zip(dataclasses.fields(self), state, strict=True):
            object.__setattr__(self, field.name, value)

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

        It is written with numbers for the names of the fields, so that classes of one form share what is compiled; to
        put the names in takes a fraction of compiling.
        """
        known = {"missing": _NOTHING, "set_attribute": object.__setattr__}
        parameters, defaults, body, names = ["self"], [], [], {}
        for at, (name, given) in enumerate(fields.items()):
            field, value, default = f"field_{at}", f"field_{at}", _said(given, "default", given)
            make = _said(given, "default_factory", _NOTHING)
            is_argument = _said(given, "init", True)
            if make is not _NOTHING:
                known[f"make_{at}"], default = make, _NOTHING
                value = f"make_{at}() if {field} is missing else {field}" if is_argument else f"make_{at}()"
            elif default is not _NOTHING and not is_argument:
                known[f"default_{at}"], value = default, f"default_{at}"
            elif not is_argument:
                continue
            if is_argument:
                parameters.append(field)
                if default is not _NOTHING or make is not _NOTHING:
                    defaults.append(default)
                elif defaults:
                    raise TypeError(f"{cls.__qualname__}.{name} has no default, and follows one that has")
            names[field] = name
            slot = getattr(cls, name, None)
            if not frozen:
                body.append(f"self.{field} = {value}")
            elif isinstance(slot, MemberDescriptorType):
                known[f"set_{at}"] = slot.__set__
                body.append(f"set_{at}(self, {value})")
            else:
                known[f"name_{at}"] = name
                body.append(f"set_attribute(self, name_{at}, {value})")
        if hasattr(cls, "__post_init__"):
            body.append("self.__post_init__()")
        lines = "".join(f"\n  {line}" for line in body or ["pass"])
        shared = _compiled(f"def __init__({', '.join(parameters)}):{lines}")
        own = shared.replace(
            co_varnames=tuple(names.get(name, name) for name in shared.co_varnames),
            co_names=tuple(names.get(name, name) for name in shared.co_names),
        )
        return FunctionType(own, known, "__init__", tuple(defaults))

    @cache
    def _compiled(text):
        """The code of the function that the text defines."""
        namespace = {}
        exec(text, namespace)
        return namespace["__init__"].__code__
