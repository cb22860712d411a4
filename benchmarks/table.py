"""A run → text for the terminal, JSON and back, and the tables of `benchmarks/README.md`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final

from benchmarks.findings import Absent, Finding, Found, Point, Run
from benchmarks.rows import ROWS

HEADERS: Final = ("row", "what", "against", "median", "other", "ratio (95 %)", "limit", "verdict")
_KINDS: Final = {"finding": Finding, "absent": Absent, "point": Point}


def cells(line: Finding | Absent) -> tuple[str, ...]:
    """One row of the table, as text."""
    if isinstance(line, Absent):
        return line.row, line.subject, "", "", "", "", "", line.why
    low, high = line.interval
    limit = ""
    if line.limit is not None:
        limit = f"{number(line.limit)} MB" if line.unit == "MB" else _as_limit(line.limit)
        if line.control:
            limit += f" ± {line.noise:.1%}"
    if line.ratio is None:
        spread = f"({low:.1f}–{high:.1f})"
        return line.row, line.subject, line.against, f"{line.median:.1f} MB", "", spread, limit, line.verdict
    other = amount(sorted(line.others)[len(line.others) // 2])
    ratio = f"{number(line.ratio)} ({number(low)}–{number(high)})"
    return line.row, line.subject, line.against, amount(line.median), other, ratio, limit, line.verdict


def amount(seconds: float) -> str:
    """With three digits, in the unit that suits."""
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{number(seconds * factor)} {unit}"
    return f"{number(seconds * 1e9)} ns"


def number(value: float) -> str:
    """With three digits, and no power of ten."""
    if value == 0:
        return "0"
    text = f"{value:.3g}"
    return f"{float(text):.0f}" if "e" in text and value >= 1 else text if "e" not in text else f"{value:.2g}"


def _as_limit(limit: float) -> str:
    return f"1/{1 / limit:.0f}" if limit < 0.04 else f"{limit:g}"


def as_text(run: Run) -> str:
    """For a terminal: the lines by row, then what they were measured on."""
    rows = [HEADERS, *(cells(line) for line in run.lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADERS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    judged = [line.verdict for line in run.findings if line.limit is not None]
    told = f"{judged.count('met')} of {len(judged)} limits met, {judged.count('not decided')} not decided"
    return (
        "\n".join(
            [*lines, "", told, effort(run), *(f"{name}: {value}" for name, value in run.machine.items())]
        )
        + "\n"
    )


def effort(run: Run) -> str:
    """How hard it was measured."""
    kind = "a quick run, of fewer samples and smaller networks" if run.quick else "a full run"
    counts = [len(line.samples) for line in run.findings]
    return f"{kind}: {min(counts)} to {max(counts)} samples a line" if counts else kind


def as_markdown(run: Run) -> str:
    """How hard it was measured and on what machine, then a table a row with its claim, then the points."""
    parts = [
        f"What follows is {effort(run)}.\n",
        "| | |\n|---|---|\n" + _rows((name, value) for name, value in run.machine.items()),
    ]
    names = dict.fromkeys(line.row for line in run.lines)
    for name in names:
        header = "| " + " | ".join(HEADERS[1:]) + " |\n|---|---|---|---|---|---|---|\n"
        body = _rows(cells(line)[1:] for line in run.lines if line.row == name)
        claim = ROWS[name].claim
        parts.append(f"### `{name}`: {claim}\n\n{header}{body}")
    if run.points:
        parts.append(
            f"### `growth`, `growth-models`, `growth-peers`: {ROWS['growth'].claim}\n\n{_growth(run)}"
        )
    return "\n".join(parts)


def _growth(run: Run) -> str:
    """A line for each stage and family, with its medians and how far the last is from growing with the ops alone."""
    sizes = sorted({point.ops for point in run.points})
    heads = ("stage", "family", *(f"{ops:,} ops" for ops in sizes), "per op, last against first")
    lines: dict[tuple[str, str], dict[int, float]] = {}
    for point in run.points:
        lines.setdefault((point.stage, point.family), {})[point.ops] = point.median
    body = []
    for key, medians in lines.items():
        first, last = min(medians), max(medians)
        per_op = number(medians[last] / last / (medians[first] / first)) if last > first else ""
        body.append((*key, *(amount(medians[ops]) if ops in medians else "" for ops in sizes), per_op))
    return f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|\n" + _rows(body)


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows)


_MARKED: Final = re.compile(r"(<!-- numbers -->\n).*(<!-- end of numbers -->)", re.DOTALL)


def renew(readme: Path, run: Run) -> None:
    """Write the tables between the marks of a README anew."""
    text = readme.read_text("utf-8")
    readme.write_text(renewed(text, run), "utf-8")


def has_marks(text: str) -> bool:
    return _MARKED.search(text) is not None


def renewed(text: str, run: Run) -> str:
    if not has_marks(text):
        raise ValueError("the README has no marks for the numbers")
    return _MARKED.sub(lambda found: f"{found[1]}\n{as_markdown(run)}\n{found[2]}", text)


def to_json(run: Run) -> str:
    """Every sample; for a reader's sake, beside the findings, what is worked out from them."""
    return (
        json.dumps(
            {"machine": run.machine, "quick": run.quick, "found": [_entry(each) for each in run.found]},
            indent=1,
        )
        + "\n"
    )


def _entry(found: Found) -> dict[str, Any]:
    kind = next(name for name, cls in _KINDS.items() if isinstance(found, cls))
    entry: dict[str, Any] = {"kind": kind, **asdict(found)}
    if isinstance(found, Finding):
        entry |= {
            "rounds": len(found.samples),
            "ratio": found.ratio,
            "interval": found.interval,
            "verdict": found.verdict,
        }
    return entry


def from_json(text: str) -> Run:
    data = json.loads(text)
    return Run(data["machine"], tuple(_read(entry) for entry in data["found"]), data["quick"])


def _read(entry: dict[str, Any]) -> Found:
    cls = _KINDS[entry["kind"]]
    names = {field.name for field in fields(cls)}
    given = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in entry.items()
        if name in names
    }
    made: Found = cls(**given)
    return made
