"""What `archspec validate --fix` does: applies the fixes that are safe, with `--unsafe-fixes` the others too.

In: the specs that the command line names, and how to judge one. Out: the files as the fixes make them, what was
applied, and the verdicts on the result. Nothing is written before all is done, and then by `save`.

Holds:
- A file is changed only if the command line names it, or a folder that it lies in. A file that is imported and not
  named, a shipped spec and what a symbolic link leads to are left alone.
- What no edit covers stays as it is, byte for byte: byte order mark, line ends, comments.
- A fix is kept only where its finding is gone afterwards. One of an error does not break the reading of the file, one
  of a warning makes no error; where several of them together would, they are applied one after the other.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from archspec.diagnostics import Diagnostic, Edit, Fix
from archspec.files import CannotRun, read_regular
from archspec.output import write
from archspec.records import dataclass
from archspec.source import Source
from archspec.targets import Target
from archspec.validation import Verdict

Judge = Callable[[str, Target], Verdict]
"""What checks a target that a text named."""

STDIN: Final = "<stdin>"

_BOM: Final = b"\xef\xbb\xbf"
_MAX_TRIALS: Final = 300
"""How often one spec is checked to find the fixes that go together."""
_MAX_PASSES: Final = 5
"""How often all specs are gone through, since a fix in a library concerns those that import it."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A fix that was applied: in which file, as named, and where in it, as it was at that moment."""

    path: str
    place: str
    code: str
    what: str


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after. `path` is absolute, or `STDIN`; `name` is what the command line calls it."""

    path: str
    name: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Fixed:
    verdicts: tuple[Verdict, ...]
    """On the specs as the fixes make them, in the order in which they were named."""
    changes: tuple[Change, ...]
    applied: tuple[Applied, ...]
    left: tuple[str, ...]
    """Of each file with fixes that are left undone, why it is."""


def fix(named: Sequence[tuple[str, Target]], judge: Judge, *, unsafe: bool = False) -> Fixed:
    """Apply the fixes of all findings in the specs named, again and again until none is left.

    `unsafe`: also those that are not safe.
    """
    files = _Files(named)
    specs = [_Spec(text, target, files, judge, unsafe) for text, target in named]
    for _ in range(_MAX_PASSES):
        before = len(files.applied)
        for spec in specs:
            spec.settle()
        if len(files.applied) == before:
            break
    verdicts = tuple(spec.verdict() for spec in specs)
    left = dict.fromkeys(
        reason
        for spec, verdict in zip(specs, verdicts, strict=True)
        for diagnostic in verdict.diagnostics
        for edit in _edits(_applicable(diagnostic, unsafe))
        if (reason := spec.why_not(edit.span.source)) is not None
    )
    return Fixed(verdicts, files.changes(), tuple(files.applied), tuple(left))


def verdicts_with(
    changes: Iterable[Change], named: Sequence[tuple[str, Target]], judge: Judge
) -> tuple[Verdict, ...]:
    """The verdicts on the specs named, where of all changes only these are made."""
    files = _Files(named)
    files.changed.update((change.path, change.after) for change in changes)
    return tuple(_Spec(text, target, files, judge, unsafe=False).verdict() for text, target in named)


def save(change: Change) -> None:
    """Replace the file.

    Raises `CannotRun` where it is not what was checked any more, or must not be written.
    """
    if os.path.islink(change.path) or read_regular(change.path) != change.before:
        raise CannotRun(f"`{change.name}` was changed meanwhile, and is left as it is")
    if not os.access(change.path, os.W_OK):
        raise CannotRun(f"cannot write `{change.name}`: it is read-only", "E0008")
    write(Path(change.path), change.after, force=True)


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """A file after edits that do not overlap; what they insert gets the line ends that the file has."""
    text = data.decode("utf-8-sig")
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + _inserted(edit) + text[edit.span.end :]
    return (_BOM if data.startswith(_BOM) else b"") + text.encode()


def _inserted(edit: Edit) -> str:
    newline = "\r\n" if "\r\n" in edit.span.source.text else "\n"
    return edit.text.replace("\r\n", "\n").replace("\n", newline)


class _Files:
    """The files that may be changed, by their paths, as they are on the disk and as they will be."""

    def __init__(self, named: Iterable[tuple[str, Target]]) -> None:
        self.names: dict[str, str] = {}
        self.before: dict[str, bytes] = {}
        self.changed: dict[str, bytes] = {}
        self.applied: list[Applied] = []
        for text, target in named:
            path = _path_of(text, target)
            if path is not None and not os.path.islink(target.name):
                self.names.setdefault(path, target.name)
                self.before.setdefault(path, target.data)

    def content(self, path: str) -> bytes:
        return self.changed.get(path, self.before[path])

    def changes(self) -> tuple[Change, ...]:
        return tuple(
            Change(path, self.names[path], self.before[path], after)
            for path, after in self.changed.items()
            if after != self.before[path]
        )


def _path_of(text: str, target: Target) -> str | None:
    """Where what was named lies; None for a shipped network."""
    if target.folder is None:
        return STDIN
    if text in (target.name, f"{target.name}:{target.variant}"):
        return os.path.realpath(target.name)
    return None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A fix that may be applied, with its edits by the path of their file."""

    diagnostic: Diagnostic
    fix: Fix
    edits: Mapping[str, tuple[Edit, ...]]

    @property
    def rank(self) -> int:
        return _rank(self.diagnostic)


