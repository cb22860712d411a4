"""Tables whose entries are imported when they are asked for: what a run does not use, it does not load.

In: a package, and for each key the module of the package and the name in it. Out: a mapping.

Holds: which keys there are is known without an import; `values` and `items` import all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")


class Late(Mapping[str, T]):
    """What stands at `module.name`, by key."""

    __slots__ = ("_found", "_homes", "_package")

    def __init__(self, package: str, homes: Mapping[str, str]) -> None:
        self._package = package
        self._homes = homes
        self._found: dict[str, T] = {}

    def __getitem__(self, key: str) -> T:
        found = self._found.get(key)
        if found is None:
            module, _, name = self._homes[key].rpartition(".")
            found = self._found[key] = getattr(import_module(f"{self._package}.{module}"), name)
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._homes

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


def attributes(module: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package that offers what stands in its modules."""
    offered: Late[Any] = Late(module, homes)

    def __getattr__(name: str) -> Any:
        if name not in offered:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return offered[name]

    return __getattr__
