"""A name of PyTorch, Keras, timm or Ultralytics: what stands here in its place.

In: a name that means nothing here. Out: ours for the same thing, explained, or what to do; or None.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archspec.expand.library import Library
from archspec.explain.layout import laid_out
from archspec.explain.meanings import ARGUMENT, KEY, MODIFIER, PARAMETER, STRUCTURE, words
from archspec.explain.words import parts_of
from archspec.ops import OPS
from archspec.schema.elsewhere.layers import op_meant, op_remark
from archspec.schema.elsewhere.words import (
    argument_meant,
    argument_remark,
    key_meant,
    key_remark,
    scheme_meant,
    value_meant,
)

LAYER: Final = "a layer"


def explain_foreign(name: str, columns: int | None = None, *, layers_only: bool = False) -> str | None:
    """What stands here for a layer, an argument, a value or a key of another library."""
    if ":" in name:
        return None
    found = [each for each in _counterparts(name) if not layers_only or (each[0] == LAYER and each[2])]
    headlines = "\n".join(f"{name}, {kind} elsewhere: {said}" for kind, said, _ in found)
    ours = dict.fromkeys(own for _, _, own in found if own)
    parts = [part for own in ours for part in parts_of(own)]
    return laid_out([headlines, *parts], columns) if found else None


def _counterparts(name: str) -> Iterator[tuple[str, str, str]]:
    """Each kind of thing that is called `name` elsewhere, what to write here, and our name, if it has one."""
    known = list(words())

    def of(*kinds: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word.name for word in known if word.kind in kinds))

    arguments = of(ARGUMENT, PARAMETER, MODIFIER, *{word.kind for word in known if "beside" in word.kind})
    layer = op_meant(name, (*OPS, *of(STRUCTURE), *Library.names()))
    if layer is not None:
        yield LAYER, f"`{layer.written}` here", layer.name
        return
    if remark := op_remark(name):
        yield LAYER, remark, ""
    if argument := argument_meant(name, arguments):
        yield "an argument", f"`{argument}` here", argument
    elif remark := argument_remark(name):
        yield "an argument", remark, ""
    for argument in of(ARGUMENT):
        if value := value_meant(argument, name):
            yield f"a value of `{argument}`", f"`{value}` here", argument
    if scheme := scheme_meant(name):
        yield "an initialisation", f"`{scheme}` here", scheme
    if key := key_meant(name, of(KEY)):
        yield "a key of the file", f"`{key}` here", key
    elif remark := key_remark(name):
        yield "a key of the file", remark, ""
