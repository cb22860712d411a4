"""Lines and their columns: which of two is out of line, and where it should begin.

In: where libyaml stopped, at a line that begins in a column of its own. Out: the cause.
"""

from __future__ import annotations

import re
from typing import Final

from archspec.diagnostics import Label
from archspec.source import Span
from archspec.yaml_errors.stop import Cause, Edits, Stop, indent, reads_on

_KEY_OR_ITEM: Final = re.compile(r"\s*(- )?(?:([\w$-]+):)?(.*)")
_BLOCK_KEY: Final = re.compile(r"\s*(?:params|seq|residual):")
_STEP: Final = 2
"""The columns by which a level is indented, as a rule."""
_ITEM_OF_ENTRIES: Final = re.compile(r"( *)(- +)[\w$]+:")
_HEADER: Final = re.compile(r" *[\w$()-]+:")
_NODE: Final = re.compile(r" *(?:\{|\[|[A-Za-z_]+ *$|$)")
TOP_LEVEL: Final = (
    *("archspec", "name", "about", "input", "extends", "remove", "import", "params", "variants", "defaults"),
    *("blocks", "stem", "body", "head", "aux", "outputs", "init", "expect", "note"),
)
"""The keys of a spec, which are defined above this layer."""
_INNER: Final = ("params", "seq", "residual", "shortcut", "after", "for", "in", "do")
"""Keys of a block, a structure or a loop, which stand inside of something."""


def indented(stop: Stop, message: str, *more: Label) -> Cause:
    start = stop.line_start + indent(stop.line)
    end = max(start + 1, stop.line_start + len(stop.line.rstrip()))
    began = Label("the entries above begin here", Span(stop.source, stop.begin, stop.begin + 1))
    is_apart = stop.begin < stop.line_start
    help = "begin it in the same column as its neighbours"
    above = stop.source.line(stop.number_above())
    if swapped := _swapped(stop, message):
        return swapped
    for key, lacking in (("do", _of_a_loop(stop)), ("seq", _of_a_block(stop))):
        if lacking:
            return Cause(
                "E0118", start, end, f"this line is {message}", f"write `{key}:` above it", more, lacking
            )
    if _key(stop.line) in TOP_LEVEL and indent(stop.line) <= _STEP and _key(stop.line) not in _INNER:
        leftmost: Edits = ((stop.line_start, start, ""),)
        if reads_on(stop.text, leftmost):
            told = f"`{_key(stop.line)}` is a key of the spec, and this line is indented"
            return Cause("E0118", start, end, told, "begin it in the first column", more, leftmost)
    if outdented := _outdented(stop, message):
        return outdented
    if alone := _item_above(stop, help) or _header_at_the_left(stop, help):
        return alone
    match = re.match(r" *(?:- +)*", above)
    own = match.end() if match and not stop.line.lstrip().startswith("- ") else indent(above)
    edits: Edits = ((stop.line_start, start, " " * own),)
    labels = (began,) if is_apart else ()
    missing = _missing_key(stop, own)
    before = stop.source.line(stop.beside(stop.number_above(), -1))
    is_alike = before.lstrip().startswith("- ") is stop.line.lstrip().startswith("- ")
    is_odd = is_alike and indent(before) == indent(stop.line) > indent(above)
    is_odd |= _is_outside(before, above)
    is_unsure = missing or is_odd or _key(above) in _INNER or not reads_on(stop.text, edits)
    if is_unsure and (
        alone := _line_above(stop, message, help) or _own_line(stop, own, help, message, (*more, *labels))
    ):
        return alone
    if missing:
        edits, help = (), f"{help}, or {missing}"
    return Cause("E0118", start, end, f"this line is {message}", help, (*more, *labels), edits)


