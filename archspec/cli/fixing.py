"""`archspec validate --fix` and `--diff`: what they print, and when they write."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import unified_diff
from typing import TYPE_CHECKING

from archspec.console import put, refuse, say
from archspec.files import CannotRun
from archspec.report.visible import visible

if TYPE_CHECKING:
    from archspec.fixing import Change, Fixed, Judge
    from archspec.targets import Target


def fix_named(
    named: Sequence[tuple[str, Target]], judge: Judge, *, unsafe: bool, diff: bool
) -> tuple[Fixed, bool]:
    """Fix the specs and write them, or show with `diff` what would be written; whether all could be written.
    The verdicts are on the files as they then are.

    The text that came from stdin goes to stdout, fixed or not, as from a filter.
    """
    from archspec.fixing import STDIN, fix, save, verdicts_with

    fixed = fix(named, judge, unsafe=unsafe)
    if diff:
        for change in fixed.changes:
            put("".join(_diff(change)))
    unsaved: list[Change] = []
    for change in fixed.changes:
        if not diff and change.path != STDIN:
            try:
                save(change)
            except CannotRun as error:
                refuse(error)
                unsaved.append(change)
                continue
        for applied in fixed.applied:
            if applied.path == change.path:
                verb = "would fix" if diff else "fixed"
                say(f"{verb} {change.name}:{applied.place}: {applied.what} ({applied.code})")
    for reason in fixed.left:
        say(reason)
    if not diff:
        for target in (target for _, target in named if target.folder is None):
            put(next((change.after for change in fixed.changes if change.path == STDIN), target.data))
    if unsaved:
        saved = [change for change in fixed.changes if change not in unsaved]
        fixed = replace(fixed, verdicts=verdicts_with(saved, named, judge))
    return fixed, not unsaved


def _diff(change: Change) -> Iterator[str]:
    """A change as `diff -u` shows it, which `patch -p0` applies."""
    before, after = (_lines(data.decode("utf-8")) for data in (change.before, change.after))
    name = visible(change.name)
    shown = _harmless if sys.stdout.isatty() or "GITHUB_ACTIONS" in os.environ else str
    for line in unified_diff(before, after, name, name):
        yield shown(line.removesuffix("\n")) + "\n"
        if not line.endswith("\n"):
            yield "\\ No newline at end of file\n"


def _harmless(line: str) -> str:
    """A line that neither a terminal nor a runner, which obeys ` ::error::`, takes for a command."""
    return visible(line).replace(" ::", " \\x3a:", 1) if line.lstrip().startswith("::") else visible(line)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+$", text)
