r"""Text in LaTeX: escaped, and how wide it comes out.

In: any text of one line. Out: what pdfLaTeX, XeLaTeX and LuaLaTeX set alike, without a package: accents and Greek
letters by command. A letter that no font of pdfLaTeX has is left to the other two; pdfLaTeX sets its number, `U+4E2D`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_MARKUP: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "{''}",
    "`": r"\textasciigrave{}",
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
}
"""Brackets and stars at the start of a row would be read as arguments of the line break before it."""

_SIGNS: Final = {
    "×": r"$\times$",
    "→": r"$\rightarrow$",
    "←": r"$\leftarrow$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "…": r"\dots{}",
    "²": r"\textsuperscript{2}",
    "−": r"$-$",
    "·": r"$\cdot$",
    "±": r"$\pm$",
    "°": r"$^{\circ}$",
    "µ": r"$\mu$",
    "«": r"$\ll$",
    "»": r"$\gg$",
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "\N{NO-BREAK SPACE}": "~",
}

_LETTERS: Final = {
    letter: rf"\{name}{{}}"
    for letter, name in re.findall(r"(\w) (\w+)", "ß ss  ı i  æ ae  Æ AE  œ oe  Œ OE  ø o  Ø O  ł l  Ł L")
}
_GREEK: Final = {
    letter: rf"$\{name}$"
    for letter, name in re.findall(
        r"(\w) (\w+)",
        """
        α alpha  β beta  γ gamma  δ delta  ε varepsilon  ζ zeta  η eta  θ theta  ι iota  κ kappa  λ lambda  μ mu  ν nu
        ξ xi  π pi  ρ rho  ς varsigma  σ sigma  τ tau  υ upsilon  φ varphi  χ chi  ψ psi  ω omega
        Γ Gamma  Δ Delta  Θ Theta  Λ Lambda  Ξ Xi  Π Pi  Σ Sigma  Υ Upsilon  Φ Phi  Ψ Psi  Ω Omega
        """,
    )
}

_ACCENTS: Final = {
    "\N{COMBINING GRAVE ACCENT}": "`",
    "\N{COMBINING ACUTE ACCENT}": "'",
    "\N{COMBINING CIRCUMFLEX ACCENT}": "^",
    "\N{COMBINING TILDE}": "~",
    "\N{COMBINING MACRON}": "=",
    "\N{COMBINING BREVE}": "u",
    "\N{COMBINING DOT ABOVE}": ".",
    "\N{COMBINING DIAERESIS}": '"',
    "\N{COMBINING RING ABOVE}": "r",
    "\N{COMBINING DOUBLE ACUTE ACCENT}": "H",
    "\N{COMBINING CARON}": "v",
    "\N{COMBINING DOT BELOW}": "d",
    "\N{COMBINING CEDILLA}": "c",
}
"""The commands that set them over a letter, or under it."""

_COMMANDS: Final[Mapping[str, str]] = {**_MARKUP, **_SIGNS, **_LETTERS, **_GREEK}

_WIDTHS: Final = {
    2.8: " !',.:;[]`filjI|-",
    3.3: "()rst",
    4.1: '0123456789$*/?^~{}\\"agocezJ–',
    4.6: "Sbdhkqvxynpu_",
    5.9: "BCEFLPTZw",
    6.3: "ADGHKNOQRUVXY&+=@<>×≤≥·−²°",
    7.3: "mM%#→",
}
"""Points at 7 pt, in Computer Modern, as its metrics have it, rounded up."""
_WIDEST: Final = 11.0
_NUMBER: Final = 26.0
_BOLD: Final = 1.23
_WIDTH_OF: Final = {character: width for width, characters in _WIDTHS.items() for character in characters}


def in_latex(text: str) -> str:
    """The text as markup."""
    return "".join(map(_character, text))


def printed_width(text: str, *, is_bold: bool = False) -> float:
    """How wide the text comes out at a size of 7 pt at the most, in points."""
    width = sum(map(_width, text))
    return width * _BOLD if is_bold else width


def _width(character: str) -> float:
    if character in _WIDTH_OF:
        return _WIDTH_OF[character]
    return _NUMBER if _character(character).startswith(r"\ifdefined") else _WIDEST


def _character(character: str) -> str:
    if character.isascii() or character in _COMMANDS:
        return _COMMANDS.get(character, character)
    parts = unicodedata.normalize("NFD", character)
    letter, accent = parts[0], parts[1:]
    if letter.isascii() and letter.isalpha() and accent in _ACCENTS:
        base = {"i": r"\i", "j": r"\j"}.get(letter, letter)
        return rf"\{_ACCENTS[accent]}{{{base}}}"
    # XeTeX and LuaTeX alone know `\Umathchar`. What is passed over is not set: pdfLaTeX would stop at it.
    return rf"\ifdefined\Umathchar {character}\else U+{ord(character):04X}\fi{{}}"
