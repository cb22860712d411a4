"""`{conv: 64, kernel: 3, relu: true}`: several ops in one node, where a list of nodes was meant.

In: the entries of the node, and what the keys among them call. Out: the report, and the list that was meant, in which
every op has the arguments that follow it. The fix writes that list and keeps comments and style; where it is not
certain which list was meant, the help says why not, and nothing is taken for meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from archspec.diagnostics import Edit, Fix, Label
from archspec.edits import between, entry_end, entry_text, whole
from archspec.expand.callees import Callee, Entry, argument_names, main_argument, needs_main
from archspec.expand.context import Context
from archspec.expand.slips import is_empty
from archspec.names import MODIFIERS
from archspec.records import dataclass
from archspec.source import Span
from archspec.syntax import ListNode, MappingNode, Node, Scalar

_MAX_SHOWN: Final = 60

_BY_NUMBER: Final = r"\b(?:from|share|concat|add|multiply|outputs): *\[?[^\]\n]*\b\d"
"""Where a file may name an item of a list by its number: the items keep theirs then."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the nodes meant: its op's entry, and those that follow it."""

    callee: Callee
    entries: tuple[Entry, ...]

    @property
    def head(self) -> Entry:
        return self.entries[0]

    @property
    def name(self) -> str:
        return self.head[0].text

    @property
    def is_bare(self) -> bool:
        """Whether the op's value says no more than its name: `relu:`, `norm: true`."""
        value = self.head[1]
        return is_empty(value) or (isinstance(value, Scalar) and value.value is True)

    @property
    def is_name(self) -> bool:
        """Whether the node is a name alone."""
        return self.is_bare and len(self.entries) == 1

    @property
    def node(self) -> Node:
        key = self.head[0]
        if self.is_name:
            return key
        node = MappingNode(key.source, key.start)
        node.end = entry_end(*self.entries[-1])
        node.entries = [*self.entries]
        if self.is_bare:
            use = Scalar("use", "use", key.source, key.start, key.end, False)
            node.entries[0] = (use, key)
        return node

    @property
    def text(self) -> str | None:
        """The node as one would write it, if that is no longer than a line."""
        if self.is_name:
            return self.name
        texts = [f"use: {self.name}" if self.is_bare else entry_text(*self.head)]
        texts += [entry_text(*entry) for entry in self.entries[1:]]
        joined = ", ".join(text or "" for text in texts)
        return None if None in texts or len(joined) > _MAX_SHOWN else "{" + joined + "}"


def report_several(
    mapping: MappingNode, candidates: Sequence[tuple[Callee, Entry]], context: Context
) -> ListNode | None:
    """Report several ops in one node. Returns the nodes that were meant; None where that is not certain."""
    (_, (first, _)), (_, (second, _)) = candidates[:2]
    parts = _parts(mapping, {entry[0].text: callee for callee, entry in candidates})
    doubt = parts if isinstance(parts, str) else _doubt(parts)
    help = f"write a list of {len(candidates)} nodes: {doubt}"
    fixes: tuple[Fix, ...] = ()
    meant: ListNode | None = None
    off = next((key.text for _, (key, value) in candidates if _is_off(value)), None)
    if off is not None:
        help = f"leave `{off}` out: an op that is written is there"
    elif not isinstance(parts, str) and doubt is None:
        help = f"write {len(parts)} nodes"
        shown = [f"`{part.text}`" for part in parts if part.text is not None]
        if len(shown) == len(parts):
            help += f": {', '.join(shown[:-1])} and {shown[-1]}"
        edit = _edit(
            mapping, parts, is_body=any(mapping is each.node for each in context.known.outlines.values())
        )
        fixes = () if edit is None else (Fix(f"write {len(parts)} nodes", (edit,)),)
        meant = ListNode(mapping.source, mapping.start)
        meant.end, meant.items = mapping.end, [part.node for part in parts]
    words = ("two", "three", "four", "five")
    context.sink.error(
        "E0211",
        second.span,
        f"a node has one op or block; this has {(*words, 'more')[min(len(candidates) - 2, len(words))]}",
        label=f"`{second.text}` is another op or block",
        labels=[Label(f"`{first.text}` is one", first.span)],
        help=help,
        fixes=fixes,
    )
    return meant


def _is_off(value: Node) -> bool:
    return isinstance(value, Scalar) and value.value is False


