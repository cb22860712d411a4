"""How the program talks: data on stdout, messages on stderr, and an exit code for every end.

Holds: no traceback reaches the user, and no text of a spec can move the cursor, forge a line or change a colour.
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TextIO

import typer

from archspec.files import CannotRun
from archspec.report.visible import no_command, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from archspec.diagnostics import Diagnostic

SPEC_ERRORS: Final = 1
"""The spec has errors, or its model failed the check."""
STALE: Final = 1
"""A committed file is not what it would be now."""
CANNOT_RUN: Final = 2
BUG: Final = 70
"""The compiler's own mistake: `EX_SOFTWARE` of sysexits.h."""
INTERRUPTED: Final = 130
READER_GONE: Final = 141


def run(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started the program: there is no reader
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a console may lack × and ✓
    # torch remarks on a missing numpy, which nothing here uses.
    warnings.filterwarnings("ignore", message="Failed to initialize NumPy", category=UserWarning)
    try:
        code = _run(app, arguments)
        sys.stdout.flush()  # here, and not when the interpreter ends, a failure can be told
    except BrokenPipeError:
        _abandon(sys.stdout)
        return READER_GONE
    except OSError as error:
        if error.errno is None or error.filename is not None:
            return _bug(error)
        # Of no file: `output.write`, which writes those, raises none. It is a stream that cannot be written.
        with suppress(OSError):  # it may be stderr
            complain(f"cannot write the output: {error.strerror}")
        _give_up_unwritten()
        return CANNOT_RUN
    return code


def _run(app: typer.Typer, arguments: Sequence[str]) -> int:
    """Run one command; an `OSError` is left to the caller."""
    try:
        app(list(arguments), prog_name="archspec")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except CannotRun as error:
        refuse(error)
        return CANNOT_RUN
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name == "torch":
            complain("this needs torch, which is not installed: `pip install torch`")
            return CANNOT_RUN
        if _is_of_import(error, "torch"):
            complain(f"torch is installed but cannot be imported: {error}")
            return CANNOT_RUN
        if isinstance(error, OSError):
            raise
        return _bug(error)
    return 0


def _bug(error: Exception) -> int:
    if os.environ.get("ARCHSPEC_TRACEBACK"):
        raise error
    complain(f"this is a bug in archspec: {type(error).__name__}: {error}")
    say("please report it with the spec; with ARCHSPEC_TRACEBACK=1 set, the traceback is shown")
    return BUG


def _is_of_import(error: Exception, package: str) -> bool:
    """Whether the import of a package, as yet not complete, raised it."""
    if package in sys.modules:
        return False
    from traceback import walk_tb  # only a mistake pays for it

    frames = walk_tb(error.__traceback__)
    return any(frame.f_globals.get("__name__", "").partition(".")[0] == package for frame, _ in frames)


def _give_up_unwritten() -> None:
    """Give up what stdout and stderr hold back, where it cannot be written: the interpreter would fail over it."""
    for stream in (sys.stderr, sys.stdout):
        try:
            stream.flush()
        except OSError:
            _abandon(stream)


def _abandon(stream: TextIO) -> None:
    """Let what goes to a stream from now on, and what it holds back until the exit, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(message: str) -> None:
    say(f"error: {message}")


def refuse(error: CannotRun) -> None:
    """Say why a command cannot do its work, with the code that `archspec explain` knows it by."""
    say(f"error[{error.code}]: {error}" if error.code else f"error: {error}")


def say(message: str) -> None:
    """One message on stderr, on one line."""
    print(visible(message), file=sys.stderr)


def put(data: str | bytes, *, to_stderr: bool = False) -> None:
    """Data on stdout, or on stderr where stdout has something else to carry; bytes are those of a file, as they are,
    whatever the terminal is.
    """
    stream = sys.stderr if to_stderr else sys.stdout
    try:
        if isinstance(data, bytes):
            stream.flush()
            stream.buffer.write(data)
            stream.buffer.flush()
        else:
            stream.write(data)
            stream.flush()
    except BrokenPipeError:
        _abandon(stream)
        raise typer.Exit(READER_GONE) from None


def put_table(table: RenderableType) -> None:
    """A table on stdout: as wide as the terminal; elsewhere as wide as it needs to be."""
    from rich.console import Console

    console = Console() if sys.stdout.isatty() else Console(width=250)
    with console.capture() as text:
        console.print(table)
    put("".join(f"{no_command(line.rstrip())}\n" for line in text.get().splitlines()))


def terminal_columns(stream: TextIO) -> int | None:
    """How wide the terminal is that `stream` leads to; None where it leads elsewhere."""
    return max(40, shutil.get_terminal_size((80, 24)).columns) if stream.isatty() else None


def show_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Diagnostics for a person, on stderr."""
    if diagnostics:
        from archspec.report.text import render

        columns = terminal_columns(sys.stderr)
        color = columns is not None and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        sys.stderr.write(render(diagnostics, columns=columns, color=color))