class _Spec:
    """One spec on its way to having no fix left."""

    def __init__(self, text: str, target: Target, files: _Files, judge: Judge, unsafe: bool) -> None:
        self.text = text
        self.unsafe = unsafe
        self.target = target
        self.path = _path_of(text, target)
        self.files = files
        self.judge = judge
        self.judged: tuple[dict[str, bytes], Verdict] | None = None

    def verdict(self) -> Verdict:
        """On the files as they are now."""
        if self.judged is None or self.judged[0] != self.files.changed:
            self.judged = (dict(self.files.changed), self._judge(self.files.changed))
        return self.judged[1]

    def settle(self) -> None:
        """Apply fixes until none is left that can be kept."""
        refused: set[Fix] = set()
        for _ in range(_MAX_TRIALS):
            candidates = [found for found in self._candidates() if found.fix not in refused]
            lowest = min((found.rank for found in candidates), default=0)
            chosen = _compatible(found for found in candidates if found.rank == lowest)
            while len(chosen) > 1 and not self._keep(chosen):
                chosen = chosen[: len(chosen) // 2]
            if not chosen:
                return
            if len(chosen) == 1 and not self._keep(chosen):
                refused.add(chosen[0].fix)

    def why_not(self, source: Source) -> str | None:
        """Why a file is not changed, in words; None where it may be."""
        path = self._path(source)
        if path in self.files.names:
            return None
        if source.name != self.target.name:
            return f"`{source.name}` is left as it is: only files that are named are fixed"
        if self.path is None:
            return f"`{self.text}` is left as it is: it ships with archspec"
        return f"`{source.name}` is left as it is: it is a symbolic link"

    def _judge(self, changed: Mapping[str, bytes]) -> Verdict:
        folder = self.target.folder
        target = replace(
            self.target,
            data=changed.get(self.path or "", self.target.data),
            folder=folder and replace(folder, changed=changed),
        )
        return self.judge(self.text, target)

    def _path(self, source: Source) -> str | None:
        """Where a file of the spec lies; None where the spec ships with archspec."""
        if source.name == self.target.name or self.path in (None, STDIN):
            return self.path
        return os.path.realpath(source.name)

    def _candidates(self) -> Iterator[_Candidate]:
        for diagnostic in self.verdict().diagnostics:
            for fix in _applicable(diagnostic, self.unsafe)[:1]:
                edits: dict[str, tuple[Edit, ...]] = {}
                for edit in fix.edits:
                    path = self._path(edit.span.source)
                    if path is None or not self._is_current(path, edit.span.source):
                        break
                    edits[path] = (*edits.get(path, ()), edit)
                else:
                    yield _Candidate(diagnostic, fix, edits)

    def _is_current(self, path: str, source: Source) -> bool:
        """Whether a file may be changed, and a finding in it speaks of its text as it is now."""
        if path not in self.files.names:
            return False
        try:
            return self.files.content(path).decode("utf-8-sig") == source.text
        except UnicodeDecodeError:
            return False

    def _keep(self, chosen: Sequence[_Candidate]) -> bool:
        """Apply fixes, and keep them if they are sound together."""
        edits: dict[str, list[Edit]] = {}
        for candidate in chosen:
            for path, of_file in candidate.edits.items():
                edits.setdefault(path, []).extend(of_file)
        changed = dict(self.files.changed)
        for path in edits:
            changed[path] = edited(self.files.content(path), edits[path])
        before, after = self.verdict(), self._judge(changed)
        if not self._are_gone(chosen, edits, after) or not _is_no_worse(chosen, before, after):
            return False
        self.files.applied += [self._applied(candidate) for candidate in chosen]
        self.files.changed.update(changed)
        self.judged = (changed, after)
        return True

    def _are_gone(
        self, chosen: Sequence[_Candidate], edits: Mapping[str, Sequence[Edit]], after: Verdict
    ) -> bool:
        """Whether no finding that was to be fixed is still there, at the place to which it moved."""
        left = {(d.code, d.message, self._path(d.span.source), d.span.start) for d in after.diagnostics}
        for candidate in chosen:
            found = candidate.diagnostic
            path = self._path(found.span.source)
            start = found.span.start
            moved = start + sum(
                len(_inserted(edit)) - (edit.span.end - edit.span.start)
                for edit in edits.get(path or "", ())
                if edit.span.end <= start
            )
            if (found.code, found.message, path, moved) in left:
                return False
        return True

    def _applied(self, candidate: _Candidate) -> Applied:
        path, edits = next(iter(candidate.edits.items()))
        first = edits[0].span
        return Applied(path, f"{first.line}:{first.column}", candidate.diagnostic.code, _described(candidate))


def _applicable(diagnostic: Diagnostic, unsafe: bool) -> list[Fix]:
    return [fix for fix in diagnostic.fixes if fix.is_safe or unsafe]


def _rank(diagnostic: Diagnostic) -> int:
    """What is mended first: what hinders reading, then other errors, then warnings."""
    if diagnostic.severity == "warning":
        return 2
    return 0 if _hinders_reading(diagnostic) else 1


def _hinders_reading(diagnostic: Diagnostic) -> bool:
    return diagnostic.code.startswith(("E00", "E01"))


def _is_no_worse(chosen: Sequence[_Candidate], before: Verdict, after: Verdict) -> bool:
    """Whether no error has appeared that the fixes are to blame for.

    What a single fix of an error lays bare was there before: the rest of the file, read for the first time; a size, now
    that the argument is known. Several at once may get in each other's way: one of them has to do then.
    """
    new = _errors(after) - _errors(before)
    if len(chosen) > 1 or chosen[0].rank == 2:
        return not new
    return chosen[0].rank == 0 or not any(code.startswith(("E00", "E01")) for code, _ in new)


def _errors(verdict: Verdict) -> Counter[tuple[str, str]]:
    return Counter((found.code, found.message) for found in verdict.diagnostics if found.severity == "error")


def _compatible(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """The candidates, without those that touch what an earlier one changes: their turn may come later."""
    taken: dict[str, list[Edit]] = {}
    chosen = []
    for candidate in candidates:
        if any(
            _overlap(edit, other)
            for path, edits in candidate.edits.items()
            for edit in edits
            for other in taken.get(path, ())
        ):
            continue
        for path, edits in candidate.edits.items():
            taken.setdefault(path, []).extend(edits)
        chosen.append(candidate)
    return chosen


def _overlap(first: Edit, second: Edit) -> bool:
    a, b = first.span, second.span
    if a.start == a.end or b.start == b.end:
        return a.start <= b.end and b.start <= a.end
    return a.start < b.end and b.start < a.end


def _described(candidate: _Candidate) -> str:
    """``kernal` → `kernel``; where the change is no such word, what was wrong and the fix's title."""
    edits = candidate.fix.edits
    if len(edits) == 1:
        old, new = edits[0].span.text, edits[0].text
        if all(0 < len(text) <= 40 and "\n" not in text for text in (old, new)):
            return f"`{old}` → `{new}`"
    return f"{candidate.diagnostic.message}: {candidate.fix.title}"


def _edits(fixes: Iterable[Fix]) -> Iterator[Edit]:
    return (edit for fix in fixes for edit in fix.edits)