def _parts(mapping: MappingNode, callees: Mapping[str, Callee]) -> list[_Part] | str:
    """The nodes that were meant, in the order in which they are written; in words, why that is not certain."""
    groups: list[list[Entry]] = []
    for entry in mapping.entries:
        key = entry[0].text
        if key in callees:
            groups.append([entry])
        elif key in MODIFIERS and key != "note":
            return f"which of them `{key}` is for cannot be told"
        elif not groups:
            return f"`{key}` stands before the op that it is for"
        elif key != "note" and key not in argument_names(callees[groups[-1][0][0].text]):
            return f"`{key}` is no argument of `{groups[-1][0][0].text}`, which it follows"
        else:
            groups[-1].append(entry)
    return [_Part(callees[group[0][0].text], tuple(group)) for group in groups]


def _doubt(parts: Sequence[_Part]) -> str | None:
    """Why it is not certain that the nodes are meant as they are written; None where it is."""
    activation = ""
    for part in parts:
        kind = "" if isinstance(part.callee, str) else getattr(part.callee, "kind", "")
        if kind == "norm" and activation:
            return f"`{activation}` stands before `{part.name}`, and the other order is the usual one"
        if part.is_bare and (isinstance(part.callee, str) or needs_main(part.callee)):
            return f"`{part.name}` needs a value"
        if not part.is_bare and not isinstance(part.callee, str) and main_argument(part.callee) is None:
            return f"`{part.name}` takes no value"
        activation = part.name if kind == "activation" else activation
    return None


def _edit(mapping: MappingNode, parts: Sequence[_Part], *, is_body: bool) -> Edit | None:
    """Writes `parts` in place of the node. `is_body`: it is what a block is, whose other keys stand beside."""
    entries = [entry for part in parts for entry in part.entries]
    gaps = [between(*pair) for pair in pairwise(entries)]
    if None in gaps or any(key.source is not mapping.source for key, _ in entries):
        return None
    if mapping.source.text[mapping.start] == "{":
        return _in_braces(mapping, parts, is_body)
    return _on_lines(mapping, parts, is_body)


def _in_braces(mapping: MappingNode, parts: Sequence[_Part], is_body: bool) -> Edit | None:
    source, at = mapping.source, whole(mapping)
    before = source.text[: at.start].rstrip()[-1:]
    dash = re.fullmatch(r" *- +", source.line(at.line)[: at.column - 1])
    first, last = parts[0].head[0].start, entry_end(*parts[-1].entries[-1])
    keeps_numbers = is_body or re.search(_BY_NUMBER, source.text)
    opening, closing, separator = "[", "]", ""
    if is_body:
        opening = "seq: ["
    elif (
        source.text[at.start + 1 : first].strip()
        or source.text[last : at.end - 1].strip()
        or before not in "[,:-"
    ):
        return None
    else:
        first, last = at.start, at.end
        if not keeps_numbers and dash and "\n" not in at.text:
            opening, closing, separator = "", "", f"\n{dash.group()}"
        elif not keeps_numbers and before in "[,":
            opening = closing = ""
    written = opening
    for part, gap in zip(parts, _gaps(parts), strict=True):
        text = _entries(part)
        written += (text if part.is_name else "{" + text + "}") + (separator if gap and separator else gap)
    return Edit(Span(source, first, last), written + closing)


def _on_lines(mapping: MappingNode, parts: Sequence[_Part], is_body: bool) -> Edit | None:
    """Of entries on lines of their own: a dash before each op, and the rest as far in as it then has to be."""
    source = mapping.source
    key = parts[0].head[0]
    before = source.line(key.span.line)[: key.span.column - 1]
    is_item = re.fullmatch(r" *- +", before) is not None
    gaps = _gaps(parts)
    if (before.strip() and not is_item) or any(not re.search(r"\n *$", gap) for gap in gaps[:-1]):
        return None
    written = f"seq:\n{before}" if is_body else ""
    for part, gap in zip(parts, gaps, strict=True):
        text = _entries(part)
        if is_item and not re.search(_BY_NUMBER, source.text):
            written += text + gap[: gap.rfind("\n") + 1] + (before if gap else "")
        else:
            further_in = re.sub(r"\n(?=[^\r\n])", "\n  ", text + gap.rstrip(" "))
            written += f"- {further_in}" + gap[len(gap.rstrip(" ")) :]
    return Edit(Span(source, key.start, entry_end(*parts[-1].entries[-1])), written)


def _gaps(parts: Sequence[_Part]) -> list[str]:
    """What stands behind each part, up to the next; nothing behind the last."""
    text = parts[0].head[0].source.text
    gaps = [
        text[entry_end(*part.entries[-1]) : following.head[0].start] for part, following in pairwise(parts)
    ]
    return [*gaps, ""]


def _entries(part: _Part) -> str:
    """The entries of a part as they are written, the head in the form that the node has."""
    key, value = part.head
    end = entry_end(key, value)
    head = (
        key.text if part.is_name else f"use: {key.text}" if part.is_bare else key.source.text[key.start : end]
    )
    return head + key.source.text[end : entry_end(*part.entries[-1])]
