"""Every row of the table, by name, in the order in which they are measured: processes first, torch last."""

from __future__ import annotations

from typing import Final

from benchmarks.rows import building, checking, drawing, emitted, growing, running, starting
from benchmarks.rows.row import Bench, Row

__all__ = ["ROWS", "Bench", "Row"]

ROWS: Final = {
    row.name: row
    for module in (starting, growing, drawing, checking, building, running, emitted)
    for row in module.ROWS
}
