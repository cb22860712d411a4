"""How much work a spec is, in numbers that do not depend on the machine: `python work_done.py NAME`, in a new process.

Prints JSON: the modules that `validate NAME` has imported, those of archspec and what else its libraries alone do not
need; the models and validators of pydantic that it has built; and how many calls of archspec's functions each stage
made, and `check` in all. Comprehensions, generators and lambdas do not count: what a call of theirs is differs between
versions of Python. Work inside a call of C, as of `list.extend`, is not seen.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import archspec

T = TypeVar("T")
PACKAGE = str(Path(archspec.__file__).parent)


def counted(work: Callable[[], T]) -> tuple[T, int]:
    """What `work` gives, and how many calls it took."""
    calls = 0

    def profile(frame: FrameType, event: str, _: Any) -> None:
        nonlocal calls
        code = frame.f_code
        calls += event == "call" and not code.co_name.startswith("<") and code.co_filename.startswith(PACKAGE)

    sys.setprofile(profile)
    try:
        made = work()
    finally:
        sys.setprofile(None)
    return made, calls


def stages(name: str) -> dict[str, int]:
    """The calls of each stage of a check, each function's caches being empty before the first."""
    from archspec.compiler import check
    from archspec.diagnostics import Sink
    from archspec.expand import expand, prepare
    from archspec.expand.definitions import SpecFile
    from archspec.passes.checks import check_graph
    from archspec.passes.cost import count_cost
    from archspec.passes.verify import verify
    from archspec.passes.warnings import warn
    from archspec.syntax import read
    from archspec.targets import locate

    target, sink = locate(name), Sink()
    (source, root), reading = counted(lambda: read(target.name, target.data, sink))
    assert root is not None
    file = SpecFile(source, root, folder=target.folder)
    prepared, preparing = counted(lambda: prepare(file, sink, None))
    assert prepared is not None
    expansion, expanding = counted(lambda: expand(prepared, sink, variant=target.variant))
    graph = expansion.graph
    assert graph is not None

    def passes() -> None:
        verify(graph)
        check_graph(graph, count_cost(graph), sink, prepared.limits)
        warn(graph, root, sink)

    _, passing = counted(passes)
    _, checking = counted(lambda: check(target))
    return {"reading": reading, "expansion": preparing + expanding, "passes": passing, "check": checking}


def loaded() -> set[str]:
    """Packages and modules at the top; names that begin with a mark are Python's own affair."""
    return {module.split(".")[0] for module in sys.modules if not module.startswith("_")}


def validators() -> int:
    """How many validators of pydantic there are."""
    from pydantic_core import SchemaValidator

    return sum(isinstance(each, SchemaValidator) for each in gc.get_objects())


def start(name: str) -> dict[str, Any]:
    """What `validate` imports and builds, beside what its libraries import and build by themselves."""
    import typer
    import yaml
    from pydantic import BaseModel

    class Model(BaseModel):  # a first model loads more than the import of pydantic
        size: int

    assert Model(size=3).size == yaml.load("3", yaml.CSafeLoader)
    typer.Typer()
    before, built = loaded(), validators()
    from archspec.cli import app
    from archspec.console import run

    with redirect_stdout(TextIOWrapper(BytesIO(), "utf-8")):
        assert run(app, ["validate", name]) == 0
    modules = sorted(module for module in sys.modules if module.split(".")[0] == "archspec")
    models = sorted(model.__name__ for model in _below(BaseModel) if model.__pydantic_complete__)
    return {
        "modules": modules,
        "others": sorted(loaded() - before - {"archspec"}),
        "models": models,
        "validators": validators() - built,
    }


def _below(model: Any) -> Iterator[Any]:
    """The models that archspec defines."""
    for each in model.__subclasses__():
        if each.__module__.startswith("archspec."):
            yield each
        yield from _below(each)


if __name__ == "__main__":
    what, name = sys.argv[1:]
    print(json.dumps(start(name) if what == "start" else stages(name)))
