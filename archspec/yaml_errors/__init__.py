"""libyaml's complaints → diagnostics that say what a person did.

libyaml reports where it got stuck, which is often a line or more after the mistake. Here its message and
the text around the two marks it gives are read for the usual causes: tabs, a missing space after a colon,
wrong indentation, brackets and quotes that stay open, characters that need quotes. A remedy is offered as an edit
only where libyaml reads the whole text with it, or gets further.
"""

from __future__ import annotations

from typing import Final

import yaml

from archspec.diagnostics import Edit, Fix, Sink
from archspec.source import Source, Span
from archspec.yaml_errors.brackets import bracket
from archspec.yaml_errors.colons import colon, long_key
from archspec.yaml_errors.indentation import indentation
from archspec.yaml_errors.look_alikes import conflict, look_alikes
from archspec.yaml_errors.prose import prose
from archspec.yaml_errors.stop import Cause, Stop, after, reads_past, stops_at
from archspec.yaml_errors.tokens import half_property, quote, swallowing, tab, token

_PUNCTUATION: Final = ("E0101", "E0117", "E0119")


def report_yaml_error(error: yaml.YAMLError, source: Source, sink: Sink) -> tuple[Edit, ...]:
    """Put into the sink what is wrong with `source`, which libyaml gave up on with `error`.

    Returns the edits that mend it; none where the remedy is not certain.
    """
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        at = min(error.problem_mark.index, len(source.text))
        context = error.context_mark.index if error.context_mark is not None else at
        stop = Stop(source, at, context, error.context or "", error.problem or "")
        swallowed = swallowing(stop)
        cause = swallowed if swallowed and _helps(source.text, swallowed) else _cause(stop)
    else:
        cause = Cause(
            "E0101", 0, 0, "the text cannot be read as YAML", "check it in an editor that knows YAML"
        )
    fixes: tuple[Fix, ...] = ()
    if _helps(source.text, cause):
        edits = tuple(Edit(Span(source, start, end), text) for start, end, text in cause.edits)
        fixes = (Fix(cause.help, edits, cause.is_sure),)
    sink.error(
        cause.code,
        Span(source, cause.start, cause.end),
        cause.message,
        labels=cause.labels,
        help=cause.help,
        fixes=fixes,
    )
    return fixes[0].edits if fixes else ()


def _helps(text: str, cause: Cause) -> bool:
    """Whether there are edits with which libyaml reads the text to its end, or far enough: past their own lines where
    it is the punctuation that is wrong there, past the next one where it is how far lines are indented.
    """
    if not cause.edits:
        return False
    if cause.code in _PUNCTUATION:
        return reads_past(text, cause.edits)
    at = stops_at(text, cause.edits)
    last = after(text, cause.edits).find("\n", max(end for _, end, _ in cause.edits) + 1)
    return at is None or (last != -1 and at > last + 1)


def _cause(stop: Stop) -> Cause:
    alike = look_alikes(stop.source, (min(stop.begin, stop.at), stop.at))
    if alike and _helps(stop.text, alike):
        return alike
    return (
        conflict(stop)
        or tab(stop)
        or half_property(stop)
        or quote(stop)
        or prose(stop)
        or long_key(stop)
        or colon(stop)
        or bracket(stop)
        or token(stop)
        or indentation(stop)
        or stop.here("E0101", f"this is not YAML: {stop.problem}", "check this line, and the one before")
    )
