"""What a network consists of and costs: `rows` finds it, `table` writes it for the terminal, `markup` and `latex` for
documents (`latex_text`: what its text becomes there), `machine` for programs; `words` has the numbers as people read
them.
"""

from archspec.backends.summary.latex import to_latex
from archspec.backends.summary.machine import to_csv, to_json
from archspec.backends.summary.markup import to_markdown
from archspec.backends.summary.rows import CONVENTIONS, DType, Row, Summary, summarise
from archspec.backends.summary.table import to_table
from archspec.backends.summary.words import totals

__all__ = [
    "CONVENTIONS",
    "DType",
    "Row",
    "Summary",
    "summarise",
    "to_csv",
    "to_json",
    "to_latex",
    "to_markdown",
    "to_table",
    "totals",
]
