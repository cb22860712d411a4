"""Text from a stranger → text that can be shown.

What comes out holds no character that moves the cursor, changes colours, or turns the direction of the
text: those are written as escapes. So a file name or a label cannot forge a line of the report. Nor does it hold
`##[`, which a runner of GitHub Actions obeys wherever it stands in a line (actions/runner, ActionCommand.cs).
"""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"))
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HASH = "\\x23"


def visible(text: str) -> str:
    """`text` with every character that is not seen written as an escape."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_escaped(character) for character in text)
    return text.replace("##[", f"#{_HASH}[")


def _escaped(character: str) -> str:
    if character == " " or unicodedata.category(character) not in _HIDDEN:
        return character
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shown(text: str) -> list[str]:
    """The characters of a source line, each as it is shown: a tab as four spaces."""
    cells = ["    " if character == "\t" else visible(character) for character in text]
    for command in re.finditer(r"##\[", text):
        cells[command.start() + 1] = _HASH
    return cells


def no_command(line: str) -> str:
    """A line that no CI service takes for a command to it, as GitHub would `::error::`."""
    at = len(line) - len(line.lstrip())
    return f"{line[:at]}\\x3a{line[at + 1 :]}" if line.startswith("::", at) else line


def wrapped(text: str, columns: int) -> list[str]:
    """A visible text in lines of at most so many columns, broken at spaces; a longer word has a line of its own."""
    lines: list[str] = []
    room = 0
    for word in text.split(" "):
        if lines and width(word) < room:
            lines[-1] += f" {word}"
            room -= width(word) + 1
        else:
            lines.append(word)
            room = columns - width(word)
    return lines


def width(text: str) -> int:
    """How many columns of a terminal a visible text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
