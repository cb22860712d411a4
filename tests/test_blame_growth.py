"""What looks for the cause of a mistake does little where a stranger has made it hard: counted, not timed."""

from __future__ import annotations

from typing import Any

import pytest
from work_done import counted

import archspec
from archspec.expand import renames
from archspec.expand.context import Context

HEAD = "archspec: 1\nname: Net\ninput: [3, 8, 8]\n"


def _sums(layers: int, width: int) -> str:
    """Parameters in layers, each the sum of those of the layer before; zero at the bottom."""
    params = ["z: 0", *(f"p0_{at}: $(z)" for at in range(width))]
    for layer in range(1, layers):
        before = " + ".join(f"p{layer - 1}_{at}" for at in range(width))
        params += [f"p{layer}_{at}: $({before})" for at in range(width)]
    nodes = [f"{{conv: $p{layers - 1}_{at}, kernel: 1}}" for at in range(width)]
    return HEAD + f"params: {{{', '.join(params)}}}\nbody: [{', '.join(nodes)}]\n"


def test_the_number_behind_a_value_is_found_by_reading_each_value_once() -> None:
    found, calls = counted(lambda: archspec.validate(_sums(6, 5)))
    assert [each.code for each in found] == ["E0207"]
    assert found[0].span.text == "0"
    assert calls < 60_000


def test_the_file_is_searched_once_for_a_name_however_often_it_is_met(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched = []
    renamed = renames.renamed

    def counting(*arguments: Any) -> Any:
        searched.append(arguments)
        return renamed(*arguments)

    monkeypatch.setattr(renames, "renamed", counting)
    calls = ", ".join(f"{{b: {width}}}" for width in range(1, 21))
    found = archspec.validate(
        HEAD
        + f"blocks: {{b: {{params: {{c: int}}, seq: {{class: {{conv: $c, kernel: 1}}}}}}}}\nbody: [{calls}]\n"
    )
    assert [each.code for each in found] == ["E0209"]
    assert [fix.title for fix in found[0].fixes] == ["write `class_`"]
    assert len(searched) == 1


def test_a_call_of_a_block_meets_each_error_of_its_body_once(monkeypatch: pytest.MonkeyPatch) -> None:
    met = 0
    since = Context.met_since

    def counting(context: Context, first: int) -> Any:
        nonlocal met
        met += len(context.sink.met) - first
        return since(context, first)

    monkeypatch.setattr(Context, "met_since", counting)
    rows = calls = 40
    loop = f"{{for: k, in: {[*range(rows)]}, do: [{{conv: 3, kernel: 1, from: nowhere}}]}}"
    text = HEAD + f"blocks: {{b: {{seq: [{loop}, {{conv: 3, kernel: 1, from: input}}]}}}}\n"
    found = archspec.validate(text + f"body: [{', '.join(['b'] * calls)}]\n")
    assert [each.code for each in found] == ["E0405"]
    assert 0 < met < 10 * (rows + calls)
