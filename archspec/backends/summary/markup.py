"""The summary in Markdown.

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


def _cells(summary: Summary, row: Row) -> tuple[str, ...]:
    costs = (f"{row.params:,}", share_text(summary.share(row)), f"{row.macs:,}")
    return (row.path, row.what, shape_text(row.output), *costs, field_text(row), bytes_text(row.bytes))