def _swapped(stop: Stop, told: str) -> Cause | None:
    """Two lines in each other's place, where the text can be read once they are exchanged. One of them is a header, a
    key whose entries stand below it, or the last of these; that a line alone is out of line is likelier else.
    """
    here = stop.source.position(stop.at)[0]
    above, below = stop.beside(here, -1), stop.beside(here, 1)
    before, beyond = stop.beside(above, -1), stop.beside(below, 1)
    numbers = (stop.beside(before, -1), before, above, here, below, beyond)
    lines = [stop.source.line(number) for number in numbers]
    _, is_before, is_above, is_here, is_below, _ = (_is_header(line) for line in lines)
    first, c_before, c_above, c_here, c_below, c_beyond = (indent(line) for line in lines)
    word_before, word_above, word_here = (_key(line) in (*TOP_LEVEL, *_INNER) for line in lines[1:4])
    if is_before and c_before == c_above < c_here:
        # A header, what should stand before it, and its entries.
        return _exchanged(stop, before, above, told) if word_before and word_above else None
    if is_before and first == c_above > c_here + _STEP > c_before + _STEP:
        return _exchanged(
            stop, before, above, told
        )  # a header, what ends the part before it, and its entries
    if is_below and c_above == c_below < c_here == c_beyond:
        # An entry, its header, and more entries; or an entry among its like, and the line above is out of line.
        is_among = c_before == c_here and not word_above
        return None if word_here or is_among else _exchanged(stop, here, below, told)
    if is_here and c_below == c_above > c_here:
        return None if word_above and word_here else _exchanged(stop, above, here, told)
    if c_before == c_here > c_above >= c_below and not is_above:
        return (
            _exchanged(stop, above, here, told) if word_above else None
        )  # what follows a part, and the end of it
    return None


def _key(line: str) -> str:
    return line.strip().removeprefix("- ").partition(":")[0]


def _is_header(line: str) -> bool:
    """Whether a line is a key alone, whose entries stand below it."""
    return _HEADER.fullmatch(line.partition(" #")[0].rstrip()) is not None


def _exchanged(stop: Stop, number: int, other: int, told: str) -> Cause | None:
    """What is wrong with line `number`, if the text can be read once it stands in the place of a later one."""
    source = stop.source
    first, second = source.line(number), source.line(other)
    start, later = source.line_start(number), source.line_start(other)
    edits = ((start, start + len(first), second), (later, later + len(second), first))
    if not reads_on(stop.text, edits):
        return None
    help = f"exchange it with line {other}"
    at = start + indent(first)
    return Cause("E0118", at, start + len(first.rstrip()), f"this line is {told}", help, (), edits)


def _of_a_block(stop: Stop) -> Edits:
    """`seq:` or `residual:` above this line, which comes after the `params` of a block and is indented further."""
    number = stop.number_above()
    above = stop.source.line(number)
    if _key(above) != "params" or not 0 < indent(above) < indent(stop.line) or _key(stop.line) in _INNER:
        return ()
    edits = (
        (stop.line_start, stop.line_start, f"{' ' * indent(above)}{_structure(stop, indent(above))}:\n"),
    )
    return edits if reads_on(stop.text, edits) else ()


def _structure(stop: Stop, column: int) -> str:
    """What the lines from this one on are, as far as they are indented further than `column`: a residual has keys
    behind it.
    """
    number, last = stop.source.position(stop.at)[0], stop.source.position(len(stop.text))[0]
    while number < last and (
        indent(stop.source.line(number)) > column or not stop.source.line(number).strip()
    ):
        number += 1
    line = stop.source.line(number)
    return "residual" if indent(line) == column and _key(line) in ("shortcut", "after") else "seq"


def _of_a_loop(stop: Stop) -> Edits:
    """`do:` above this line, which comes right after the `for` and the `in` of a loop."""
    number = stop.number_above()
    lines = [stop.source.line(each) for each in (stop.beside(number, -1), number)]
    keys = {line.strip().partition(":")[0] for line in lines}
    if keys != {"for", "in"} or indent(stop.line) <= indent(lines[1]):
        return ()
    edits = ((stop.line_start, stop.line_start, " " * indent(lines[1]) + "do:\n"),)
    return edits if reads_on(stop.text, edits) else ()


def _item_above(stop: Stop, help: str) -> Cause | None:
    """The item of a list whose second entry this line is, where that item alone is out of line."""
    number = stop.number_above()
    above = stop.source.line(number)
    match = _ITEM_OF_ENTRIES.match(above)
    column = 0 if match is None else indent(stop.line) - len(match[2])
    return None if column <= 0 or column == indent(above) else _moved(stop, number, column, help)


def _header_at_the_left(stop: Stop, help: str) -> Cause | None:
    """The header before the line before, where it stands in the first column and is no key of the spec."""
    number = stop.beside(stop.number_above(), -1)
    header = stop.source.line(number)
    before = stop.source.line(stop.beside(number, -1))
    is_left = indent(header) == 0 < indent(stop.line) <= indent(before)
    is_left &= _is_header(header) and _key(header) not in TOP_LEVEL
    return _moved(stop, number, indent(stop.line), help) if is_left else None


