"""DOT text → a picture file's bytes, by a layout engine of the machine.

Tried in this order: `graphviz-pure` beside this Python or on the PATH, `pygraphviz`, `dot` on the PATH.
The text goes in by standard input, without a shell and with a time limit. An engine that is missing, broken or slow is
an answer (`Unavailable`), never a traceback.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias

from archspec.records import dataclass

LaidOut: TypeAlias = Literal["svg", "png"]
"""What every engine writes."""

PNG_DPI: Final = 192
SECONDS: Final = 60.0
_ENDS: Final[dict[LaidOut, tuple[bytes, bytes]]] = {
    "svg": (b"<", b"</svg>"),
    "png": (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
}
"""How a whole picture begins and ends."""
_HELP: Final = "pip install graphviz-pure, or install Graphviz (graphviz.org); a .dot file needs neither"
_LESS: Final = (
    "draw less of it: `--view blocks`, `--view overview`, or `--depth`; a .dot file needs no layout engine"
)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why there is no picture, and what to do about it."""

    message: str
    help: str


@dataclass(frozen=True, slots=True)
class _Program:
    """A program with the command line of `dot`."""

    path: str

    def run(self, dot: str, format: LaidOut) -> bytes | str:
        command = [self.path, f"-T{format}"]
        if format == "png":
            command.append(f"-Gdpi={PNG_DPI}")
        try:
            done = subprocess.run(
                command, input=dot.encode(), capture_output=True, timeout=SECONDS, check=False
            )
        except OSError as error:
            return f"{self.path} cannot run: {error.strerror or error}"
        if done.returncode != 0 or not _is_whole(done.stdout, format):
            said = done.stderr.decode(errors="replace").strip().splitlines()
            return f"{self.path} gave no {format}: {said[-1] if said else f'exit {done.returncode}'}"
        return done.stdout


@dataclass(frozen=True, slots=True)
class _Pygraphviz:
    """The binding to the Graphviz library."""

    def run(self, dot: str, format: LaidOut) -> bytes | str:
        try:
            pygraphviz = importlib.import_module("pygraphviz")
            graph = pygraphviz.AGraph(string=dot)
            if format == "png":
                graph.graph_attr["dpi"] = str(PNG_DPI)
            drawn = graph.draw(format=format, prog="dot")
        except Exception as error:  # whatever a foreign library raises, the next engine may still work
            return f"pygraphviz failed: {type(error).__name__}"
        is_picture = isinstance(drawn, bytes) and _is_whole(drawn, format)
        return drawn if is_picture else f"pygraphviz gave no {format}"


def _is_whole(data: bytes, format: LaidOut) -> bool:
    start, end = _ENDS[format]
    return data.lstrip().startswith(start) and data.rstrip().endswith(end)


def render_dot(dot: str, format: LaidOut) -> bytes | Unavailable:
    """Lay out and draw DOT text. PNG comes at 192 dots per inch. What takes one engine too long is not given to the
    next.
    """
    failures: list[str] = []
    for engine in _engines():
        try:
            drawn = engine.run(dot, format)
        except subprocess.TimeoutExpired as late:
            return Unavailable(f"{late.cmd[0]} took longer than {SECONDS:g} seconds", _LESS)
        if isinstance(drawn, bytes):
            return drawn
        failures.append(drawn)
    return Unavailable("; ".join(failures) or f"no layout engine for {format} is installed", _HELP)


def _engines() -> Iterator[_Program | _Pygraphviz]:
    pure = shutil.which("graphviz-pure", path=sysconfig.get_path("scripts")) or shutil.which("graphviz-pure")
    if pure is not None:
        yield _Program(pure)
    if importlib.util.find_spec("pygraphviz") is not None:
        yield _Pygraphviz()
    path = shutil.which("dot")
    if path is not None:
        yield _Program(path)
