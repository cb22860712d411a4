"""The overview: a card for each part of the network, and beside the cards each of its blocks, drawn once.

In: a graph. Out: a picture, whose panels are the blocks.
Holds: the cards' parameters and MACs are those of the graph, auxiliary heads included; a block that a card names is
drawn; the whole fits a page where the blocks beside the cards would not, by putting them below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from archspec.backends.dot import theme
from archspec.backends.dot.arrangement import arrange, height_of_cards, legible, width_of_cards
from archspec.backends.dot.cards import Part, find_parts
from archspec.backends.dot.contents import NARROW_LINE, WIDE_LINE, in_lines, in_words
from archspec.backends.dot.measures import Measures
from archspec.backends.dot.picture import (
    SPINE,
    Card,
    Direction,
    Edge,
    EdgeKind,
    Fork,
    Merge,
    Node,
    Picture,
    Terminal,
    gaps_between,
)
from archspec.backends.dot.sheet import order_of_level
from archspec.backends.dot.templates import Templates
from archspec.backends.dot.titles import short_name
from archspec.backends.dot.towers import find_towers
from archspec.backends.dot.u_shape import find_u
from archspec.backends.dot.wrapping import find_rows
from archspec.backends.wording import network_title, short_count
from archspec.ir import Graph
from archspec.passes.cost import Costs
from archspec.passes.windows import size_text

_FEW_LINES = 2
"""More lines than these into one card need room to cross those into its neighbours."""


def draw_overview(
    graph: Graph,
    depth: int | None = None,
    direction: Direction = "TB",
    measures: Measures | None = None,
) -> Picture:
    """Draw the overview; `depth`: how deep the groups of the spec are opened; `measures`: those of the graph, where
    others ask for them too.
    """
    measures = measures or Measures(graph)
    return replace(_draw(graph, measures.costs, depth, direction), detail=_totals(measures))


def draw_overview_unchecked(graph: Graph, depth: int | None = None, direction: Direction = "TB") -> Picture:
    """Draw the overview of a graph in which steps bear errors: without costs."""
    return _draw(graph, None, depth, direction)


def _draw(graph: Graph, costs: Costs | None, depth: int | None, direction: Direction) -> Picture:
    templates = Templates(graph.root)
    parts = find_parts(graph, costs, templates, depth)
    drawings = templates.finish()
    view = _Cards(parts, direction)
    cards = view.picture()
    drawn = [legible(drawing.picture(f"block {number}")) for number, drawing in enumerate(drawings, 1)]
    whole = replace(cards, title=network_title(graph))
    if cards.direction == "LR" and not cards.rows:
        return replace(whole, panels=tuple(drawn), stacked=True)
    room = theme.PAGE_WIDTH - width_of_cards(cards) if view.is_wide else 0.0
    placed = arrange(drawn, room, height_of_cards(cards), gaps_between(cards))
    stacked = placed.stacked or not view.is_wide
    return replace(whole, panels=placed.panels, stacked=stacked, compact=placed.compact)


def _totals(measures: Measures) -> str:
    total = measures.costs.total
    words = [f"{short_count(total.params)} params", f"{short_count(total.macs)} MACs"]
    field = measures.fields.network
    axes = () if field is None else field.axes
    if axes and all(axis.size for axis in axes):
        sizes = [size_text(axis) for axis in axes]
        size = sizes[0] if len(set(sizes)) == 1 else " × ".join(sizes)
        words.append(f"receptive field {size}{' px' if len(sizes) == 2 else ''}")
    return " · ".join(words)


class _Cards:
    """The parts as nodes, in columns."""

    def __init__(self, parts: Sequence[Part], direction: Direction) -> None:
        self.parts = parts
        self.most_params = max((part.cost.params for part in parts), default=0)
        self.most_macs = max((part.cost.macs for part in parts), default=0)
        self.of = {part.id: part for part in parts}
        self.readers = Counter(read for part in parts if part.kind != "aux" for read in part.reads)
        self.direction = direction
        self.is_line = self._find_line()
        """Each part stands behind one other, but for auxiliary heads."""
        self.is_wide = self.is_line and direction == "TB"
        """The cards stand below each other and nothing stands beside them."""
        self.u = find_u(parts) if not self.is_line else None
        """From left to right too: a U is both."""
        reads = {part.id: part.reads for part in parts if part.kind != "aux"}
        towers = find_towers(reads) if self.u is None and direction == "TB" else frozenset[str]()
        self.towers = {name for name in towers if not self.of[name].faults}
        """The joins that stand between what they read."""
        self.columns = self._find_columns()

    def picture(self) -> Picture:
        nodes: list[Node] = []
        edges: list[Edge] = []
        for part in self.parts:
            if part.id in self.towers:
                line = Fork(f"above {part.id}", self.columns[part.id], cells=len(part.reads))
                nodes.append(line)
                edges.extend(Edge(read, line.id, "flow", cell=cell) for cell, read in enumerate(part.reads))
                edges.append(Edge(line.id, part.id, "flow"))
            else:
                edges.extend(self._edge(read, part) for read in part.reads)
            nodes.append(self._node(part))
        levels = list(self.u.levels) if self.u is not None else []
        if self.u is not None:
            edges.extend(Edge(upper, lower, "order") for upper, lower in self.u.ties())
        inputs = tuple(part.id for part in self.parts if part.kind == "input")
        if self.u is None and len(inputs) > 1:
            edges.extend(order_of_level(inputs))
            levels.append(inputs)
        direction: Direction = "TB" if self.u is not None else self.direction
        cards = Picture("", "", tuple(nodes), tuple(edges), tuple(levels), direction=direction)
        in_line = self.is_line and self.direction == "LR"
        return replace(cards, rows=find_rows(cards)) if in_line else cards

    def _find_line(self) -> bool:
        """Whether the network is one line of parts; auxiliary heads apart."""
        main = [part for part in self.parts if part.kind != "aux"]
        return all(len(part.reads) <= 1 for part in main) and all(
            count == 1 for count in self.readers.values()
        )

    def _find_columns(self) -> dict[str, str]:
        if self.u is not None:
            return {part.id: self.u.columns.get(part.id, part.id) for part in self.parts}
        columns: dict[str, str] = {}
        continued: set[str] = set()
        for part in self.parts:
            if part.id in self.towers:
                columns[part.id] = part.id
                continue
            above = next((read for read in part.reads if read not in continued and part.kind != "aux"), None)
            if above is None or (columns[above] != SPINE and not self._is_heir(part, above)):
                columns[part.id] = part.id if columns else SPINE
            else:
                columns[part.id] = columns[above]
                continued.add(above)
        return columns

    def _is_heir(self, part: Part, above: str) -> bool:
        """Whether a part stands below one that others read too: no other of these keeps its shape."""
        shape = self.of[above].shape
        keep = [one.id for one in self.parts if one.reads == [above] and one.shape == shape]
        return part.shape == shape or len(keep) != 1

    def _node(self, part: Part) -> Node:
        column = self.columns[part.id]
        if part.kind in ("input", "output"):
            return Terminal(part.id, short_name(part.title), part.shape, column)
        if part.kind == "join":
            return self._join(part, column)
        narrow = part.kind == "aux" or not self.is_wide
        return Card(
            id=part.id,
            title=short_name(part.title),
            lines=_lines(part, NARROW_LINE if narrow else WIDE_LINE),
            shape=part.shape,
            params=part.cost.params,
            params_bar=part.cost.params / self.most_params if self.most_params else 0.0,
            macs=part.cost.macs,
            macs_bar=part.cost.macs / self.most_macs if self.most_macs else 0.0,
            fill=theme.colour(part.family()),
            column=column,
            narrow=narrow,
            copies=part.fold.copies if part.fold is not None else 1,
            shared=part.shares and not part.cost.params,
            faulty=tuple(part.faulty),
            fault="; ".join(part.faults),
        )

    def _join(self, part: Part, column: str) -> Merge:
        """A sum, a product or a concatenation: with its sum where the channels add up."""
        text, *small = in_words(part.atoms, with_small=True)
        channels = [self.of[read].shape[0] for read in part.reads]
        is_concat = sum(channels) == part.shape[0] and len(channels) > 1
        if is_concat:
            small.insert(0, f"{' + '.join(map(str, channels))} = {part.shape[0]}")
        fill = theme.CONCAT if is_concat else theme.SUM
        return Merge(part.id, text, tuple(small), fill, column, "; ".join(part.faults))

    def _edge(self, tail: str, part: Part) -> Edge:
        head = part.id
        length = 2 if len(part.reads) > _FEW_LINES else 1
        shape = self.of[tail].shape if part.faults else None
        if part.kind == "aux":
            return Edge(tail, head, "aux", shape)
        if self.u is not None:
            is_flat = self.u.is_flat(tail, head)
            kind: EdgeKind = "across" if self.u.is_carried(tail, head) else "flow"
            upward = self.u.goes_up(tail, head) and not is_flat
            return Edge(tail, head, kind, shape, length=0 if is_flat else 1, upward=upward)
        return Edge(tail, head, "flow", shape, length=length)


def _lines(part: Part, width: float) -> tuple[str, ...]:
    """What a card holds: norms and activations too, where these make it no longer, and of one layer."""
    whole, short = (in_lines(part.atoms, width, with_small=with_small) for with_small in (True, False))
    return whole if len(whole) <= len(short) or part.has_one_layer() else short
