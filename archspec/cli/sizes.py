"""`validate --sizes`: which sizes work, for a person and for a machine.

In: `which_sizes.Sizes`. Out: lines below the verdict on a file; an object of its JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from archspec.report.as_json import SizesObject, span_object
from archspec.report.visible import visible
from archspec.sizes_in_words import in_words
from archspec.which_sizes import Fact, Kind, Sizes, Sweep

_FACTS: Final[dict[Kind, str]] = {
    "compiles": "compiles for",
    "runs": "runs on",
    "trains": "trains, with its auxiliary heads, on",
}


def lines(sizes: Sizes, variant: str) -> Iterator[str]:
    """What was found, a fact to a line, and why not at the nearest other sizes."""
    of = f"with variant {visible(variant)}, " if variant else ""
    if not sizes.facts:
        yield f"  {of}no size of the input can vary: it is a vector"
        return
    compiled = ", ".join(f"{axis} = {size}" for axis, size in sizes.compiled.items())
    yield f"  {of}sizes from {sizes.first} to {sizes.last}; compiled for {compiled}"
    for _, group in groupby(sizes.facts, key=_found):
        facts = list(group)
        label = " and ".join(_FACTS[fact.kind] for fact in facts)
        yield from _of_fact(label, facts[-1])


def _found(fact: Fact) -> object:
    return fact.free, [(sweep.axes, sweep.valid) for sweep in fact.sweeps]


def _of_fact(label: str, fact: Fact) -> Iterator[str]:
    first, *others = fact.sweeps
    if fact.free and all(other.valid == first.valid for other in others):
        axes = " and ".join(axis for sweep in fact.sweeps for axis in sweep.axes)
        yield f"  {label} {axes}, in any combination: {in_words(first.valid)}"
        yield from _failures(first)
        return
    for sweep in fact.sweeps:
        how = ""
        if others:
            how = ", in any combination" if fact.free else ", the rest as compiled"
        yield f"  {label} {' = '.join(sweep.axes)}{how}: {in_words(sweep.valid)}"
        yield from _failures(sweep)


def _failures(sweep: Sweep) -> Iterator[str]:
    for failure in sweep.failures:
        yield f"    not {failure.size}: {visible(failure.message)} ({visible(str(failure.span))})"
        for note in failure.notes:
            yield f"      {visible(note)}"


def as_object(sizes: Sizes, variant: str) -> SizesObject:
    """The same as JSON has it."""
    return {
        "variant": variant,
        "first": sizes.first,
        "last": sizes.last,
        "compiled": dict(sizes.compiled),
        "facts": [
            {
                "kind": fact.kind,
                "any_combination": fact.free,
                "sweeps": [
                    {
                        "axes": list(sweep.axes),
                        "in_words": in_words(sweep.valid),
                        "valid": list(sweep.valid),
                        "failures": [
                            {
                                "size": failure.size,
                                "message": failure.message,
                                "span": span_object(failure.span),
                                "notes": list(failure.notes),
                            }
                            for failure in sweep.failures
                        ],
                    }
                    for sweep in fact.sweeps
                ],
            }
            for fact in sizes.facts
        ],
    }
