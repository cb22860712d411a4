"""The spec as a whole: its top-level keys, as pydantic models.

In: the root mapping. Out: a `Document`, or diagnostics at the keys that do not fit. What is inside the nodes depends on
the ops and blocks they name, and is checked during expansion; here they are `Any`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from archspec.diagnostics import Fix, Sink, shortened
from archspec.edits import insert_entry, offering, replace_entry, replacing
from archspec.syntax import ListNode, MappingNode, Node, Scalar, what

Size = int | str
"""An integer, or an expression that comes to one."""


MAX_VARIANTS: Final = 100
"""`validate` checks each of them."""


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

    archspec: Annotated[int, Field(ge=1, le=1, description="the version of the language: 1")]
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
        dict[str, dict[str, Any]],
        Field(description="named sets of parameters: `FILE:variant`", max_length=MAX_VARIANTS),
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


@cache
def _complete() -> type[Document]:
    """`Document` with its validator, which is made here, and without pydantic's plugins: to search all that is
    installed for one takes longer than to check a spec, and a spec is none of their business.
    """
    switch = "PYDANTIC_DISABLE_PLUGINS"
    before = os.environ.get(switch)
    os.environ[switch] = "__all__"
    try:
        Document.model_rebuild()
    finally:
        if before is None:
            del os.environ[switch]
        else:
            os.environ[switch] = before
    return Document


_LATER: Final = ("archspec", "name", "about", "input", "outputs", "aux", "init", "expect", "note", "params")
"""The keys without which the rest of a spec can still be checked."""

_NEEDED: Final = (("input",), ("stem", "body", "head"))
"""Keys of which a network has one of each group."""


def with_entries(root: MappingNode, sink: Sink) -> MappingNode:
    """`root` with a mapping in place of each list of entries, and with the arguments of an op of `defaults` or `init`
    below it, after reporting where they are not.
    """
    if any(_has_open_op(key, value) for key, value in root.entries):
        from archspec.schema.unindented import with_indented  # only a mistake pays for it

        root = with_indented(root, sink)
    if not any(_is_list_of_entries(key, value) for key, value in root.entries):
        return root
    from archspec.schema.listed_sections import with_mappings  # only a mistake pays for it

    return with_mappings(root, sink)


def check_document(root: MappingNode, sink: Sink) -> tuple[MappingNode, Document] | None:
    """The document that `root` holds, after reporting what does not fit, and the tree that goes with it.

    A key that is misspelt counts as the one that was meant, so that the rest can be checked. None where too little is
    left for that: what would follow were consequences.
    """
    if any(_unknown_keys(root)):
        from archspec.schema.headers import with_headers

        root = with_headers(root, _fields(Document), sink)
    try:
        return root, _complete().model_validate(_plain(root, depth=3))
    except ValidationError as errors:
        found = errors.errors(include_url=False, include_input=False, include_context=False)
    mended, wrong = _report_all(root, found, sink)
    if sink.is_full:
        return None
    if not wrong <= {*_LATER, *_unknown_keys(root)} or not _can_go_on(mended):
        if "params" in wrong:
            _report(root, "dict_type", ("params",), sink)
        return None
    values = _plain(mended, depth=3)
    passed = {*_fields(Document)} - {*wrong, "blocks", "defaults"}
    usable = {key: value for key, value in values.items() if key in passed}
    try:
        return mended, Document.model_validate({**usable, "archspec": 1})
    except ValidationError:
        return None


def _report_all(root: MappingNode, found: Sequence[ErrorDetails], sink: Sink) -> tuple[MappingNode, set[str]]:
    """Report each mistake once, until the sink is full. Returns the root with the keys that were meant in place of
    unknown ones, and the top-level keys whose values cannot be used.
    """
    mended = MappingNode(root.source, root.start)
    mended.end = root.end
    mended.entries = list(root.entries)
    wrong: set[str] = set()
    reported: set[tuple[str, ...]] = set()
    assumed: set[tuple[str, ...]] = set()
    for error in sorted(found, key=lambda error: error["type"] == "missing"):
        if sink.is_full:
            break
        kind = error["type"]
        place = _located(root, error["loc"], kind)
        if place in reported or place in assumed:
            continue
        reported.add(place)
        if place[0] == "input" or place == ("params",):
            wrong.add(place[0])  # reported where it is read, if it comes to that
            continue
        meant = _report(root, kind, place, sink)
        if len(place) == 2 and place[0] in ("blocks", "defaults"):
            continue  # one block or op less
        if meant is None:
            wrong.add(place[0])
            continue
        assumed.add((*place[:-1], meant))
        if len(place) == 1 and root.get(meant) is None:
            at = next(at for at, (key, _) in enumerate(mended.entries) if key.text == place[0])
            key, value = mended.entries[at]
            mended.entries[at] = (Scalar(meant, meant, key.source, key.start, key.end, False), value)
        else:
            wrong.add(place[0])
    return mended, wrong


def _has_open_op(key: Scalar, value: Node) -> bool:
    """Whether an entry of `defaults` or `init` has nothing behind its colon."""
    entries = value.entries if key.text in ("defaults", "init") and isinstance(value, MappingNode) else []
    return any(isinstance(inner, Scalar) and inner.start == inner.end for _, inner in entries)


def _is_list_of_entries(key: Scalar, value: Node) -> bool:
    """Whether a part other than the nodes, which may be a list, begins with an entry of a mapping."""
    items = value.items if isinstance(value, ListNode) and key.text not in ("stem", "body", "head") else []
    return bool(items) and isinstance(items[0], MappingNode)


def _unknown_keys(root: MappingNode) -> Iterator[str]:
    return (key.text for key, _ in root.entries if key.text not in _fields(Document))


def _can_go_on(root: MappingNode) -> bool:
    """Whether there is a network to check."""
    return all(any(root.get(key) is not None for key in group) for group in _NEEDED)


def _plain(root: MappingNode, depth: int) -> dict[str, object]:
    """The plain values of a mapping, as deep as the models look."""
    return {key.text: _plain_value(value, depth - 1) for key, value in root.entries}


def _plain_value(node: Node, depth: int) -> object:
    if isinstance(node, Scalar):
        return node.value
    if depth == 0:
        return None
    if isinstance(node, ListNode):
        return [_plain_value(item, depth - 1) for item in node.items]
    return _plain(node, depth)


def _located(root: MappingNode, location: tuple[int | str, ...], kind: str) -> tuple[str, ...]:
    """The part of a pydantic location that names keys of the file, and a key that is missing; the rest is
    pydantic's own.
    """
    keys: list[str] = []
    node: Node | None = root
    for part in location:
        if not isinstance(node, MappingNode) or not isinstance(part, str):
            break
        inner = node.get(part)
        if inner is None and kind != "missing":
            break
        keys.append(part)
        if inner is None:
            break
        node = inner
    return tuple(keys)


@cache
def _fields(model: type[BaseModel]) -> dict[str, str]:
    return {field.alias or name: field.description or "" for name, field in model.model_fields.items()}


def _report(root: MappingNode, kind: str, place: tuple[str, ...], sink: Sink) -> str | None:
    """Report what is wrong at `place`. Returns the key that was probably meant in place of an unknown one."""
    *parents, last = place
    mapping: MappingNode = root
    for parent in parents:
        inner = mapping.get(parent)
        if isinstance(inner, MappingNode):
            mapping = inner
    fields = _fields(AuxHead) if len(place) == 3 and place[0] == "aux" else _fields(Document)
    owner = ".".join(parents) or "the spec"
    if kind == "missing":
        _report_missing(mapping, owner, last, fields, sink)
        return None
    key, value = next((key, value) for key, value in mapping.entries if key.text == last)
    if kind == "extra_forbidden":
        free = [field for field in fields if mapping.get(field) is None]
        return _report_unknown(key, value, owner, free, is_top=not parents, sink=sink)
    if kind == "too_long":
        sink.error(
            "E0105",
            key.span,
            f"more than {MAX_VARIANTS} variants",
            help="write a file for each family of networks",
        )
    elif place == ("archspec",):
        _report_version(value, sink)
    elif all(diagnostic.span != value.span for diagnostic in sink.diagnostics):
        _report_value(mapping, place, value, fields, sink)
    return None


def _report_missing(
    mapping: MappingNode, owner: str, key: str, fields: Mapping[str, str], sink: Sink
) -> None:
    fixes: tuple[Fix, ...] = ()
    help = f"add `{key}`: {fields[key]}"
    if key == "archspec":
        help, fixes = "begin the file with `archspec: 1`", _version_first(mapping)
    sink.error("E0215", mapping.span, f"{owner} has no `{key}`", help=help, fixes=fixes)


def _version_first(root: MappingNode) -> tuple[Fix, ...]:
    """The version of the language, above the first key."""
    edit = insert_entry(root, "archspec: 1", before=root.entries[0][0].text) if root.entries else None
    return () if edit is None else offering("begin with `archspec: 1`", (edit,))


def _report_unknown(
    key: Scalar, value: Node, owner: str, free: Sequence[str], *, is_top: bool, sink: Sink
) -> str | None:
    """`free`: the keys that are not in use yet, one of which may have been meant; it is returned."""
    from archspec.schema.elsewhere.words import key_meant, key_remark  # only a mistake pays for it

    meant = key_meant(key.text, free)
    if is_top and "blocks" in free:
        from archspec.schema.headers import is_blocks

        meant = "blocks" if is_blocks(value) else meant
    if is_top and key.text == "output" and "outputs" in free and _are_words(value):
        meant = "outputs"
    remark = key_remark(key.text) if is_top else ""
    return sink.unknown("E0203", key.span, "key", key.text, free, of=owner, meant=meant, remark=remark)


def _are_words(value: Node) -> bool:
    """Whether this is a list of names."""
    items = value.items if isinstance(value, ListNode) else []
    return bool(items) and all(isinstance(item, Scalar) and isinstance(item.value, str) for item in items)


def _report_version(value: Node, sink: Sink) -> None:
    is_other = isinstance(value, Scalar) and value.value != "1"
    sink.error(
        "E0216",
        value.span,
        "this archspec reads version 1 of the language",
        label="another version" if is_other else f"this is {what(value)}",
        help="write `archspec: 1`",
        fixes=replacing(value.span, "1") if value.span.text.strip("\"'vV") in ("1", "1.0") else (),
    )


def _report_value(
    mapping: MappingNode, place: tuple[str, ...], value: Node, fields: Mapping[str, str], sink: Sink
) -> None:
    """Report a value of the wrong type, at the last key of `place`, which is one of `mapping`."""
    key = place[-1]
    help, fixes = _remedy(mapping, place, value)
    if key == "outputs" and isinstance(value, MappingNode) and value.span.text.startswith("{"):
        listed = f"[{', '.join(each.span.text for each, _ in value.entries)}]"
        if all(isinstance(each, Scalar) and not each.text for _, each in value.entries):
            help, fixes = f"write `{key}: {shortened(listed)}`", replacing(value.span, listed)
    sink.error(
        "E0206",
        value.span,
        f"`{'.'.join(place)}` cannot be {what(value)}",
        label=f"due here: {fields[key]}" if key in fields else "a mapping is due here",
        help=help,
        fixes=fixes,
    )


def _remedy(mapping: MappingNode, place: tuple[str, ...], value: Node) -> tuple[str, tuple[Fix, ...]]:
    """The help for a value of the wrong type, and the fix: quotes, an empty mapping, a list."""
    key = place[-1]
    if not isinstance(value, Scalar):
        return "", ()
    if value.value is None and not value.text:
        return f"write it behind the colon, or leave `{key}` out", ()
    if place in (("name",), ("about",)) and not value.quoted:
        return "put it in quotes", replacing(value.span, f'"{value.span.text}"')
    if len(place) == 2 and place[0] == "variants" and value.value is None:
        written = f"{key}: {{}}"
        fixes = offering(f"write `{written}`", replace_entry(mapping, key, [written]))
        return f"write `{written}`" if fixes else "", fixes
    names = [name.strip() for name in value.text.split(",")]
    if key == "outputs" and all(re.fullmatch(r"[A-Za-z]\w*", name) for name in names):
        listed = f"[{', '.join(names)}]"
        return f"write `{key}: {shortened(listed)}`", replacing(value.span, listed)
    return "", ()
