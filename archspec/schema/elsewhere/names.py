"""When two names are one, whatever library they come from.

Names are compared without case, underscores, hyphens, the module in front (`nn.`) and a final `1d`, `2d`, `3d`, so that
`nn.Conv2d`, `conv_2d` and `CONV` are one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

SEPARATORS: Final = str.maketrans("", "", "_ -")


@lru_cache(maxsize=1000)  # a call asks for the names of all the arguments that it may take
def plain_name(name: str) -> str:
    """The name without what libraries put around it."""
    base = name[:100].strip().rstrip(",;").removesuffix("()").rpartition(".")[2]
    plain = base.casefold().translate(SEPARATORS)
    return plain[:-2] if plain.endswith(("1d", "2d", "3d")) else plain
