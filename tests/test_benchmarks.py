"""The benchmarks compare what is equal, and count right. Nothing here looks at a clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import archspec
from archspec.compiler import check
from archspec.diagnostics import Sink
from archspec.ir import Module
from archspec.source import Source
from archspec.syntax import read_text
from archspec.targets import Target
from benchmarks import flat, peers, plots, processes, synthetic, table
from benchmarks.__main__ import main
from benchmarks.findings import BESIDE_PEERS, Absent, Finding, Point, Run
from benchmarks.measure import Effort, Subject, cpu, elapsed, interleaved
from benchmarks.networks import TWINS
from benchmarks.rows import ROWS
from benchmarks.rows.checking import passes

README = Path(__file__).parent.parent / "benchmarks" / "README.md"
RESULTS = README.with_name("results.json")

HEAVY = ("resnet50", "resnet152", "googlenet")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in HEAVY else n for n in TWINS]
)
def test_a_network_by_hand_is_the_compiled_one(name: str) -> None:
    """The same names in the same order, the same random numbers, the same outputs."""
    twin = TWINS[name]
    torch.manual_seed(0)
    by_hand = twin.make()
    torch.manual_seed(0)
    model = archspec.build(name)
    assert archspec.compile(name).input == twin.input
    state = model.state_dict()
    assert list(state) == list(by_hand.state_dict())
    for key, entry in by_hand.state_dict().items():
        assert torch.equal(entry, state[key]), key
    example = torch.randn(2, twin.input[0], *(min(32, size) for size in twin.input[1:]))
    for training in (True, False):
        torch.manual_seed(1)
        found = by_hand.train(training)(example)
        torch.manual_seed(1)
        wanted = model.train(training)(example)
        pairs = zip(found, wanted, strict=True) if isinstance(found, tuple) else [(found, wanted)]
        assert all(torch.equal(one, other) for one, other in pairs)


def ops_of(module: Module) -> int:
    return sum(ops_of(step.target) if isinstance(step.target, Module) else 1 for step in module.steps)


@pytest.mark.parametrize("ops", [1000, 1013, 1999])
@pytest.mark.parametrize("family", synthetic.FAMILIES)
def test_a_synthetic_network_has_as_many_ops_as_asked_for(family: str, ops: int) -> None:
    checked = check(Target(f"{family}.yaml", synthetic.spec(family, ops).encode()))
    assert checked.graph is not None, checked.diagnostics
    assert not checked.diagnostics
    assert ops_of(checked.graph.root) == ops


@pytest.mark.slow
@pytest.mark.parametrize("family", synthetic.FAMILIES)
def test_a_synthetic_network_goes_to_the_limit(family: str) -> None:
    checked = check(Target(f"{family}.yaml", synthetic.spec(family, 20_000).encode()))
    assert checked.graph is not None, checked.diagnostics
    assert ops_of(checked.graph.root) == 20_000


def test_the_long_spec_is_as_long_as_it_says_and_is_read() -> None:
    text = synthetic.long_spec(5000)
    assert text.count("\n") == 5000
    sink = Sink()
    assert read_text(Source("long.yaml", text), sink) is not None
    assert not sink.diagnostics


def test_the_bare_loop_finds_what_the_passes_find() -> None:
    network = archspec.compile("resnet152")
    counted = flat.infer(flat.resnet152(), peers.EXAMPLE)
    total = network.costs.total
    assert counted.total == (total.params, total.buffers, total.macs)
    assert counted.shapes[-1] == network.output
    assert len(counted.costs) == ops_of(network.graph.root)
    passes(network.graph)()


def test_nnef_finds_the_same_shapes() -> None:
    nnef = pytest.importorskip("nnef")
    calls = flat.resnet152()
    graph = nnef.parse_string(flat.as_nnef(calls, peers.EXAMPLE))
    nnef.infer_shapes(graph)
    for index, shape in enumerate(flat.infer(calls, peers.EXAMPLE).shapes[1:], 1):
        assert tuple(graph.tensors[f"v{index}"].shape) == (1, *shape)


def test_an_absent_peer_is_named() -> None:
    assert peers.missing("torch", "json") == ""
    assert peers.missing("torch", "no_such_module") == "no_such_module not installed"


def test_rounds_are_interleaved_and_the_first_is_not_counted() -> None:
    calls: list[str] = []

    def subject(name: str) -> float:
        calls.append(name)
        return float(calls.count(name))

    samples = interleaved(
        {name: lambda name=name: subject(name) for name in "abc"}, Effort(seconds=60, least=4, most=4)
    )
    assert samples == dict.fromkeys("abc", (2, 3, 4, 5))
    rounds = ["".join(calls[at : at + 3]) for at in range(0, len(calls), 3)]
    assert rounds == ["abc", "abc", "bca", "cab", "abc"]


def test_what_a_process_used_is_its_own() -> None:
    """A process that allocates 50 MB is seen to, whatever this one holds."""
    small = processes.used_by(processes.python("pass"))
    large = processes.used_by(processes.python("x = bytearray(b'1') * 50_000_000"))
    assert small.memory < 40 * 2**20
    assert 45e6 < large.memory - small.memory < 70e6
    with pytest.raises(RuntimeError, match="ended with 3"):
        processes.used_by(processes.python("raise SystemExit(3)"))


FINDING = Finding("help", "ours", "theirs", (2.0, 4.0, 3.0), (2.0, 2.0, 2.0), limit=1.5)


def test_the_ratio_is_that_of_the_medians_and_lies_in_its_interval() -> None:
    assert FINDING.ratio == 1.5
    assert FINDING.interval == (1.0, 2.0)
    assert FINDING.verdict == "met"
    assert replace(FINDING, limit=1.49).verdict == "missed"
    assert replace(FINDING, limit=None).verdict == "–"


def test_a_limit_gives_way_by_the_noise_of_the_control() -> None:
    noisy = replace(FINDING, limit=1.47, control=(2.08, 2.08, 2.08))
    assert noisy.noise == pytest.approx(0.04)
    assert noisy.verdict == "met"
    assert replace(noisy, control=(2.0, 2.0, 2.0)).verdict == "missed"


def test_more_noise_than_a_limit_gives_way_to_decides_nothing() -> None:
    noisy = replace(FINDING, limit=1.4, control=(2.2, 2.2, 2.2))
    assert noisy.verdict == "not decided"
    assert replace(noisy, limit=1.3).verdict == "missed"
    clear = replace(noisy, samples=(2.0, 2.0, 2.0))
    assert clear.verdict == "met"
    run = Run({}, (noisy, clear))
    assert "1 of 2 limits met, 1 not decided" in table.as_text(run)


def test_a_finding_without_another_is_judged_as_it_is() -> None:
    memory = Finding("memory", "ours", "peak", (110.0, 130.0, 118.0), limit=120, unit="MB")
    assert memory.verdict == "met"
    assert replace(memory, limit=117).verdict == "missed"
    assert table.cells(memory)[3:] == ("118.0 MB", "", "(110.0–130.0)", "120 MB", "met")


RUN = Run(
    {"processor": "abacus"},
    (
        FINDING,
        Absent("dot", "a picture", "torchview not installed"),
        Point("deep", "source", 1000, (0.5, 0.25, 1.0)),
    ),
)


@pytest.mark.parametrize("quick", [False, True])
def test_a_run_survives_its_file(quick: bool) -> None:
    run = replace(RUN, quick=quick)
    assert table.from_json(table.to_json(run)) == run


def test_a_run_says_how_hard_it_measured() -> None:
    longer = replace(FINDING, samples=(1.0,) * 5, others=(1.0,) * 5)
    run = Run({}, (FINDING, longer))
    assert "a full run: 3 to 5 samples a line" in table.as_text(run)
    assert "a quick run, of fewer samples and smaller networks: 3 to 5" in table.as_markdown(
        replace(run, quick=True)
    )


def test_the_table_shows_every_line() -> None:
    text = table.as_text(RUN)
    assert "help  ours       theirs   3 s     2 s    1.5 (1–2)" in text
    assert "torchview not installed" in text
    assert "1 of 1 limits met" in text
    assert "| source | deep | 500 ms |" in table.as_markdown(RUN)


def test_growth_is_told_per_op() -> None:
    points = (Point("deep", "source", 1000, (0.1,)), Point("deep", "source", 20_000, (3.0, 5.0)))
    text = table.as_markdown(Run({}, points))
    assert "| stage | family | 1,000 ops | 20,000 ops | per op, last against first |" in text
    assert "| source | deep | 100 ms | 4 s | 2 |" in text


def test_peers_are_drawn_by_size_too(tmp_path: Path) -> None:
    """A bar for each tool, and a line in the panel below."""
    points = tuple(Point("torchinfo", BESIDE_PEERS, ops, (ops * 1e-4,)) for ops in (1000, 2000))
    bars = replace(FINDING, row="peers", against="torchinfo")
    (drawn,) = plots.draw(Run({}, (replace(bars, limit=None), *points)), tmp_path)
    text = drawn.read_text("utf-8")
    assert drawn.name == "peers.svg"
    assert text.count("torchinfo") == 2
    assert "thousand ops" in text


@pytest.mark.parametrize(("clock", "subject"), [("process_time", cpu), ("perf_counter", elapsed)])
def test_a_sample_is_what_one_run_takes(
    clock: str, subject: Callable[[Callable[[], None]], Subject], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the clock that belongs to it; short work is run often."""
    runs = 0

    def work() -> None:
        nonlocal runs
        runs += 1

    monkeypatch.setattr(f"time.{clock}", lambda: runs * 0.004)
    sample = subject(work)
    assert sample() == pytest.approx(0.004)
    runs = 0
    assert sample() == pytest.approx(0.004)
    assert runs == 8


