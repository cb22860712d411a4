"""Options of the test run."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

sys.path.append(
    str(Path(__file__).parent.parent)
)  # for `benchmarks`; archspec stays the one that is installed

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background: processes started here inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="write the expected files of tests/cases and the expectations in tests/invalid anew",
    )
