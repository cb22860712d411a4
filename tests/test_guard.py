"""No change makes archspec slower unseen: the work of a start and of a check is counted, and compared with what it was.

Nothing here reads a clock. The figures are in `guard.json`; where a change is meant to cost more, or saves work, renew
them with `pytest tests/test_guard.py --update-cases`, and say why in the commit. Work within a call of C, such as a
list copied, is not counted: the row `linear` of the benchmarks sees that.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest
from work_done import counted

from archspec.backends.dot import render
from archspec.backends.summary import summarise
from archspec.backends.torch.source import emit
from archspec.compiler import check
from archspec.targets import Target, locate

KEPT: Final = Path(__file__).with_name("guard.json")
MARGIN: Final = 0.1
SPECS: Final = ("resnet152", "googlenet", "densenet121")
RENEW: Final = "; if that is meant: pytest tests/test_guard.py --update-cases"


def work(what: str, name: str) -> Any:
    script = Path(__file__).with_name("work_done.py")
    done = subprocess.run([sys.executable, script, what, name], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def kept(key: str, found: Any, config: pytest.Config) -> Any:
    """The kept figures of `key`; those found, where they are to be renewed."""
    figures = json.loads(KEPT.read_text("utf-8"))
    if config.getoption("--update-cases"):
        figures[key] = found
        KEPT.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return figures[key]


def test_what_a_start_imports_and_builds(pytestconfig: pytest.Config) -> None:
    found = work("start", "resnet152")
    wanted = kept("start", found, pytestconfig)
    more = sorted({*found["modules"]} - {*wanted["modules"]})
    assert not more, f"`validate` imports more: {', '.join(more)}{RENEW}"
    fewer = sorted({*wanted["modules"]} - {*found["modules"]})
    assert not fewer, f"`validate` imports less, keep it so: {', '.join(fewer)}{RENEW}"
    others = sorted({*found["others"]} - {*wanted["others"]})
    assert not others, f"`validate` imports more of others: {', '.join(others)}{RENEW}"
    built = {key: found[key] for key in ("models", "validators")}
    assert built == {key: wanted[key] for key in built}, f"`validate` builds other validators{RENEW}"


def test_a_list_of_nodes_loads_the_ops_in_it_alone(tmp_path: Path) -> None:
    """Items that begin with `use` or `repeat` are no arguments with a dash too many: nobody asks what ops take."""
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "archspec: 1\ninput: [8]\nbody:\n- {use: fc, features: 4}\n- {repeat: 2, fc: 4}\n", encoding="utf-8"
    )
    found = work("start", str(spec))["modules"]
    assert "archspec.ops.linear" in found
    assert not {f"archspec.ops.{name}" for name in ("softmax", "resample", "cut", "dropout")} & {*found}


@pytest.mark.parametrize("name", SPECS)
def test_a_valid_spec_does_not_ask_which_ops_are_installed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would read a file of every installed package, which is a twentieth of a start."""

    def installed() -> NoReturn:
        raise AssertionError("asked for the ops of installed packages")

    monkeypatch.setattr("archspec.ops._installed", installed)
    assert not check(locate(name)).diagnostics


@pytest.mark.parametrize("name", SPECS)
def test_the_calls_of_each_stage(name: str, pytestconfig: pytest.Config) -> None:
    found = work("stages", name)
    for stage, calls in kept(name, found, pytestconfig).items():
        change = found[stage] / calls - 1
        assert abs(change) <= MARGIN, f"{stage} of {name}: {found[stage]} calls, kept are {calls}{RENEW}"


CHAIN: Final = "".join(f"  c{i}: {{conv: {4 + i % 13}}}\n  r{i}: relu\n" for i in range(500))
SKIPS: Final = "".join(
    "  c{0}: {{conv: 8}}\n  a{0}: {{add: [c{0}, {1}]}}\n".format(i, f"a{max(0, i - 16)}" if i else "input")
    for i in range(500)
)
BRANCHES: Final = "  all:\n    add:\n" + "".join(
    f"      b{i}: [{{conv: 8, groups: {2 ** (i % 4)}}}, relu]\n" for i in range(500)
)
HEAD: Final = (
    "archspec: 1\nname: Long\ninput: [8, 16, 16]\ndefaults: {conv: {kernel: 3, padding: 1}}\nbody:\n"
)


@pytest.mark.parametrize("body", [CHAIN, SKIPS, BRANCHES], ids=["chain", "skips", "branches"])
@pytest.mark.parametrize("stage", ["check", "source", "summary", "DOT"])
def test_calls_grow_no_faster_than_the_network(body: str, stage: str) -> None:
    lines = body.splitlines(keepends=True)

    def calls(size: int) -> int:
        head = lines[:2] if lines[0].startswith("  all") else []
        target = Target("net.yaml", (HEAD + "".join([*head, *lines[len(head) : size]])).encode())
        checked, checking = counted(lambda: check(target))
        graph = checked.graph
        assert graph is not None, checked.diagnostics
        doing = {
            "check": lambda: None,
            "source": lambda: emit(graph),
            "summary": lambda: summarise(graph),
            "DOT": lambda: render(graph, "dot", "full"),
        }
        return checking if stage == "check" else counted(doing[stage])[1]

    calls(100)  # what is cached for good
    small, large = calls(100), calls(500)
    assert large <= small * 5 * (1 + MARGIN), f"{small} calls for 100 lines, {large} for 500"
