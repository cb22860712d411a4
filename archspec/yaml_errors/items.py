"""Items of a list and keys of a mapping in one column: which of them lacks its dash, or has one too many.

In: where libyaml stopped, at a line that begins in the column of what it was reading. Out: the cause.
"""

from __future__ import annotations

import re
from typing import Final

from archspec.diagnostics import shortened
from archspec.yaml_errors.stop import Cause, Edits, Stop, indent, reads_further, reads_on, reads_past

_ITEM_WITH_KEY: Final = re.compile(r" *- +[\w$-]+: +\S")
_KEY: Final = re.compile(r" *([\w$.-]+):(?: |$)")
_ARGUMENTS: Final = frozenset(
    (
        *("activation", "affine", "align_corners", "alpha", "amount", "approximate", "axes", "axis"),
        *("bare", "beta", "bias", "ceil", "count_include_pad", "dilation", "end", "eps", "expansion"),
        *("factor", "groups", "k", "kernel", "lambd", "lower", "max_val", "min_val", "mode", "momentum"),
        *("negative_slope", "norm_groups", "over", "output_padding", "p", "padding", "padding_mode"),
        *("part", "parts", "range", "shape", "size", "start", "stride", "track_running_stats", "type"),
        *("upper", "value", "after", "as", "do", "expect", "first", "from", "if", "in", "init", "last"),
        *("note", "repeat", "share", "shortcut"),
    )
)
"""What stands beside an op, and names none itself. The ops are defined above this layer. A number of channels or of
features stands behind the name of its op, and a node may be called like that.
"""
_PARTS: Final = ("stem", "body", "head", "aux", "outputs", "blocks", "variants", "defaults", "params")
"""Keys of a spec that are no names of nodes beside others, as a rule."""
_MAPPINGS: Final = ("params", "variants", "defaults", "blocks", "init", "aux", "expect")
"""The parts of a spec that are mappings of entries."""
_GLUED_DASH: Final = re.compile(r"\s*-(?=[A-Za-z{\[$])")


def item_among_keys(stop: Stop, column: int) -> Cause:
    what = "a list item among the keys of a mapping"
    if stop.source.line(stop.number_above()).partition(" #")[0].rstrip().endswith(":"):
        return stop.here("E0118", what, "indent it, or make it like its neighbours")
    above, below = stop.source.line(stop.number_above()), stop.next_line()
    if above.lstrip().startswith("- ") and indent(above) > column:
        further_in: Edits = ((stop.line_start, stop.line_start + column, " " * indent(above)),)
        if reads_on(stop.text, further_in):
            return stop.here("E0118", what, "begin it in the same column as its neighbours", edits=further_in)
    if lacking := item_above(stop, column):
        return lacking
    dash = re.match(r"- +", stop.text[stop.at :])
    end = stop.at + (dash.end() if dash else 1)
    edits: Edits = ((stop.at, end, ""),)
    is_followed = column == indent(below) and not below.lstrip().startswith("-")
    is_entry = _ITEM_WITH_KEY.match(stop.line) is not None and reads_on(stop.text, edits)
    if column > 0 and (is_followed or is_entry):
        help = "leave the dash out"
        if alone := re.match(r"- +([a-z_]\w*) *$", stop.line.strip()):
            # An op without a name: it is called like itself.
            edits, help = ((stop.at, end, f"{alone[1]}: "),), f"write `{alone[1]}: {alone[1]}`"
        return stop.here("E0118", what, help, edits=edits)
    remedy = "indent it, or write the key of the list above it"
    return stop.here("E0118", what, remedy + (", such as `body:`" if column == 0 else ""))


