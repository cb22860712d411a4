"""The spec as a whole: its top-level keys, as pydantic models.

In: the root mapping. Out: a `Document`, or diagnostics at the keys that do not fit. What is inside the nodes depends on
the ops and blocks they name, and is checked during expansion; here they are `Any`.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from archspec.diagnostics import Sink
from archspec.syntax import ListNode, MappingNode, Node, Scalar

Size = int | str
"""An integer, or an expression that comes to one."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class AuxHead(_Part):
    """An auxiliary head: computed in training mode only."""

    from_: Annotated[int | str, Field(alias="from", description="the node it reads")]
    sequence: Annotated[Any, Field(description="its nodes: a list or a mapping")]
    weight: Annotated[float | str, Field(description="the weight of its loss in the training loss")] = 1.0
    note: Annotated[Any, Field(description="a remark")] = None


class Document(_Part):
    """A network, or with `blocks` alone a library of blocks."""

    archspec: Annotated[Literal[1], Field(description="the version of the language: 1")]
    name: Annotated[str, Field(description="what the network is called")] = ""
    about: Annotated[str, Field(description="where it comes from and what is special about it")] = ""
    input: Annotated[
        list[Size] | dict[str, list[Size]] | str | None,
        Field(description="the shape of one example, channels first, without the batch; or named ones"),
    ] = None
    extends: Annotated[str, Field(description="the file of the network that this one changes")] = ""
    remove: Annotated[list[Any], Field(description="paths of the base's nodes to leave out")] = []
    imports: Annotated[
        dict[str, str],
        Field(alias="import", description="files whose blocks are used, by name: `inc.module`"),
    ] = {}
    params: Annotated[dict[str, Any], Field(description="parameters of the network with their defaults")] = {}
    variants: Annotated[
        dict[str, dict[str, Any]], Field(description="named sets of parameters: `FILE:variant`")
    ] = {}
    defaults: Annotated[dict[str, dict[str, Any]], Field(description="default arguments by op")] = {}
    blocks: Annotated[dict[str, dict[str, Any]], Field(description="blocks of one's own")] = {}
    stem: Annotated[Any, Field(description="the first nodes: a list or a mapping")] = None
    body: Annotated[Any, Field(description="the nodes between stem and head: a list or a mapping")] = None
    head: Annotated[Any, Field(description="the last nodes: a list or a mapping")] = None
    aux: Annotated[dict[str, AuxHead], Field(description="auxiliary heads by name")] = {}
    outputs: Annotated[
        list[str], Field(description="the nodes whose values come out, where there are several")
    ] = []
    init: Annotated[dict[str, Any], Field(description="initialisation by op")] = {}
    expect: Annotated[
        dict[str, Any], Field(description="facts to hold: params, macs, output; also by variant")
    ] = {}
    note: Annotated[Any, Field(description="a remark")] = None


TOP_LEVEL = tuple(Document.model_fields)


def check_document(root: MappingNode, sink: Sink) -> Document | None:
    """The document that `root` holds; None after reporting what does not fit."""
    try:
        return Document.model_validate(_plain(root, depth=3))
    except ValidationError as errors:
        reported = set()
        for error in errors.errors(include_url=False, include_input=False, include_context=False):
            place = _located(root, error["loc"])
            if place in reported:
                continue
            reported.add(place)
            _report(root, error["type"], place, sink)
        return None


def _plain(node: Node, depth: int) -> object:
    """The plain value of a node, as deep as the models look."""
    if isinstance(node, Scalar):
        return node.value
    if depth == 0:
        return None
    if isinstance(node, ListNode):
        return [_plain(item, depth - 1) for item in node.items]
    return {key.text: _plain(value, depth - 1) for key, value in node.entries}


def _located(root: MappingNode, location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The part of a pydantic location that names keys of the file; the rest is pydantic's own."""
    keys: list[str] = []
    node: Node | None = root
    for part in location:
        if not isinstance(node, MappingNode) or not isinstance(part, str):
            break
        inner = node.get(part)
        keys.append(part)
        if inner is None:
            break
        node = inner
    return tuple(keys)


@cache
def _fields(model: type[BaseModel]) -> dict[str, str]:
    return {field.alias or name: field.description or "" for name, field in model.model_fields.items()}


def _report(root: MappingNode, kind: str, place: tuple[str, ...], sink: Sink) -> None:
    *parents, last = place
    mapping: MappingNode = root
    for parent in parents:
        inner = mapping.get(parent)
        if isinstance(inner, MappingNode):
            mapping = inner
    fields = _fields(AuxHead) if len(place) == 3 and place[0] == "aux" else _fields(Document)
    owner = ".".join(parents) or "the spec"
    if kind == "missing":
        sink.error(
            "E0215",
            mapping.span,
            f"{owner} has no `{last}`",
            help="begin the file with `archspec: 1`"
            if last == "archspec"
            else f"add `{last}`: {fields[last]}",
        )
        return
    key = next(key for key, _ in mapping.entries if key.text == last)
    value = mapping.get(last)
    if kind == "extra_forbidden":
        sink.unknown("E0203", key.span, "key", last, fields, of=owner)
    elif place == ("archspec",) and value is not None:
        sink.error(
            "E0216",
            value.span,
            "this archspec reads version 1 of the language",
            label="another version",
            help="write `archspec: 1`",
        )
    elif value is not None:
        sink.error(
            "E0206",
            value.span,
            f"`{'.'.join(place)}` is not what it should be",
            label=f"due here: {fields[last]}" if last in fields else "a mapping is due here",
        )
