"""Options of the test run."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Cli, Result

sys.path.append(
    str(Path(__file__).parent.parent)
)  # for `benchmarks`; archspec stays the one that is installed

# In a shell's background a process starts with interrupts ignored, and what it starts inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in an empty folder."""
    from archspec.cli import app  # not for the tests that do without
    from archspec.console import run

    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Result:
        code = run(app, arguments)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Result(code, captured.out, captured.err)

    return command


@pytest.fixture
def one_thread() -> Iterator[None]:
    """PyTorch on one core: its threads cost small tensors more than they gain."""
    import torch  # not for the tests that do without

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="write the expected files of tests/cases and the expectations in tests/invalid anew",
    )
