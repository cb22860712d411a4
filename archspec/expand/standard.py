"""The standard blocks as they ship: their names, and the text of each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parents[1] / "blocks"


@cache
def names() -> tuple[str, ...]:
    """The names of all standard blocks."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def text(name: str) -> str:
    """The file that defines standard block `name`, one of `names()`."""
    return (_FOLDER / f"{name}.yaml").read_text("utf-8")