def _moved(stop: Stop, number: int, column: int, help: str) -> Cause | None:
    """What is wrong with line `number`, if the text can be read once it begins in `column`."""
    line, start = stop.source.line(number), stop.source.line_start(number)
    edits = ((start, start + indent(line), " " * column),)
    if not reads_on(stop.text, edits):
        return None
    message = "this line is indented unlike the lines around it"
    return Cause("E0118", start + indent(line), start + len(line.rstrip()), message, help, (), edits)


def _is_outside(header: str, line: str) -> bool:
    """Whether a line stands in the column of the header above it, which has nothing below it then."""
    return _is_header(header) and indent(header) == indent(line) and _key(line) not in TOP_LEVEL


def _line_above(stop: Stop, told: str, help: str) -> Cause | None:
    """The line before, where it is the one that is out of line: the text can be read once it begins where this does."""
    number = stop.number_above()
    above = stop.source.line(number)
    before = stop.source.line(stop.beside(number, -1)).partition(" #")[0].rstrip()
    is_first = (told.startswith("indented unlike") and before.endswith(":")) or _is_outside(before, above)
    if above.lstrip().startswith("- ") is not stop.line.lstrip().startswith("- "):
        return None
    if not is_first and indent(before) < indent(stop.line):
        return None
    start = stop.source.line_start(number)
    edits = ((start, start + indent(above), " " * indent(stop.line)),)
    if not reads_on(stop.text, edits):
        return None
    message = "this line is indented unlike the lines around it"
    return Cause("E0118", start + indent(above), start + len(above.rstrip()), message, help, (), edits)


def _own_line(stop: Stop, own: int, help: str, message: str, labels: tuple[Label, ...]) -> Cause | None:
    """This line, where the text can be read once it begins where the one before does, and nothing stands below it."""
    start = stop.line_start + indent(stop.line)
    edits = ((stop.line_start, start, " " * own),)
    if stop.line.partition(" #")[0].rstrip().endswith(":") or not reads_on(stop.text, edits):
        return None
    end = max(start + 1, stop.line_start + len(stop.line.rstrip()))
    return Cause("E0118", start, end, f"this line is {message}", help, labels, edits)


def _outdented(stop: Stop, message: str) -> Cause | None:
    """The line before, where it alone is out of line: those around it are indented alike, and further."""
    number = stop.number_above()
    above, before = stop.source.line(number), stop.source.line(stop.beside(number, -1))
    if not message.startswith("indented unlike") or not indent(above) < indent(stop.line) == indent(before):
        return None
    if above.lstrip().startswith("- ") or above.partition(" #")[0].rstrip().endswith(":"):
        return None
    if before.lstrip().startswith("- ") is not stop.line.lstrip().startswith("- "):
        return None
    start = stop.source.line_start(number)
    edits = ((start, start + indent(above), " " * indent(stop.line)),)
    help = "begin it in the same column as its neighbours"
    message = "this line is indented unlike the lines around it"
    return Cause("E0118", start + indent(above), start + len(above.rstrip()), message, help, (), edits)


def _missing_key(stop: Stop, own: int) -> str:
    """The remedy where a key above this line may be missing; empty where the line alone is out of column.

    `own` is the column of its neighbours above. It is not this line alone where the next is in the same column,
    where what is below it is no further in than those neighbours, or where no such key stands at the top.
    """
    column, below = indent(stop.line), indent(stop.next_line())
    match = _KEY_OR_ITEM.match(stop.line)
    dash, key, value = match.groups() if match else (None, None, "")
    if 0 < column < below == own and key and value.strip() and key not in TOP_LEVEL:
        return ""  # it has a value, so that the lines below it are none of its own
    if column < below <= own:
        return "write the key that the lines above it belong to"
    if below != column and (own > 0 or (dash is None and key in TOP_LEVEL)):
        return ""
    remedy = "write the key that it belongs to above it"
    if own > 0:
        return remedy
    if dash is None and below > column and _BLOCK_KEY.match(stop.next_line()):
        return f"{remedy}, such as `blocks:`"
    return f"{remedy}, such as `{'body' if dash or _NODE.match(value) else 'params'}:`"
