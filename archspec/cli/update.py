"""`archspec draw --update README.md`: the pictures that a Markdown file asks for.

Holds: a marker draws and does nothing else. Paths in it start from the folder of the Markdown file; what it reads lies
inside the tree of the current folder, what it writes inside the tree of the Markdown file's, and is a picture; a folder
that is not there is made. Files that are current are left alone, so that another layout engine changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from archspec.cli.pictures import Order, Words
from archspec.console import CANNOT_RUN, STALE, complain, say, show_diagnostics
from archspec.files import CannotRun, read_regular
from archspec.limits import Limits
from archspec.output import write
from archspec.records import dataclass
from archspec.slots import BadSlot, Slot, fenced, fill, find_slots, image

if TYPE_CHECKING:
    from archspec.diagnostics import Diagnostic

_OPTIONS: Final = {"-o": "output", "--output": "output"} | {
    f"--{name}": name for name in ("format", "view", "depth", "only", "direction", "link")
}
"""What a marker may say, each with one value; `--set` may be there more than once."""
_IN_PICTURES: Final = ("svg", "png")
"""The formats that Markdown shows as an image."""


@dataclass(frozen=True, slots=True)
class _Page:
    """A Markdown file. `reach` is the folder whose tree markers may read; `shown` what was said of their specs."""

    path: Path
    reach: Path
    shown: set[tuple[str, str, int, str]] = field(default_factory=set)

    @property
    def folder(self) -> Path:
        return self.path.parent

    def show(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Show diagnostics for a person; what several markers meet in one spec, once."""
        new = [found for found in diagnostics if _key(found) not in self.shown]
        self.shown.update(map(_key, new))
        show_diagnostics(new)


def _key(found: Diagnostic) -> tuple[str, str, int, str]:
    return found.code, found.span.source.name, found.span.start, found.message


def update_markdown(file: str, limits: Limits, *, check: bool) -> int:
    """Renew the pictures of a Markdown file, or only say which are stale. The exit code."""
    path = Path(file)
    text = _text(path)
    here, folder = Path.cwd().resolve(), path.resolve().parent
    page = _Page(path, here if folder.is_relative_to(here) else folder)
    slots = find_slots(text)
    if not slots:
        raise CannotRun(f"`{file}` has no marker `<!-- archspec: draw … -->`")
    bodies: dict[Slot, str] = {}
    code = 0
    for slot in slots:
        try:
            if isinstance(slot, BadSlot):
                raise CannotRun(slot.message)
            renewed = _renew(slot, page, limits, check=check)
        except CannotRun as error:
            complain(f"{file}:{slot.line}: {error}")
            code = CANNOT_RUN
            continue
        except typer.Exit as end:  # the spec has errors, which are shown
            complain(f"{file}:{slot.line}: the spec has errors")
            code = max(code, end.exit_code)
            continue
        body, is_new = renewed
        if is_new or text[slot.start : slot.end].replace("\r\n", "\n") != slot.placed(body):
            bodies[slot] = body
    if check and bodies:
        for slot in bodies:
            complain(f"{file}:{slot.line}: stale; `archspec draw --update {file}` renews it")
        return max(code, STALE)
    if not check and fill(text, bodies) != text:
        write(path, fill(text, bodies).encode(), force=True)
        say(f"wrote {file}")
    elif code == 0:
        say(f"{file} is current")
    return code


def _renew(slot: Slot, page: _Page, limits: Limits, *, check: bool) -> tuple[str, bool]:
    """What is to stand in a slot, and whether the file beside it is stale; unless `check`, that is written first."""
    from archspec.backends.dot import Unavailable, describe

    order = _order(slot, page)
    graph = order.graph(limits, show=page.show)
    if order.output == "-":
        drawn = order.render(graph)
        if isinstance(drawn, Unavailable):
            raise CannotRun(drawn.message)
        return fenced("mermaid" if order.format == "mmd" else order.format, drawn.decode()), False
    address = Path(os.path.relpath(order.output, page.folder)).as_posix()
    body = image(address, describe(graph))
    is_stale = not order.is_current(graph)
    if is_stale and not check:
        drawn = order.render(graph)
        if isinstance(drawn, Unavailable):
            raise CannotRun(drawn.message)
        _make_folder(Path(order.output).parent)
        write(Path(order.output), drawn, force=True)
        say(f"wrote {order.output}")
    return body, is_stale and check


def _make_folder(folder: Path) -> None:
    """A marker may ask for a picture in a folder that is not there yet: `_picture` saw that it lies in the tree."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRun(f"cannot make the folder `{folder}`: {error.strerror}") from None


def _order(slot: Slot, page: _Page) -> Order:
    command, *options = slot.words or ("",)
    if command != "draw":
        raise CannotRun(f"a marker says `draw …`, not `{command}`")
    names: list[str] = []
    settings: list[str] = []
    values: dict[str, str] = {}
    for word, value in _pairs(options):
        if value is None:
            names.append(word)
        elif word == "--set":
            settings.append(value)
        elif word in _OPTIONS:
            values[_OPTIONS[word]] = value
        else:
            raise CannotRun(f"a marker has no `{word}`; it has {', '.join((*_OPTIONS, '--set'))}")
    if len(names) != 1:
        raise CannotRun("a marker names one spec: `draw net.yaml -o net.svg`")
    if values.setdefault("output", "-") == "-":
        values.setdefault("format", "mmd")
    else:
        values["output"] = _picture(values["output"], page)
    order = Order.of(_spec(names[0], page), Words(settings=tuple(settings), **values), page.reach)
    if order.output == "-" and order.format != "mmd":
        raise CannotRun("without `-o FILE` a picture in Markdown is Mermaid")
    if order.output != "-" and order.format not in _IN_PICTURES:
        raise CannotRun(f"Markdown shows {' and '.join(_IN_PICTURES)}, not {order.format}")
    return order


def _pairs(words: list[str]) -> Iterator[tuple[str, str | None]]:
    """Options with their values, and the other words without."""
    rest = iter(words)
    for word in rest:
        if word == "-" or not word.startswith("-"):
            yield word, None
            continue
        name, equals, value = word.partition("=")
        if not equals:
            value = next(rest, "")
        if not value:
            raise CannotRun(f"`{name}` needs a value")
        yield name, value


def _spec(name: str, page: _Page) -> str:
    """A file as the page names it, or a shipped network."""
    if name.startswith("-"):
        raise CannotRun("a marker names a file or a shipped network, not standard input")
    beside = os.path.join(page.folder, name)
    path = beside if os.path.lexists(beside) else beside.rpartition(":")[0]
    if not os.path.lexists(path):
        if "/" in name or os.sep in name:
            raise CannotRun(f"there is no file `{name}` beside the Markdown")
        return name
    if not Path(path).resolve().is_relative_to(page.reach):
        raise CannotRun(f"`{name}` lies outside `{page.reach.name}`, the folder that this command runs in")
    return os.path.normpath(beside)


def _picture(name: str, page: _Page) -> str:
    path = Path(os.path.normpath(os.path.join(page.folder, name)))
    if not path.parent.resolve().is_relative_to(page.path.resolve().parent):
        raise CannotRun(f"`{name}` lies outside the folder of the Markdown")
    return str(path)


def _text(path: Path) -> str:
    try:
        return read_regular(str(path)).decode("utf-8")
    except UnicodeDecodeError:
        raise CannotRun(f"`{path}` is not text in UTF-8") from None
