"""The judge of specs with one fault: one error, with the code and the place of the fault, whose fixes make it valid.

cd tests && python -m fuzz.one_fault --seed 1 --count 2000
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from itertools import count

from archspec.compiler import check
from archspec.diagnostics import Diagnostic
from archspec.report.text import render
from archspec.targets import Target
from fuzz.faults import FAULTS, Broken, broken


def errors(text: str) -> list[Diagnostic]:
    found = check(Target("net.yaml", text.encode())).diagnostics
    return [diagnostic for diagnostic in found if diagnostic.severity == "error"]


def complaint(made: Broken) -> str:
    """What is wrong about what is said of a broken spec; empty: nothing."""
    found = errors(made.text)
    if [error.code for error in found] != [made.code]:
        return f"expected {made.code} alone"
    (error,) = found
    if (error.span.start, error.span.end) != (made.start, made.end):
        return f"expected {made.text[made.start : made.end]!r} to be underlined"
    for fix in error.fixes:
        text = made.text
        for edit in sorted(fix.edits, key=lambda edit: edit.span.start, reverse=True):
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
        if left := errors(text):
            return f"the fix {fix.title!r} leaves {render(left)}"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    arguments = parser.parse_args()
    made: Counter[str] = Counter()
    complaints = 0
    for seed in count(arguments.seed):
        for fault in FAULTS:
            if (found := broken(fault, seed)) is None:
                continue
            made[fault.__name__] += 1
            if said := complaint(found[1]):
                complaints += 1
                print(f"seed {seed}, {fault.__name__}: {said}\n{render(errors(found[1].text))}", flush=True)
        if made.total() >= arguments.count:
            break
    print(f"{made.total()} specs with one fault each: {dict(made.most_common())}")
    print(f"{complaints} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
