"""A spec with errors, drawn: what could be checked, with what is wrong in red.

In: the graph as far as it goes, whose steps bear the errors found on them, and the diagnostics that were reported. Out:
a picture, and the file of it.
Holds: a node is red if and only if one of the diagnostics belongs to it; an error that no node bears is counted in the
picture's second line. Nothing is computed from shapes that may not fit: no cost, no receptive field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from archspec.backends.dot.draw import View, write_file
from archspec.backends.dot.engine import Unavailable
from archspec.backends.dot.notes import Note
from archspec.backends.dot.only import part_of
from archspec.backends.dot.picture import Box, Card, Direction, Group, Merge, Node, Picture
from archspec.backends.dot.stamps import make_stamp
from archspec.backends.dot.svg import Story
from archspec.backends.wording import network_title, visible
from archspec.diagnostics import Diagnostic, Found
from archspec.ir import Graph, Module, Step, walk
from archspec.source import Span


def render_broken(
    graph: Graph,
    diagnostics: Sequence[Diagnostic],
    format: str,
    view: View,
    *,
    depth: int | None = None,
    only: str = "",
    direction: Direction = "TB",
) -> bytes | Unavailable:
    """The picture as a file. `only`: the path of the part to draw; empty: the whole. Raises `CannotRun` where there is
    no such part.
    """
    if format == "html":
        from archspec.backends.page import write_broken_page

        return write_broken_page(_part(graph, diagnostics, only), diagnostics)
    drawn = draw_broken(graph, diagnostics, view, depth=depth, only=only, direction=direction)
    return write_file(drawn, format, drawn.title, lambda text: _story(drawn, text))


def draw_broken(
    graph: Graph,
    diagnostics: Sequence[Diagnostic],
    view: View,
    *,
    depth: int | None = None,
    only: str = "",
    direction: Direction = "TB",
) -> Picture:
    """What could be checked, in one of the views. Raises `CannotRun` where there is no part `only`."""
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
    marked = _part(graph, diagnostics, only)
    drawn = _draw(marked, view, depth, direction)
    borne = _borne(marked)
    elsewhere = sum(borne.isdisjoint(error.found) for error in errors)
    words = [f"{len(errors)} error{'s' * (len(errors) != 1)}"]
    if elsewhere:
        words.append("not in the picture" if elsewhere == len(errors) else f"{elsewhere} not in the picture")
    return replace(drawn, title=network_title(graph), detail=" · ".join(words))


def _part(graph: Graph, diagnostics: Sequence[Diagnostic], only: str) -> Graph:
    """The graph, or a part of it, with the errors in their places."""
    marked = place_errors(graph, [found for found in diagnostics if found.severity == "error"])
    return part_of(marked, only) if only else marked


def _draw(graph: Graph, view: View, depth: int | None, direction: Direction) -> Picture:
    match view:
        case "overview":
            from archspec.backends.dot.overview import draw_overview_unchecked

            return draw_overview_unchecked(graph, depth, direction)
        case "blocks":
            from archspec.backends.dot.blocks import draw_blocks_unchecked

            return replace(draw_blocks_unchecked(graph, depth), direction=direction)
        case "full":
            from archspec.backends.dot.full import draw_full_unchecked

            return replace(draw_full_unchecked(graph, depth), direction=direction)


def place_errors(graph: Graph, errors: Sequence[Diagnostic]) -> Graph:
    """The graph, in which a step bears those of its errors that were reported, wherever it is: in each copy of a block
    that repeats one mistake. What was found when the graph was whole is borne by the steps written where it is.
    """
    return replace(graph, root=_Marker(graph, errors).marked(graph.root))


class _Marker:
    def __init__(self, graph: Graph, errors: Sequence[Diagnostic]) -> None:
        self.reported = frozenset[Found]().union(*(error.found for error in errors))
        borne = _borne(graph)
        self.loose: dict[Span, list[Diagnostic]] = {}
        for error in errors:
            if borne.isdisjoint(error.found):
                self.loose.setdefault(error.span, []).append(error)
        self.done: dict[Module, Module] = {}

    def marked(self, module: Module) -> Module:
        """The module with the errors in their places."""
        if module not in self.done:
            self.done[module] = replace(module, steps=tuple(map(self._step, module.steps)))
        return self.done[module]

    def _step(self, step: Step) -> Step:
        errors = [error for error in step.errors if (error.code, error.span) in self.reported]
        if step.role != "join":  # which is written where its module is
            for span in dict.fromkeys((step.origin.span, *step.origin.arguments.values())):
                errors.extend(self.loose.get(span, ()))
        target = self.marked(step.target) if isinstance(step.target, Module) else step.target
        return replace(step, target=target, errors=tuple(errors))


def _borne(graph: Graph) -> frozenset[Found]:
    """The errors that a step bears."""
    return frozenset([(error.code, error.span) for step in _steps(graph.root) for error in step.errors])


def _steps(root: Module) -> Iterator[Step]:
    met: dict[Step, None] = {}
    for visit in walk(root):
        met |= dict.fromkeys((*visit.chain, visit.step))
    yield from met


def _story(drawn: Picture, text: str) -> Story:
    notes = {name: Note(visible(fault)) for name, fault in _faults(drawn.items)}
    description = " ".join((f"{drawn.detail}:", *(f"{name}: {note.text}." for name, note in notes.items())))
    return Story(drawn.title, description, notes, make_stamp(text, description))


def _faults(items: Sequence[Node | Group]) -> Iterator[tuple[str, str]]:
    for item in items:
        if isinstance(item, Group):
            if item.fault:
                yield item.id, item.fault
            yield from _faults(item.items)
        elif isinstance(item, Box | Merge | Card) and item.fault:
            yield item.id, item.fault
