"""Diagnostics → text for a person at a terminal.

    error[E0301]: the two sides of a skip addition differ
      --> net.yaml:31:7
       |
    31 |   - {residual: […], shortcut: identity}
       |      ^^^^^^^^ the main path gives 128 × 28 × 28
       = help: write `shortcut: projection`
       = fix: write `projection`

`^` underlines the place at fault, `-` what else plays a part; `fix` is what `archspec validate --fix` does, `unsafe
fix` what it does with `--unsafe-fixes`. Every line but the headline begins with the gutter, so that no text of the user
begins a line; the meaning never hangs on colour. `snippet` draws the lines of the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from archspec.diagnostics import Diagnostic
from archspec.report.remedies import remedies
from archspec.report.snippet import Page, snippets
from archspec.report.visible import visible, wrapped

MAX_SHOWN = 100
WIDTH: Final = 100
"""The columns that lines of a source may take where nobody says how many there are."""


def render(
    diagnostics: Sequence[Diagnostic],
    *,
    columns: int | None = None,
    color: bool = False,
) -> str:
    """All diagnostics, at most `MAX_SHOWN` of them in full, and a line that counts them. Empty where there are
    none.

    `columns` is the width of the terminal: longer lines of a source are cut around what is underlined, sentences go on
    in the next line. None is for a file or a log, in which a sentence is one line, to be searched.
    """
    if not diagnostics:
        return ""
    renderer = _Renderer(Page(columns or WIDTH, wraps=columns is not None, color=color))
    parts = [renderer.diagnostic(diagnostic) for diagnostic in diagnostics[:MAX_SHOWN]]
    if len(diagnostics) > MAX_SHOWN:
        parts.append(f"… and {len(diagnostics) - MAX_SHOWN:,} more\n")
    total = ", ".join([counted(diagnostics), *_fixable(diagnostics)])
    parts.append("".join(f"{line}\n" for line in (wrapped(total, columns) if columns else [total])))
    return "\n".join(parts)


def _fixable(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    """How many findings `--fix` mends, and how many more with `--unsafe-fixes`."""
    kinds = [diagnostic.fixes[0].is_safe for diagnostic in diagnostics if diagnostic.fixes]
    safe, unsafe = kinds.count(True), kinds.count(False)
    if safe:
        yield f"{safe:,} fixable with `archspec validate --fix`"
    if unsafe:
        yield (
            f"{unsafe:,} more with `--unsafe-fixes`"
            if safe
            else (f"{unsafe:,} fixable with `archspec validate --fix --unsafe-fixes`")
        )


def counted(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`; empty where there are none."""
    severities = [diagnostic.severity for diagnostic in diagnostics]
    counts = ((word, severities.count(word)) for word in ("error", "warning"))
    return ", ".join(f"{count:,} {word}" + ("" if count == 1 else "s") for word, count in counts if count)


class _Renderer:
    def __init__(self, page: Page) -> None:
        self.page = page

    def _lines(self, text: str, indent: int) -> list[str]:
        """A sentence in lines of what is left of the terminal to the right of `indent` columns."""
        return wrapped(text, max(20, self.page.columns - indent)) if self.page.wraps else [text]

    def diagnostic(self, diagnostic: Diagnostic) -> str:
        files = snippets(diagnostic)
        paint = self.page.paint
        digits = max(snippet.digits for snippet in files)
        rows = self._headline(diagnostic, digits)
        for number, snippet in enumerate(files):
            arrow = "-->" if number == 0 else ":::"
            rows.append(paint("gutter", f"{' ' * digits}{arrow} ") + snippet.place)
            if snippet.source.text:
                rows.append(paint("gutter", " " * digits + " |"))
                rows += snippet.rows(self.page, digits, diagnostic.severity)
        for note in diagnostic.notes:
            rows += self._remark("note", note, digits)
        for word, sentence in remedies(diagnostic):
            rows += self._remark(word, sentence, digits)
        return "\n".join(rows) + "\n"

    def _headline(self, diagnostic: Diagnostic, digits: int) -> list[str]:
        words = f"{diagnostic.severity}[{diagnostic.code}]"
        first, *rest = self._lines(visible(diagnostic.message), len(words) + 2)
        rows = [self.page.paint(diagnostic.severity, words) + self.page.paint("strong", f": {first}")]
        gutter = self.page.paint("gutter", " " * digits + " |")
        indent = " " * (len(words) - digits)
        return rows + [gutter + indent + self.page.paint("strong", line) for line in rest]

    def _remark(self, word: str, text: str, digits: int) -> list[str]:
        indent = len(word) + 3
        first, *rest = (
            row for line in text.split("\n") for row in self._lines(visible(line), digits + 2 + indent)
        )
        pad = " " * digits
        rows = [self.page.paint("gutter", pad + " = ") + self.page.paint("help", f"{word}:") + " " + first]
        return rows + [self.page.paint("gutter", pad + " |") + " " * indent + line for line in rest]
