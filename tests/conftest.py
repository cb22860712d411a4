"""Options of the test run."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

sys.path.append(
    str(Path(__file__).parent.parent)
)  # for `benchmarks`; archspec stays the one that is installed

# In a shell's background a process starts with interrupts ignored, and what it starts inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="write the expected files of tests/cases and the expectations in tests/invalid anew",
    )