def key_among_items(stop: Stop, column: int) -> Cause:
    if glued := no_space_after_dash(stop):
        return glued
    what = "a key among the items of a list"
    above = stop.number_above()
    if entries := _entries_of_part(stop, column):
        return entries
    key = _KEY.match(stop.line)
    if key is not None and key[1] in _PARTS and column > 0:
        leftmost: Edits = ((stop.line_start, stop.line_start + column, ""),)
        told = f"`{key[1]}` is a key of the spec, and this line is indented"
        if reads_past(stop.text, leftmost):
            return stop.here("E0118", told, "begin it in the first column", edits=leftmost)
    is_argument = re.match(r" *- [\w]+:", stop.source.line(above)) is not None or (
        indent(stop.source.line(above)) > column and key is not None and key[1] in _ARGUMENTS
    )
    own = column + 2 if is_argument else column
    edits: Edits = ((stop.line_start, stop.line_start + column, " " * own),) if is_argument else ()
    dashed: Edits = ((stop.at, stop.at, "- "),)
    is_root = not stop.text[: stop.begin].strip()
    is_node = key is not None and key[1] not in _ARGUMENTS and not is_root
    is_whole = indent(stop.next_line()) != column + 1
    is_mended = is_argument and reads_on(stop.text, edits)
    if is_node and is_whole and not is_mended and reads_past(stop.text, dashed):
        return stop.here("E0118", what, "begin it with `- `", edits=dashed)
    if is_argument and not is_mended:
        dash = stop.source.line_start(above) + column
        without: Edits = ((dash, dash + 2, ""),)
        if reads_on(stop.text, without):
            message = "a list item above the keys of a mapping"
            return Cause("E0118", dash, dash + 1, message, "leave the dash out", (), without)
    return stop.here("E0118", what, "indent it, or make it like its neighbours", edits=edits)


def _entries_of_part(stop: Stop, column: int) -> Cause | None:
    """A key without a dash where one is right: below the rows of a loop, whose `do:` lacks; or in a part that is a
    mapping, `variants:` and below it `- small: …`, where the items above have one too many.
    """
    number = stop.source.position(stop.begin)[0]
    line = stop.source.line(stop.beside(number, -1))
    header = line.partition(" #")[0].strip()
    if header == "in:":
        do: Edits = ((stop.line_start, stop.line_start, " " * indent(line) + "do:\n"),)
        message = "a key among the rows of a loop"
        return (
            stop.here("E0118", message, "write `do:` above it", edits=do) if reads_on(stop.text, do) else None
        )
    if header.removesuffix(":") not in _MAPPINGS or not header.endswith(":"):
        return None
    dashes = []
    for each in range(number, stop.source.position(stop.at)[0]):
        if stop.source.line(each).startswith(" " * column + "- "):
            dashes.append(stop.source.line_start(each) + column)
    edits: Edits = tuple((dash, dash + 2, "") for dash in dashes)
    if not edits or not reads_on(stop.text, edits):
        return None
    message = f"`{header.removesuffix(':')}` is a mapping, and this is an item of a list"
    return Cause("E0118", dashes[0], dashes[0] + 1, message, "leave the dash out", (), edits)


def item_above(stop: Stop, column: int) -> Cause | None:
    """An item in the column of the key that the list belongs to, `body:` and below it `- relu`, that lacks its dash or
    the space behind it: it is read as the next key, and what follows stands among keys.
    """
    number = stop.number_above()
    while number > 1 and indent(stop.source.line(number)) > column:
        number = stop.beside(number, -1)
    line, start = stop.source.line(number), stop.source.line_start(number)
    before = stop.beside(number, -1)
    while before > 1 and indent(stop.source.line(before)) > column:
        before = stop.beside(before, -1)
    if indent(line) != column or not stop.source.line(before).startswith(" " * column + "- "):
        return None
    here = Stop(stop.source, start + column, stop.begin, stop.context, stop.problem)
    if glued := no_space_after_dash(here):
        return glued if reads_past(stop.text, glued.edits) else None
    key = _KEY.match(line)
    if key is None:
        return None
    edits: Edits = ((start + column, start + column, "- "),)
    help = "begin it with `- `"
    if key[1] in _ARGUMENTS or not reads_past(stop.text, edits):
        edits, help = ((start, start + column, " " * (column + 2)),), "indent it as the lines around it"
    if not reads_past(stop.text, edits) or not reads_further(stop, edits):
        return None
    message = "a key among the items of a list"
    return Cause("E0118", start + column, start + column + len(key[1]), message, help, (), edits)


def no_space_after_dash(stop: Stop) -> Cause | None:
    """`-relu`, or `-{conv: 8}`."""
    return glued_dash(stop.line, stop.line_start)


def glued_dash(text: str, start: int) -> Cause | None:
    """The same, of a text that stands at `start`."""
    match = _GLUED_DASH.match(text)
    if match is None:
        return None
    at = start + match.end()
    message, help = "there is no space after this dash", f"write `- {shortened(text.strip()[1:])}`"
    return Cause("E0119", at - 1, at, message, help, (), ((at, at, " "),))