@pytest.mark.parametrize(
    ("value", "text"), [(0.0216, "0.0216"), (1.0, "1"), (1234.5, "1230"), (0.000123, "0.000123"), (0, "0")]
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert table.number(value) == text


def test_amounts_have_the_unit_that_suits() -> None:
    assert [table.amount(each) for each in (2.5, 0.0125, 3.2e-5, 4e-8)] == [
        "2.5 s",
        "12.5 ms",
        "32 µs",
        "40 ns",
    ]


def test_the_command_reads_a_run_and_writes_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "run.json"
    given.write_text(table.to_json(RUN), "utf-8")
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- numbers -->\nof yesterday\n<!-- end of numbers -->\nafter\n", "utf-8")
    drawn = tmp_path / "plots"
    assert main(["--from", str(given), "--readme", str(readme), "--plots", str(drawn)]) == 0
    assert capsys.readouterr().out == table.as_text(RUN)
    text = readme.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "yesterday" not in text
    assert table.as_markdown(RUN) in text
    assert sorted(file.name for file in drawn.iterdir()) == ["growth.svg", "limits.svg"]
    assert set(plots.FILES) >= {file.name for file in drawn.iterdir()}
    with pytest.raises(SystemExit):
        main(["no-such-row"])


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--json", "{}/no/such/run.json"], "cannot write"),
        (["--json", "{}"], "cannot write"),
        (["--from", "{}/none.json"], "cannot read"),
        (["--readme", "{}/none.md"], "cannot read"),
        (["--readme", "{}/plain.md"], "no marks"),
        (["--plots", "{}/plain.md"], "cannot write to"),
        (["--from", "{}/plain.md"], "no run that --json wrote"),
        (["help", "--from", "{}/plain.md"], "no ROW"),
    ],
)
def test_what_cannot_be_done_is_told_before_measuring(
    arguments: list[str],
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def measured(*_: object, **__: object) -> Run:
        raise AssertionError("it measures")

    monkeypatch.setattr("benchmarks.__main__._measured", measured)
    (tmp_path / "plain.md").write_text("nothing", "utf-8")
    with pytest.raises(SystemExit) as ended:
        main([argument.format(tmp_path) for argument in arguments])
    assert ended.value.code == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize("ops", [1, 30, 301])
def test_every_convolution_of_the_normed_family_is_warned_of(ops: int) -> None:
    checked = check(Target("normed.yaml", synthetic.spec(synthetic.NORMED, ops).encode()))
    assert checked.graph is not None
    assert ops_of(checked.graph.root) == ops
    assert len(checked.diagnostics) == (ops + 1) // 3
    assert not any(digit in step.name for step in checked.graph.root.steps for digit in "0123456789")


def test_the_readme_shows_the_kept_run() -> None:
    """The numbers are those of `results.json`, and every row has its line."""
    run = table.from_json(RESULTS.read_text("utf-8"))
    text = README.read_text("utf-8")
    assert table.renewed(text, run) == text
    assert {line.row for line in run.lines} | {"growth", "growth-models", "growth-peers"} == set(ROWS)
