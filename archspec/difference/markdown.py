"""A difference as Markdown, as for the description of a pull request.

In: a `Difference`. Out: text. Nothing of a spec's text is read as markup; where there are many keys, they are folded
away.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.difference.compare import Difference
from archspec.difference.lines import key_lists, keys_text, layer_lines, shown_facts, verdict_text

_FOLDED_FROM = 12
"""Lines of keys from which on they are folded away."""


def to_markdown(difference: Difference, *, everything: bool = False) -> str:
    """The verdict, and tables of numbers, layers and keys."""
    return "\n".join(_parts(difference, everything)) + "\n"


def _parts(difference: Difference, everything: bool) -> Iterator[str]:
    one, other = (_escaped(title) for title in difference.titles)
    yield f"### {one} → {other}"
    yield ""
    yield f"{verdict_text(difference).capitalize()}."
    if difference.verdict == "same":
        return
    yield from ("", f"| | {one} | {other} | change | |", "|---|--:|--:|--:|--:|")
    for fact in shown_facts(difference):
        label = f"{fact.label}, batch {difference.batch}" if fact.unit == "bytes" else fact.label
        yield _row(label, *fact.texts(), fact.change_text(), fact.percent_text)
    lines = layer_lines(difference, everything=everything)
    if lines:
        yield from ("", "| | layer | what | output | parameters | MACs |", "|---|---|---|---|--:|--:|")
    for line in lines:
        name = "&emsp;" * line.depth + _escaped(line.name)
        cells = (line.what, line.output, line.params, line.macs)
        yield f"| {_escaped(line.mark)} | {name} | {' | '.join(map(_escaped, cells))} |"
    yield from ("", f"`state_dict`: {keys_text(difference.keys)}.")
    yield from _keys(difference, everything)


def _keys(difference: Difference, everything: bool) -> Iterator[str]:
    lists = list(key_lists(difference.keys, everything=everything))
    folded = sum(len(listed.lines) for listed in lists) >= _FOLDED_FROM
    if folded:
        yield from ("", "<details><summary>keys</summary>")
    for listed in lists:
        yield from ("", f"{_escaped(listed.heading)}:", "")
        yield from (f"- {_escaped(line)}" for line in listed.lines)
        if listed.left_out:
            yield f"- … and {listed.left_out} more"
    if folded:
        yield from ("", "</details>")


def _row(*cells: str) -> str:
    return f"| {' | '.join(map(_escaped, cells))} |"


def _escaped(text: str) -> str:
    """The text with what Markdown or HTML would read as markup escaped."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#~&+=" else character for character in text)
