"""How numbers, shapes and strange text are written for people.

In: counts, shapes, text of a user. Out: short strings, the same in every table and picture.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile

from archspec.ir import Graph
from archspec.ops.base import Shape

_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "K"))
_ALWAYS_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that change the text around them, or show as nothing."""


def short_count(count: int) -> str:
    """Three significant digits and a unit: `11.7 M`; below 1000 the number itself."""
    for size, unit in _UNITS:
        # 999,500 rounds to 1.00 M, not to 1000 K
        if count * 2000 >= size * 1999:
            value = count / size
            digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
            return f"{value:.{digits}f} {unit}"
    return str(count)


def bytes_text(count: int) -> str:
    """A number of bytes in binary units: `3.1 MiB`."""
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def shape_text(shape: Shape) -> str:
    """`64 × 56 × 56`"""
    return " × ".join(map(str, shape))


def open_sizes_text(graph: Graph) -> str:
    """What the spec leaves open, and what it is here: `[3, H, W] with H = 224, W = 224`; empty if nothing is open."""
    if not graph.pattern:
        return ""
    patterns = [f"[{', '.join(map(str, pattern))}]" for pattern in graph.pattern]
    if len(patterns) > 1:
        patterns = [f"{name}: {text}" for name, text in zip(graph.input_names, patterns, strict=True)]
    sizes = {
        name: size
        for pattern, shape in zip(graph.pattern, graph.root.inputs, strict=True)
        for name, size in zip(pattern, shape, strict=True)
        if isinstance(name, str)
    }
    return f"{', '.join(patterns)} with {', '.join(f'{name} = {size}' for name, size in sizes.items())}"


def visible(text: str) -> str:
    """The text on one line, with every control, invisible or direction-changing character as an escape."""
    if text.isprintable():  # no character of these categories is
        return text
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _ALWAYS_ESCAPED
        else character
        for character in text
    )


def escape_markdown(text: str) -> str:
    """The text with what Markdown or HTML would read as markup escaped."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#" else character for character in text)


def network_title(graph: Graph) -> str:
    """The network's name with its variant: `ResNet` in the variant `resnet50` is ResNet-50. A variant that begins with
    another name that `about` mentions has that name: `resnext50_32x4d` is ResNeXt-50 32×4d.
    """
    name = visible(graph.name)
    variant = visible(graph.variant)
    about = visible(graph.about[:_MOST_READ])
    called, of, field = name.partition(" for ")
    for candidate, behind in (
        (name, ""),
        (called, of + field),
        (_name_in(about, variant), ""),
    ):
        rest = _after_name(variant, candidate)
        if candidate and rest is not None:
            return _with_rest(candidate, rest, behind, about)
    words = variant.split("_")
    if all(re.fullmatch(rf"{_WORD}|{_SIZE}", word) for word in words):
        return f"{name} ({' '.join(_as_title(word) for word in words)})"
    return f"{name} ({variant})"


def _with_rest(name: str, rest: str, behind: str, about: str) -> str:
    """A name, what a variant says after it, and what the network's name goes on with: `for CIFAR`. Abbreviations are
    written in capitals if `about` writes them so.
    """
    capitals = re.findall(r"\b[A-Z]{2,}\b", about)
    abbreviations = frozenset(word for word in capitals if not re.fullmatch(_CODE, word.lower()))
    said = re.findall(r"\w+", behind.casefold())
    parts = re.sub(_DECIMAL, r"\1.\2", rest.replace("-", "_")).split("_")
    words = [_as_title(word, abbreviations) for word in parts if word and word.casefold() not in said]
    if len(words) > 1 and re.fullmatch(_LETTER, words[0]):  # a family of the name's own: RegNetX-400MF
        name, words = f"{name}{words[0]}-{words[1]}", words[2:]
    elif words and re.fullmatch(_YEAR, words[0]):
        name, words = f"{name} ({words[0]})", words[1:]
    elif words and (words[0][0].isdigit() or re.fullmatch(_CODE, words[0].lower())):
        numbers = list(takewhile(str.isdigit, words)) or words[:1]
        mark = " " if re.fullmatch(_VERSION, numbers[0]) else "-"
        name, words = f"{name}{mark}{'-'.join(numbers)}", words[len(numbers) :]
    leading = list(takewhile(lambda word: not re.fullmatch(_WORD, word) and word not in abbreviations, words))
    plain = [f"({' '.join(words[len(leading) :])})"] if len(leading) < len(words) else []
    return " ".join((name, *leading, *plain)) + behind


_DECIMAL = r"(?<![0-9a-wyz])([0-9])_([0-9])"
_LETTER = r"[A-Z]"
_YEAR = r"(19|20)[0-9]{2}"
_VERSION = r"[0-9]+\.[0-9]+"
_SIZE = r"[0-9]+x[0-9]+[a-z]?"
_WORD = r"[a-z]{2,}"
"""What stands in parentheses: `paper`, `group norm`."""
_CODE = r"[a-z][0-9]*|[0-9.]+[a-z]{2}|[1-3]d|bn"
"""What is written in capitals: a letter, with or without a number (`b0`), a number with a unit (`400mf`), dimensions
(`3d`), batch norm."""


def _as_title(word: str, capitals: frozenset[str] = frozenset()) -> str:
    if re.fullmatch(r"x[0-9][0-9.]*", word):
        return f"×{word[1:]}"
    if re.fullmatch(r"0[0-9]+", word):
        return f"0.{word[1:]}"
    if re.fullmatch(_SIZE, word):
        return word.replace("x", "×")
    return word.upper() if re.fullmatch(_CODE, word) or word.upper() in capitals else word


_LONGEST_NAME = 3
"""Words of a name that a text mentions."""
_MOST_READ = 4096
"""Characters of a text that are searched for names: no more are written about a network, but by a stranger."""


def _name_in(about: str, variant: str) -> str:
    """The longest name in a text with which a variant begins; empty where there is none."""
    words = re.findall(r"[\w()+-]+", about)
    start = next((character.casefold() for character in variant if character.isalnum()), "")
    names = (
        " ".join(words[at : at + length])
        for at, word in enumerate(words)
        if word[0].casefold() == start and word != word.lower()
        for length in range(1, _LONGEST_NAME + 1)
    )
    found = (name for name in names if _ends_there(variant, _after_name(variant, name)))
    return max(found, key=len, default="")


def _ends_there(variant: str, rest: str | None) -> bool:
    """Whether what stands before `rest` is a word, or several: `resnext` in `resnext50`, not `res`."""
    if rest is None or not rest:
        return rest is not None
    return not (rest[0].isalpha() and variant[: -len(rest)][-1:].isalpha())


def _after_name(variant: str, name: str) -> str | None:
    """What of `variant` follows the letters and digits of `name`, whatever their case; `None` if it starts
    otherwise.
    """
    if not variant:
        return ""
    wanted = [character for character in name.casefold().replace("+", "plus") if character.isalnum()]
    for index, character in enumerate(variant):
        if not wanted:
            return variant[index:]
        if not character.isalnum():
            continue
        if character.casefold() != wanted.pop(0):
            return None
    return None if wanted else ""
