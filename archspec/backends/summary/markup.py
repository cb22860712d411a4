"""The summary in documents: Markdown and LaTeX.

In: a `Summary`. Out: a table with the totals and the conventions. Holds: no text of a spec is read as markup.
"""

from __future__ import annotations

from typing import Final

from archspec.backends.summary.rows import CONVENTIONS, Row, Summary
from archspec.backends.summary.words import field_text, share_text, totals
from archspec.backends.wording import bytes_text, escape_markdown, shape_text

_HEADINGS: Final = ("path", "op", "output", "parameters", "share", "MACs", "field, stride", "activations")
_LEFT: Final = 3
"""How many columns are set flush left; numbers are set flush right."""

_LATEX: Final = {
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
    "×": r"$\times$",
    "→": r"$\rightarrow$",
    "≤": r"$\leq$",
    "…": r"\dots{}",
    "²": r"\textsuperscript{2}",
    "−": r"$-$",
}
"""Brackets at the start of a row would be read as an argument of the line break before it."""


def to_markdown(summary: Summary) -> str:
    """A table with the totals and the conventions below it."""
    lines = [
        f"# {escape_markdown(summary.title)}",
        "",
        f"| {' | '.join(_HEADINGS)} | |",
        f"|{'---|' * _LEFT}{'--:|' * (len(_HEADINGS) - _LEFT)}---|",
    ]
    for row in summary.tree:
        path, *cells = map(escape_markdown, (*_cells(summary, row), row.note))
        lines.append(f"| {' | '.join((f'**{path}**' if row.is_module else path, *cells))} |")
    lines.append("")
    lines.extend(f"- {escape_markdown(total)}" for total in totals(summary))
    lines.extend(("", *(f"> {escape_markdown(convention)}" for convention in CONVENTIONS), ""))
    return "\n".join(lines)


def to_latex(summary: Summary) -> str:
    """A `longtable` with the rules of `booktabs`: both packages are needed, and UTF-8 as LaTeX has it since 2018."""
    columns = "l" * _LEFT + "r" * (len(_HEADINGS) - _LEFT)
    lines = [
        r"% \usepackage{booktabs,longtable}",
        rf"\begin{{longtable}}{{@{{}}{columns}@{{}}}}",
        rf"\caption{{{_latex(summary.title)}}}\\",
        r"\toprule",
        rf"{' & '.join(map(_latex, _HEADINGS))} \\",
        r"\midrule",
        r"\endhead",
        r"\bottomrule",
        r"\endlastfoot",
    ]
    for row in summary.tree:
        path, *cells = map(_latex, _cells(summary, row))
        name = rf"\textbf{{{path}}}" if row.is_module else path
        lines.append(rf"{' & '.join((name, *cells))} \\")
        if row.note:
            lines.append(
                rf"\multicolumn{{{len(_HEADINGS)}}}{{@{{}}l@{{}}}}{{\quad\emph{{{_latex(row.note)}}}}} \\"
            )
    lines.append(r"\end{longtable}")
    lines.extend(("", *(rf"\noindent {_latex(total)}.\par" for total in totals(summary))))
    lines.extend(
        ("", *(rf"\noindent {{\footnotesize {_latex(convention)}.}}\par" for convention in CONVENTIONS), "")
    )
    return "\n".join(lines)


def _cells(summary: Summary, row: Row) -> tuple[str, ...]:
    costs = (f"{row.params:,}", share_text(summary.share(row)), f"{row.macs:,}")
    return (row.path, row.what, shape_text(row.output), *costs, field_text(row), bytes_text(row.bytes))


def _latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)
