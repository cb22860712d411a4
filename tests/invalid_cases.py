"""The corpus of broken specs, `invalid/*.yaml`, and how to read what each of them says of itself.

Beneath a line at fault stand comments:

    - {conv: 8, kernal: 3}
    # E0202 at "kernal": unknown argument `kernal` of `conv` … did you mean `kernel`?
    # mended: - {conv: 8, kernel: 3}

The first is an expectation: the code, the text that is underlined (as a JSON string), and parts of what is said, in
their order (message, labels, notes, help). Where no comment can stand near the line, it names it: `# E0117 on line 3
at …`. The second is what the line becomes once the mistake is mended; empty: nothing; several: several lines.

`# compiled as: NAME` chooses a variant, `# set: {NAME: VALUE}` sets parameters from outside.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from archspec.compiler import check
from archspec.diagnostics import Diagnostic
from archspec.files import Folder
from archspec.ir import Constant
from archspec.targets import Target

FOLDER = Path(__file__).parent / "invalid"

_EXPECTATION = re.compile(
    r'# (?P<code>[EW]0\d{3})(?: on line (?P<line>\d+))? at (?P<text>"(?:[^"\\]|\\.)*"): (?P<parts>.*)$'
)
_MENDED = re.compile(r"# mended:(?: (?P<text>.*))?$")
_SHOWN = 60


@dataclass(frozen=True)
class Expectation:
    """A finding that a case promises. `parts` occur in what the report says, in this order."""

    code: str
    line: int
    text: str
    parts: tuple[str, ...]

    def is_met_by(self, diagnostic: Diagnostic) -> bool:
        span = diagnostic.span
        if (diagnostic.code, span.line, _shortened(span.text)) != (self.code, self.line, self.text):
            return False
        said, at = _everything_said(diagnostic), 0
        for part in self.parts:
            at = said.find(part, at)
            if at == -1:
                return False
            at += len(part)
        return True


@dataclass(frozen=True)
class Case:
    path: Path
    text: str
    expectations: tuple[Expectation, ...]
    mended: str | None
    """The file with every mistake mended, where it says how."""
    variant: str
    settings: Mapping[str, Constant]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def is_utf8(self) -> bool:
        return "\N{REPLACEMENT CHARACTER}" not in self.text


def read_cases() -> list[Case]:
    return [_read_case(path) for path in sorted(FOLDER.glob("*.yaml"))]


def diagnose(case: Case) -> tuple[Diagnostic, ...]:
    target = Target(case.path.name, case.path.read_bytes(), case.variant, Folder.of(str(case.path)))
    return check(target, settings=case.settings).diagnostics


def diagnose_text(text: str, variant: str = "") -> tuple[Diagnostic, ...]:
    """The findings in `text`, which stands where the corpus does, so that its imports are found."""
    return check(Target("net.yaml", text.encode(), variant, Folder.of(str(FOLDER / "net.yaml")))).diagnostics


def annotated(case: Case) -> str:
    """The case with its expectations written anew from what is found today, for a person to read through."""
    lines = [line for line in case.text.split("\n") if not _EXPECTATION.match(line)]
    removed = [number for number, line in enumerate(case.text.split("\n"), 1) if _EXPECTATION.match(line)]
    detached = any(" on line " in line for line in case.text.split("\n") if _EXPECTATION.match(line))
    comments: dict[int, list[str]] = defaultdict(list)
    for diagnostic in diagnose(case):
        number = diagnostic.span.line
        place = f" on line {number}" if detached else ""
        text = json.dumps(_shortened(diagnostic.span.text), ensure_ascii=False)
        said = " … ".join(filter(None, (_opening(diagnostic.message), _opening(diagnostic.help))))
        comments[number].append(f"# {diagnostic.code}{place} at {text}: {said}")
    if detached:
        return "\n".join([*(line for found in comments.values() for line in found), *lines])
    written: list[str] = []
    number = 0
    for line in lines:
        number += 1
        while number in removed:
            number += 1
        written += [line, *comments[number]]
    return "\n".join(written)


def _opening(text: str) -> str:
    """The beginning of a sentence, up to a word's end."""
    return text if len(text) <= _SHOWN else text[: text.rfind(" ", 0, _SHOWN)]


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _everything_said(diagnostic: Diagnostic) -> str:
    labels = (label.message for label in diagnostic.labels)
    return " | ".join((diagnostic.message, *labels, *diagnostic.notes, diagnostic.help))


def _read_case(path: Path) -> Case:
    text = path.read_bytes().decode("utf-8", "replace")
    expectations: list[Expectation] = []
    mended: list[str] = []
    fault = 0
    replaced = replacing = False
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _EXPECTATION.match(line):
            where = int(found["line"]) if found["line"] else fault
            parts = tuple(found["parts"].split(" … "))
            expectations.append(Expectation(found["code"], where, json.loads(found["text"]), parts))
        elif replacement := _MENDED.match(line):
            if not replacing:
                mended.pop()
            replaced = replacing = True
            if replacement["text"] is not None:
                mended.append(replacement["text"])
        elif not line.startswith("#"):
            fault, replacing = number, False
            mended.append(line)
    variant = re.search(r"^# compiled as: (\w+)$", text, re.MULTILINE)
    settings = re.search(r"^# set: (.*)$", text, re.MULTILINE)
    return Case(
        path,
        text,
        tuple(expectations),
        "\n".join(mended) if replaced else None,
        variant[1] if variant else "",
        yaml.safe_load(settings[1]) if settings else {},
    )
