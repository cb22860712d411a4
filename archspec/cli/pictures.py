"""A picture that is asked for, on the command line or in Markdown: what it is, drawing it, and whether a file is it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archspec.cli.options import compiled, settings_of
from archspec.console import show_diagnostics
from archspec.files import CannotRun
from archspec.records import dataclass

if TYPE_CHECKING:
    from archspec.backends.dot import Unavailable, View
    from archspec.backends.dot.notes import Links
    from archspec.backends.dot.picture import Direction
    from archspec.compiler import Checked
    from archspec.diagnostics import Diagnostic
    from archspec.ir import Constant, Graph
    from archspec.limits import Limits


_DEEPEST: Final = 99
"""The largest depth that can be asked for: modules are not nested deeper."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is asked for, as typed; what is not typed says what it is then."""

    output: str = "-"
    format: str = ""
    view: str = "blocks"
    depth: str = ""
    only: str = ""
    direction: str = "TB"
    link: str = ""
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """A picture. `output` is a file, or `-`; `link` a web address, or empty for links from file to file; `root` the
    folder inside which files link to each other.
    """

    file: str
    output: str
    format: str
    view: View
    settings: Mapping[str, Constant]
    link: str
    root: Path
    depth: int | None = None
    only: str = ""
    """The path of the part that is to be drawn; empty for the whole."""
    direction: Direction = "TB"

    @classmethod
    def of(cls, file: str, words: Words, root: Path) -> Order:
        """The order in words that were typed. Raises `CannotRun` for what cannot be drawn whatever the spec says."""
        from archspec.backends.dot import DIRECTIONS, VIEWS, refusal
        from archspec.backends.dot.notes import Links

        if words.depth and not (words.depth.isdecimal() and 1 <= int(words.depth[:3]) <= _DEEPEST):
            raise CannotRun(f"`--depth` is a number from 1 to {_DEEPEST}")
        depth = int(words.depth) if words.depth else None
        format = _format(words.format, words.output)
        direction: str = next((way for way in DIRECTIONS if way == words.direction.upper()), words.direction)
        if refused := refusal(format, words.view, depth, direction):
            raise CannotRun(f"{refused.message}; {refused.help}")
        if words.link and Links.on_the_web(words.link, root) is None:
            raise CannotRun(f"`{words.link}` is not an address that begins with https:// or http://")
        if words.link and format != "svg":
            raise CannotRun(f"`--link` is for an svg: no box of a {format} leads anywhere")
        return cls(
            file,
            words.output,
            format,
            next(view for view in VIEWS if view == words.view),
            settings_of(words.settings),
            words.link,
            root,
            depth,
            words.only,
            next(way for way in DIRECTIONS if way == direction),
        )

    def graph(
        self,
        limits: Limits,
        on_errors: Callable[[Checked], None] | None = None,
        show: Callable[[Sequence[Diagnostic]], None] = show_diagnostics,
    ) -> Graph:
        """What is to be drawn. Ends the command where the spec has errors, after `on_errors`."""
        graph = compiled(self.file, self.settings, limits, on_errors, show).graph
        if not self.only:
            return graph
        from archspec.backends.dot.only import part_of

        return part_of(graph, self.only)

    def render(self, graph: Graph) -> bytes | Unavailable:
        from archspec.backends.dot import render

        return render(
            graph,
            self.format,
            self.view,
            depth=self.depth,
            direction=self.direction,
            links=self._links(graph),
        )

    def render_broken(self, checked: Checked) -> bytes | Unavailable | None:
        """The picture of what could be checked of a spec with errors; `None` where there is nothing to show."""
        from archspec.backends.dot.broken import render_broken

        if checked.partial is None or not checked.partial.root.steps:
            return None
        return render_broken(
            checked.partial,
            checked.diagnostics,
            self.format,
            self.view,
            depth=self.depth,
            only=self.only,
            direction=self.direction,
        )

    def dot(self, graph: Graph) -> str:
        """The picture as text, which needs no layout engine."""
        from archspec.backends.dot import dot

        return dot(graph, self.view, depth=self.depth, direction=self.direction)

    def is_current(self, graph: Graph) -> bool:
        """Whether the output is there and shows what `render` would draw."""
        from archspec.backends.dot import is_current

        try:
            data = Path(self.output).read_bytes()
        except OSError:
            return False
        return is_current(
            data,
            graph,
            self.format,
            self.view,
            depth=self.depth,
            direction=self.direction,
            links=self._links(graph),
        )

    def _links(self, graph: Graph) -> Links | None:
        from archspec.backends.dot.notes import Links

        names_a_file = self.file in (graph.file, f"{graph.file}:{graph.variant}")
        if not names_a_file or not os.path.lexists(graph.file):
            return None
        if self.link:
            return Links.on_the_web(self.link, self.root)
        return None if self.output == "-" else Links.beside(Path(self.output), self.root)


def _format(format: str, output: str) -> str:
    """The format that was named, or that of the output's name."""
    from archspec.backends.dot import FORMATS
    from archspec.spelling import choices

    kind = format or (Path(output).suffix.removeprefix(".").lower() if output != "-" else "svg")
    if kind not in FORMATS:
        what = f"the format `{kind}`" if kind else f"the format of `{output}`"
        raise CannotRun(f"{what} is not one that `draw` writes: {choices(kind, FORMATS)}")
    return kind
