"""The corpus of broken specs, `invalid/*.yaml`, and how to read what each of them says of itself.

An expectation is a comment at the end of the line at fault, or on a line of its own beneath it:

    - {conv: 8, kernal: 3}  # E0202 at "kernal": unknown argument … did you mean `kernel`?

the code, the text that is underlined (as a JSON string), and parts of the message, labels, notes and help, in order.
Where no comment can stand near the line (inside an open quote), it names it: `# E0117 on line 3 at "\\"": …`.

`# mended:` beneath a line is what the line becomes once the mistake is mended; empty: nothing. Several of them are
several lines. `# compiled as:` names the variant, `# set:` the parameters set from outside.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from archspec.compiler import check
from archspec.diagnostics import Diagnostic
from archspec.targets import Target

FOLDER = Path(__file__).parent / "invalid"

_EXPECTATION = re.compile(
    r'# (?P<code>[EW]0\d{3})(?: on line (?P<line>\d+))? at (?P<text>"(?:[^"\\]|\\.)*")(?:: (?P<parts>.*))?$'
)
_MENDED = re.compile(r"# mended:(?: (?P<text>.*))?$")


@dataclass(frozen=True)
class Expectation:
    """A finding that a case promises. `parts` occur in what the report says, in this order."""

    code: str
    line: int
    text: str
    parts: tuple[str, ...]

    def is_met_by(self, diagnostic: Diagnostic) -> bool:
        span = diagnostic.span
        if (diagnostic.code, span.line, shown(span.text)) != (self.code, self.line, self.text):
            return False
        said, at = everything_said(diagnostic), 0
        for part in self.parts:
            at = said.find(part, at)
            if at == -1:
                return False
            at += len(part)
        return True


@dataclass(frozen=True)
class Case:
    path: Path
    data: bytes
    expectations: tuple[Expectation, ...]
    mended: str | None
    """The file with every mistake mended, where it says how."""
    variant: str
    settings: dict[str, object]

    @property
    def name(self) -> str:
        return self.path.stem


def shown(text: str) -> str:
    """What is underlined, as expectations write it: long texts by their beginning."""
    return text if len(text) <= 60 else text[:60] + "…"


def everything_said(diagnostic: Diagnostic) -> str:
    labels = (label.message for label in diagnostic.labels)
    return " | ".join((diagnostic.message, *labels, *diagnostic.notes, diagnostic.help))


def read_case(path: Path) -> Case:
    data = path.read_bytes()
    expectations, mended, replaced = [], [], False
    at = 0
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
        is_comment = line.startswith("#")
        if not is_comment:
            at = number
        if found := _EXPECTATION.search(line):
            parts = tuple((found["parts"] or "").split(" … ")) if found["parts"] else ()
            where = int(found["line"]) if found["line"] else at
            expectations.append(Expectation(found["code"], where, json.loads(found["text"]), parts))
        if replacement := _MENDED.match(line):
            if not replaced or not line_before_is_mended:
                mended.pop()
            mended.append(replacement["text"] or "")
            replaced = True
            line_before_is_mended = True
            continue
        if not is_comment:
            mended.append(line)
            line_before_is_mended = False
    header = data.decode("utf-8", "replace")
    variant = re.search(r"^# compiled as: (\w+)$", header, re.M)
    settings = re.search(r"^# set: (.*)$", header, re.M)
    return Case(
        path,
        data,
        tuple(expectations),
        "\n".join(mended) + "\n" if replaced else None,
        variant[1] if variant else "",
        yaml.safe_load(settings[1]) if settings else {},
    )


def read_cases() -> list[Case]:
    return [read_case(path) for path in sorted(FOLDER.glob("*.yaml"))]


def diagnose(case: Case) -> tuple[Diagnostic, ...]:
    return check(Target(case.path.name, case.data, case.variant), settings=case.settings).diagnostics


def diagnose_text(text: str) -> tuple[Diagnostic, ...]:
    return check(Target("net.yaml", text.encode())).diagnostics
