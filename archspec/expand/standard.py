"""The standard blocks as they ship: their names, and the text of each."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def names() -> tuple[str, ...]:
    """The names of all standard blocks."""
    folder = files("archspec").joinpath("blocks")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def text(name: str) -> str:
    """The file that defines standard block `name`, one of `names()`."""
    return files("archspec").joinpath("blocks", f"{name}.yaml").read_text("utf-8")
