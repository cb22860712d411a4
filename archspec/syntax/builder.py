"""The events of libyaml → a tree.

In: a text. Out: the node at its root, with what is refused in the sink, or what would make libyaml read further.

The tree is built from libyaml's events, without recursion: PyYAML's own composer overflows the C stack on
deep input, and follows aliases. Anchors, aliases, merge keys, tags and further documents are refused, and
reading goes on, so that one run reports them all; only what libyaml itself cannot parse ends it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, Protocol, cast

import yaml

from archspec.diagnostics import Edit, Fix, Label, Sink, shortened
from archspec.scalars import Unreadable, plain_value
from archspec.source import Source, Span
from archspec.syntax.tree import ListNode, MappingNode, Node, Scalar, what

MAX_DEPTH: Final = 64
MAX_NODES: Final = 100_000
MAX_ERRORS: Final = 100


class _Mark(Protocol):
    index: int


class _Event(Protocol):
    """What is used of PyYAML's events: every event of a parser has marks, and the rest where it makes
    sense.
    """

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None


class TreeBuilder:
    """Turns the events of one text into a tree, with a stack of its own."""

    def __init__(self, source: Source, sink: Sink) -> None:
        self.source = source
        self.sink = sink
        self.values = 0
        """How many there are, of lists and mappings too."""
        self.errors = 0
        self.repeated: Scalar | None = None
        """The last key that stood twice."""
        self.cut = MAX_ERRORS * 10
        """How many more texts that lack a parenthesis are looked at: none of a spec has so many."""
        self.alike: tuple[int, ...] | None = None
        """Where characters stand that look like others; None as long as no key asks."""
        self.anchors: set[str] = set()
        self.broken = False
        """Something was left out of the tree, which would make later stages complain of its absence."""
        self.mending: tuple[Edit, ...] = ()
        """What makes libyaml read further, where it gave up."""

    def root(self) -> Node | None:
        """What stands at the root; None in an empty file. Where `broken` is set, part of it is missing."""
        first = len(self.sink.diagnostics)
        try:
            root = self._build()
            if self.mending:
                self.sink.forget(first, len(self.sink.diagnostics) - 1)  # the mended text has them too
            return root
        except yaml.YAMLError as error:
            from archspec.yaml_errors import report_yaml_error  # only a mistake pays for it

            self.broken = True
            before = len(self.sink.diagnostics)
            self.mending = report_yaml_error(error, self.source, self.sink)
            if self.mending:
                self.sink.forget(
                    first, before
                )  # the mended text has them too, or they came of what is mended
            return None

    def _error(self, code: str, start: int, end: int, message: str, help: str) -> None:
        self._count()
        self.sink.error(code, Span(self.source, start, end), message, help=help)

    def _count(self) -> None:
        """Note an error that is reported, and what it leaves out of the tree."""
        self.errors += 1
        self.broken = True

    def _build(self) -> Node | None:
        """The first document. Container events push and pop `stack`; `container` is its top, `key` the key
        that waits for its value."""
        source = self.source
        root: Node | None = None
        stack: list[tuple[ListNode | MappingNode | None, Scalar | None, dict[str, Scalar]]] = []
        container: ListNode | MappingNode | None = None
        key: Scalar | None = None
        keys: dict[str, Scalar] = {}
        documents = 0
        most = max(MAX_NODES - self.sink.values, 0)
        cut_until = 0
        for event in _events(source.text):
            kind: type = type(event)
            node: Node
            if kind is yaml.ScalarEvent:
                if event.start_mark.index < cut_until or (
                    event.start_mark.index == cut_until and not event.value
                ):
                    continue  # a piece of a text that a comma cut, or the value that such a piece has not
                node = self._scalar(event)
                if self.mending:
                    return None
                is_value = key is not None or isinstance(container, ListNode)
                if is_value and "(" in event.value and _lacks_parenthesis(event.value) and self.cut:
                    node = self._uncut(node)
                    cut_until = node.end
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._refuse_properties(event)
                start = event.start_mark.index
                node = (
                    MappingNode(source, start) if kind is yaml.MappingStartEvent else ListNode(source, start)
                )
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                assert container is not None  # libyaml pairs its events
                container.end = event.end_mark.index
                container, key, keys = stack.pop()
                continue
            elif kind is yaml.AliasEvent:
                node = self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents == 2:
                    start, end = event.start_mark.index, event.end_mark.index
                    message = "a second document begins here"
                    self._error("E0109", start, end, message, "put each spec into a file of its own")
                    return None
                continue
            else:
                continue

            self.values += 1
            if self.values > most:
                message = f"more than {MAX_NODES:,} values"
                message += ", those of the files before included" if most < MAX_NODES else ""
                help = "use `repeat`, `for` and `blocks` in place of copied text"
                self._error("E0105", node.start, node.start + 1, message, help)
                return None
            if self.errors >= MAX_ERRORS:
                self.broken = True
                return None
            if container is None:
                root = node
            elif isinstance(container, ListNode):
                if type(node) is Scalar and " " in node.text and not node.quoted:
                    container.items += self._spaced(node, container)
                else:
                    container.items.append(node)
            elif key is None:
                key = self._key(node, container)
                if self.mending:
                    return None
                if type(node) is Scalar:
                    continue
            else:
                if type(node) is Scalar and node.start == node.end:
                    if key.quoted and ": " in key.text and (edit := self._quoted_entry(key)):
                        self.mending = (edit,)
                        return None
                    key, node = self._glued(key, node)
                if type(node) is Scalar and "{" in key.text and (edit := self._unparted(key, node)):
                    self.mending = (edit,)
                    return None
                first = keys.setdefault(key.text, key)
                if first is key or (key.text.isdigit() and node.start == node.end):
                    # Numbers without a value are arguments without names, `{conv: 64, 3, 3}`, and wrong as such.
                    container.entries.append((key, node))
                else:
                    is_same = self._duplicate(key, first)
                    earlier = container.get(key.text)
                    if isinstance(earlier, Scalar) and earlier.start == earlier.end:
                        # A header that stands twice: what it has stands below the second.
                        at = next(at for at, (each, _) in enumerate(container.entries) if each is first)
                        container.entries[at] = (first, node)
                    elif (
                        len(stack) == 1
                        and isinstance(earlier, MappingNode)
                        and isinstance(node, MappingNode)
                        and not is_same
                    ):
                        node = earlier  # a part of the spec in two pieces
                    else:
                        container.again += ((len(container.entries), key, node),)
                key = None
            if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                assert not isinstance(node, Scalar)  # made of this event
                stack.append((container, key, keys))
                if len(stack) > MAX_DEPTH:
                    message = f"lists and mappings nested more than {MAX_DEPTH} deep"
                    help = "name parts of the network in `blocks`"
                    self._error("E0104", node.start, node.start + 1, message, help)
                    return None
                keys = {each.text: each for each, _ in node.entries} if isinstance(node, MappingNode) else {}
                container, key = node, None
        return root

    def _scalar(self, event: _Event) -> Scalar:
        text = event.value
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        if event.style is not None and event.style != "":
            return Scalar(text, text, self.source, start, end, True)
        if not text.isascii() and (text[0].isspace() or text[-1].isspace()):
            self._mend_look_alikes(start, end)
        value = plain_value(text)
        if isinstance(value, Unreadable):
            self._error(value.code, start, end, value.message, value.help)
            value = None
        return Scalar(value, text, self.source, start, end, False)

    def _refuse_properties(self, event: _Event) -> None:
        """Anchors and tags. Their marks are those of the value, which they stand before."""
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor is not None:
            self.anchors.add(event.anchor)
            end = start + 1 + len(event.anchor)
            message = f"an anchor, `&{shortened(event.anchor)}`"
            help = "to use a part twice, define it in `blocks`; a text that begins with `&` needs quotes"
            self._error("E0106", start, end, message, help)
        elif event.tag is not None:
            written = self.source.text[start:end].split(maxsplit=1)
            end = start + len(written[0])
            message = f"a tag, `{shortened(written[0])}`"
            self._count()
            # What follows on the line is read as what these tags say.
            rest = _PLAIN_TAG.match(self.source.text, start)
            edit = None if rest is None else Edit(Span(self.source, start, rest.end()), "")
            fixes = () if edit is None else (Fix("delete the tag", (edit,)),)
            help = "write the value without it"
            self.sink.error("E0108", Span(self.source, start, end), message, help=help, fixes=fixes)

    def _alias(self, event: _Event) -> Scalar:
        """An alias of an anchor that was refused is not refused once more."""
        start, end = event.start_mark.index, event.end_mark.index
        name = event.anchor or ""
        if name not in self.anchors:
            help = "to use a part twice, define it in `blocks`; a text that begins with `*` needs quotes"
            self._error("E0106", start, end, f"an alias, `*{shortened(name)}`", help)
        return Scalar(None, "", self.source, start, end, False)

    def _key(self, node: Node, mapping: MappingNode) -> Scalar:
        """The key that `node` is; after an error, one that is like no other."""
        if not isinstance(node, Scalar):
            from archspec.syntax.slips import report_braces, report_set  # only a mistake pays for it

            edit = report_braces(node, self.sink)
            edits = (edit,) if edit is not None else report_set(mapping, self.sink)
            if edits:
                self._count()
                self.mending = edits
            else:
                self._bad_key(node, f"the key is {what(node)}", "a key is a name")
        elif not node.quoted and node.text == "<<":
            help = "shared arguments go to `defaults`, shared parts to `blocks`"
            self._error("E0107", node.start, node.end, "a merge key", help)
        elif not node.quoted and (not isinstance(node.value, str | int) or isinstance(node.value, bool)):
            self._bad_key(
                node, f"the key is {what(node)}", "a key is a name; choose another, or put it in quotes"
            )
        elif not node.text.isascii() and not node.quoted and self._mend_look_alikes(node.start, node.end):
            pass
        elif hidden := _hidden_character(node.text):
            message = f"the name holds {code_point(hidden)}, which is not seen"
            self._error("E0116", node.start, node.end, message, "type the name anew")
        else:
            return node
        return Scalar(None, f"\0{node.start}", self.source, node.start, node.end, False)

    def _mend_look_alikes(self, start: int, end: int) -> bool:
        """Whether a text holds a character that looks like one that YAML reads: all are reported then, and mended."""
        # Most specs are ASCII but for their prose.
        from archspec.yaml_errors.look_alikes import look_alikes, places

        if self.alike is None:
            self.alike = places(self.source.text)
        first = bisect_left(self.alike, start)
        is_alike = first < len(self.alike) and self.alike[first] <= end
        cause = look_alikes(self.source, (start, end)) if is_alike else None
        if cause is None:
            return False
        edits = tuple(Edit(Span(self.source, at, to), text) for at, to, text in cause.edits)
        self._count()
        self.sink.error(
            cause.code,
            Span(self.source, cause.start, cause.end),
            cause.message,
            labels=cause.labels,
            help=cause.help,
            fixes=[Fix(cause.help, edits)],
        )
        self.mending = edits
        return True

    def _bad_key(self, node: Node, message: str, help: str) -> None:
        end = min(max(node.start + 1, node.end), len(self.source.text))
        self._error("E0113", node.start, end, message, help)

    def _glued(self, key: Scalar, value: Node) -> tuple[Scalar, Node]:
        """An entry without a value, or the one that was meant by its key: `{kernel:3}`."""
        if key.quoted:
            return key, value
        from archspec.syntax.slips import read_glued  # only a mistake pays for it

        found = read_glued(key, self.sink)
        self.errors += found is not None
        return found or (key, value)

    def _quoted_entry(self, key: Scalar) -> Edit | None:
        """What takes the quotes off `'padding: 1'`, an entry in quotes, after reporting them."""
        from archspec.syntax.slips import report_quoted  # no key holds a `: `

        edit = report_quoted(key, self.sink)
        self.broken = self.broken or edit is not None
        return edit

    def _spaced(self, node: Scalar, around: ListNode) -> list[Node]:
        """An item of a list, or the several numbers that it was meant to be."""
        from archspec.syntax.slips import read_spaced  # few items of a list hold a space

        before = self.sink.errors
        is_block = self.source.text[around.start] != "["
        found = read_spaced(node, self.sink, is_block=is_block)
        self.errors += self.sink.errors - before
        return [*found] if found else [node]

    def _uncut(self, node: Scalar) -> Node:
        """A text that lacks a `)`; whole again, if a comma cut it."""
        from archspec.syntax.slips import read_cut  # few texts lack one

        self.cut -= 1
        before = self.sink.errors
        found = read_cut(node, self.sink)
        self.errors += self.sink.errors - before
        return found or node

    def _unparted(self, key: Scalar, value: Scalar) -> Edit | None:
        """What parts a key from a mapping in braces, `conv1 {conv: 8}`, after reporting it; None where none is."""
        from archspec.syntax.slips import report_unparted  # no key has a brace

        edit = report_unparted(key, value, self.sink)
        self.broken = self.broken or edit is not None
        return edit

    def _duplicate(self, key: Scalar, first: Scalar) -> bool:
        """Report a key that stands twice; whether its line does."""
        self.errors += 1
        # Several different ones in a row are the entries of another mapping, whose own key is missing.
        before, self.repeated = self.repeated, key
        if before is not None and key.text != before.text and key.span.line == before.span.line + 1:
            return False
        fixes = _deletion(key, first)
        self.sink.error(
            "E0112",
            key.span,
            f"`{shortened(key.text)}` stands twice in one mapping",
            label="here again",
            labels=[Label("here first", first.span)],
            help="rename one of them, or delete it",
            fixes=fixes,
        )
        return bool(fixes)


def _deletion(key: Scalar, first: Scalar) -> tuple[Fix, ...]:
    """The fix that deletes a line that is the same as the one before it."""
    source, number = key.source, key.span.line
    line, below = source.line(number), source.line(number + 1)
    column = key.span.column - 1
    is_header = line.partition(" #")[0].rstrip().endswith(":")
    is_same = first.span.line == number - 1 and line == source.line(number - 1)
    if line[:column].strip() or not is_same or (below[: column + 1].isspace() and not is_header):
        return ()
    start = source.line_start(number)
    end = source.text.find("\n", start) + 1 or len(source.text)
    span = Span(source, start, end)
    return (Fix("delete it: the lines are the same", (Edit(span, ""),)),)


_PLAIN_TAG: Final = re.compile(r"!!(?:int|float|bool|null|seq|map|python/tuple|python/list)[ \t]+(?=\S)")


def _lacks_parenthesis(text: str) -> bool:
    return text.count("(") > text.count(")")


def _hidden_character(text: str) -> str | None:
    """A character of `text` that is not seen, or turns the direction of what is; no letter, mark or sign
    is one.
    """
    if text.isascii() and text.isprintable():
        return None
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"):
            return character
    return None


_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it."""


def _events(text: str) -> Iterator[_Event]:
    """What the text consists of. Offsets of marks count characters, whatever the line ends."""
    return cast(Iterator[_Event], yaml.parse(text, Loader=_LOADER))


def code_point(character: str) -> str:
    """A character as Unicode calls it."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name.lower()})" if name else "")
