"""`python -m benchmarks`: measure the rows, print the table, write what was asked for."""

from __future__ import annotations

import argparse
import compileall
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

import archspec
from benchmarks import peers, table
from benchmarks.findings import Absent, Finding, Found, Run
from benchmarks.machine import describe
from benchmarks.measure import FULL, QUICK
from benchmarks.rows import ROWS, Bench


def main(arguments: list[str]) -> int:
    """0: no limit is missed; 1: one is, or a row failed; 2: what was asked for cannot be done."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description="Measure what archspec costs, beside its peers."
    )
    parser.add_argument(
        "rows", metavar="ROW", nargs="*", help=f"rows to measure, else all: {', '.join(ROWS)}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw pictures (needs matplotlib)")
    parser.add_argument(
        "--readme", type=Path, metavar="FILE", help="write the tables between the marks of this file"
    )
    parser.add_argument("--quick", action="store_true", help="fewer samples, in a fifth of the time")
    parser.add_argument(
        "--from", dest="given", type=Path, metavar="FILE", help="measure nothing: read all of this JSON"
    )
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.rows if name not in ROWS]
    if unknown:
        parser.error(f"no row is called {', '.join(unknown)}; the rows are {', '.join(ROWS)}")
    if asked.given is not None and (asked.rows or asked.quick):
        parser.error("--from reads a whole run as it was measured: it goes with no ROW and not with --quick")
    if why := _refusal(asked):
        parser.error(why)
    if asked.given is not None:
        try:
            run = table.from_json(asked.given.read_text("utf-8"))
        except (ValueError, KeyError, TypeError):
            parser.error(f"{asked.given} is no run that --json wrote")
    else:
        run = _measured(asked.rows or list(ROWS), quick=asked.quick)
    sys.stdout.write(table.as_text(run))
    if asked.json is not None:
        asked.json.write_text(table.to_json(run), "utf-8")
    if asked.readme is not None:
        table.renew(asked.readme, run)
    if asked.plots is not None:
        from benchmarks.plots import draw

        draw(run, asked.plots)
    return int(any(_is_bad(line) for line in run.lines))


def _refusal(asked: argparse.Namespace) -> str:
    """Why what was asked for cannot be read or written: said before minutes are spent on measuring."""
    for given in (asked.given, asked.readme):
        if given is not None and not (given.is_file() and os.access(given, os.R_OK)):
            return f"cannot read {given}"
    if asked.readme is not None and not table.has_marks(asked.readme.read_text("utf-8")):
        return f"{asked.readme} has no marks for the numbers"
    for written in (asked.json, asked.readme):
        if written is not None and (
            written.is_dir() or not os.access(written if written.exists() else written.parent, os.W_OK)
        ):
            return f"cannot write {written}"
    if asked.plots is not None:
        existing = next(
            folder for folder in (asked.plots, *asked.plots.absolute().parents) if folder.exists()
        )
        if not (existing.is_dir() and os.access(existing, os.W_OK)):
            return f"cannot write to {asked.plots}"
        if why := peers.missing("matplotlib"):
            return f"--plots: {why}"
    return ""


def _is_bad(line: Finding | Absent) -> bool:
    return line.verdict == "missed" if isinstance(line, Finding) else line.why.startswith("failed")


def _measured(names: list[str], *, quick: bool) -> Run:
    os.environ["OMP_NUM_THREADS"] = (
        "1"  # CPU time means little where threads wait for each other; torch reads it
    )
    # As after an installation; where Python is told to write no bytecode, each start would compile what was changed.
    compileall.compile_dir(Path(archspec.__file__).parent, quiet=1)
    found: list[Found] = []
    for name in names:
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder), QUICK if quick else FULL, quick)
            try:
                found += ROWS[name].measure(bench)
            except Exception as error:  # a row that fails is told, and does not cost the others
                traceback.print_exc()
                found.append(Absent(name, ROWS[name].claim, f"failed: {type(error).__name__}"))
        print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return Run(describe(), tuple(found), quick)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
