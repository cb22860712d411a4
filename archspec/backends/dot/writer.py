"""Picture → DOT text, through the statements of `statements`.

Holds: the same picture gives the same bytes; boxes of one column are equally wide; the nodes of a column
are kept below each other, by the weight of the edges between them; the work is linear in the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Final

from archspec.backends.dot import theme
from archspec.backends.dot.corners import with_corners
from archspec.backends.dot.labels import dot_label
from archspec.backends.dot.legend import draw_legend
from archspec.backends.dot.meetings import with_meetings
from archspec.backends.dot.picture import (
    SPINE,
    Bar,
    Box,
    Card,
    Edge,
    EdgeKind,
    Group,
    Merge,
    Node,
    Paths,
    Picture,
    Terminal,
    gaps_between,
    nodes_in,
)
from archspec.backends.dot.statements import Digraph, listed
from archspec.backends.dot.wrapping import in_rows
from archspec.backends.dot.writer_columns import Columns
from archspec.backends.dot.writer_edges import EdgeLooks
from archspec.backends.dot.writer_groups import group_attributes, headline, pile_attributes
from archspec.backends.dot.writer_nodes import NodeLooks
from archspec.backends.dot.writer_overview import CardColumns
from archspec.backends.dot.writer_paths import fills_of
from archspec.syntax import collector_paused

_LEGEND: Final = "what the colours mean"
"""The name of a node that no path can have."""


@collector_paused()
def write_dot(picture: Picture, *, node_gap: float = theme.NODE_GAP, columns: bool = True) -> str:
    """The picture in the DOT language. `columns`: ask Graphviz not to cross columns that go on from card to card."""
    gaps = gaps_between(picture)
    picture = in_rows(picture) if picture.rows else picture
    sizes = theme.COMPACT if picture.compact else theme.NORMAL
    gap = node_gap * sizes.node_gap / theme.NODE_GAP * gaps
    digraph = Digraph("network")
    _write_defaults(digraph, picture, gap, sizes.row_gap)
    # Not panels that are laid out by themselves: of several blocks, which have no outlines, corners would mix these up.
    parts = [with_corners(with_meetings(picture))]
    panels = [replace(panel, direction=picture.direction) for panel in picture.panels]
    parts += panels if picture.together is None else map(with_corners, panels)
    cards = CardColumns.fitting(nodes_in(picture.items))
    legend = _legend(parts, cards.outer)
    has_parts = len(parts) > 1 or (picture.stacked and legend != "")  # packing one alone, 2.43 crashes
    is_packed = has_parts and picture.together is None
    parts = [_with_room_for_labels(part) for part in parts] if is_packed else parts
    writers = [_Writer(digraph, part, Columns(part, sizes, gap), grouped=columns) for part in parts]
    whole = writers[0]
    if len(whole.nodes) > theme.MANY_NODES:
        rounds = f"{min(1, theme.MOST_ROUNDS / len(whole.nodes)):.2g}"  # for each node
        digraph.attr(nslimit=rounds, nslimit1=rounds)
    if picture.together is not None:
        for writer in writers:
            writer.write("")
        _join(digraph, writers, legend, picture.together, stacked=picture.stacked)
    elif is_packed:
        inside = "" if picture.stacked else legend
        # Graphviz turns a picture from left to right after it has packed it: the left comes to stand below.
        is_sideways = picture.direction == "LR"
        in_row = picture.stacked == is_sideways
        beside = len(writers) + bool(picture.stacked and legend) if in_row else 1
        digraph.attr(pack=f"{sizes.panel_gap}", packmode=f"array_it{beside}")
        # Graphviz packs what has outlines in the order in which it is written, and 2.43 crashes on a node without one.
        clusters: list[tuple[str, Callable[[], None]]] = [
            (
                f"panel {number - 1}" if number else "network",
                partial(writer.write, inside if number == 0 else ""),
            )
            for number, writer in enumerate(writers)
        ]
        if picture.stacked and legend:
            clusters.append(("legend", partial(digraph.node, _LEGEND, legend)))
        for name, write in reversed(clusters) if is_sideways else clusters:
            with _unseen(digraph, name):
                write()
    else:
        whole.write(legend)
    return digraph.source


def _join(
    digraph: Digraph,
    writers: Sequence[_Writer],
    legend: str,
    levels: Sequence[tuple[str, ...]],
    *,
    stacked: bool,
) -> None:
    """Put parts that are laid out together beside or below each other, and the legend below all."""
    firsts = [nodes_in(writer.picture.items)[0].id for writer in writers]
    unseen = listed({"style": "invis", "weight": "0"})
    if stacked:
        for writer, below in zip(writers, firsts[1:], strict=False):
            for above in writer.lowest():
                digraph.edge(above, below, unseen)
    else:
        with digraph.subgraph():
            digraph.attr(rank="same")
            for one, other in pairwise(firsts):
                digraph.edge(one, other, unseen)
    for level in levels:
        with digraph.subgraph():
            digraph.attr(rank="same")
            for name in level:
                digraph.node(name)
    if legend:
        with digraph.subgraph():
            digraph.attr(rank="sink")
            digraph.node(_LEGEND, legend)
        for writer in writers[-1:] if stacked else writers:
            for above in writer.lowest():
                digraph.edge(above, _LEGEND, unseen)


def _with_room_for_labels(part: Picture) -> Picture:
    """Graphviz makes room for the label of an edge between neighbouring ranks, but not in pictures that it packs: there
    it leaves the label out.
    """
    edges = [replace(edge, length=2) if edge.shape and edge.length == 1 else edge for edge in part.edges]
    return replace(part, edges=tuple(edges))


def _write_defaults(digraph: Digraph, picture: Picture, gap: float, row_gap: float) -> None:
    digraph.default(
        "graph",
        {
            "rankdir": picture.direction,
            "bgcolor": theme.PAPER,
            "fontname": theme.FONT,
            "nodesep": f"{gap:g}",
            "ranksep": f"{row_gap:g}",
            "newrank": "true",
            "splines": "spline",
            "outputorder": "edgesfirst",
            "pad": "0.06",
            "labelloc": "t",
            "label": dot_label(headline(picture)),
        },
    )
    digraph.default(
        "node",
        {
            "shape": "box",
            "style": "filled,rounded",
            "fontname": theme.FONT,
            "fontsize": f"{theme.TEXT_SIZE:g}",
            "fontcolor": theme.INK,
            "color": theme.NOTHING,
            "penwidth": "0",
            "height": f"{theme.BOX_HEIGHT}",
            "margin": "0.06,0.02",
        },
    )
    digraph.default(
        "edge",
        {
            "color": theme.LINE,
            "fontname": theme.FONT,
            "fontsize": f"{theme.SHAPE_SIZE:g}",
            "arrowsize": "0.6",
            "penwidth": "1.3",
        },
    )


@contextmanager
def _unseen(digraph: Digraph, name: str) -> Iterator[None]:
    """A part of the picture that holds together and has no outline of its own."""
    with digraph.subgraph(f"all of {name}"):
        digraph.attr(cluster="true", style="invis", label="", margin="0")
        yield


class _Writer:
    """A picture without its panels."""

    def __init__(self, digraph: Digraph, picture: Picture, columns: Columns, *, grouped: bool) -> None:
        self.digraph = digraph
        self.picture = picture
        self.columns = columns
        self.nodes = columns.nodes
        self.node_looks = NodeLooks(columns, grouped=grouped)
        self.edge_looks = EdgeLooks(is_sideways=columns.is_sideways)

    def write(self, legend: str) -> None:
        """`legend`: the look of the legend that stands below; empty: there is none."""
        self._write_items(self.picture.items)
        for edge in self.picture.edges:
            self._write_edge(edge)
        for level in self.picture.levels:
            with self.digraph.subgraph():
                self.digraph.attr(rank="same")
                for name in level:
                    self.digraph.node(name)
        if legend:
            self._write_legend(legend)

    def _write_legend(self, look: str) -> None:
        """Below everything else: under each end of the picture; in a U, where ends stand beside it, under its left."""
        with self.digraph.subgraph():
            self.digraph.attr(rank="sink")
            self.digraph.node(_LEGEND, look)
        for name in self.lowest():
            self.digraph.edge(name, _LEGEND, listed({"style": "invis", "weight": "0"}))

    def lowest(self) -> list[str]:
        """The nodes below which another part of the picture stands."""
        below = [
            edge.tail for edge in self.picture.edges if edge.upward and self.nodes[edge.tail].column == SPINE
        ]
        return below[-1:] or self._ends()

    def _ends(self) -> list[str]:
        """The nodes without an outline with which paths end: the last of all, and what comes out of the network."""
        free = [item for item in self.picture.items if not isinstance(item, Group)]
        ends = [item.id for item in free if isinstance(item, Terminal)]
        if len(ends) > 1:
            tails = {edge.tail for edge in self.picture.edges}
            ends = [name for name in ends if name not in tails]
        return list(dict.fromkeys((*ends, *(item.id for item in free[-1:]))))

    def _write_items(self, items: Sequence[Node | Group]) -> None:
        for item in items:
            if not isinstance(item, Group):
                self.digraph.node(item.id, self.node_looks.of(item))
            elif item.count > 1:
                with self.digraph.subgraph(f"{item.id} pile"):
                    self.digraph.attr(**pile_attributes())
                    self._write_group(item)
            else:
                self._write_group(item)

    def _write_group(self, group: Group) -> None:
        with self.digraph.subgraph(group.id):
            self.digraph.attr(**group_attributes(group, self.columns))
            self._write_items(group.items)

    def _write_edge(self, edge: Edge) -> None:
        look = self.edge_looks.of(edge, self.nodes[edge.tail], self.nodes[edge.head])
        if edge.upward:  # Graphviz ranks downwards
            self.digraph.edge(edge.head, edge.tail, look.attributes, (look.head_port, look.tail_port))
        else:
            self.digraph.edge(edge.tail, edge.head, look.attributes, (look.tail_port, look.head_port))


def _legend(parts: Sequence[Picture], room: float) -> str:
    """The look of the node that says what the colours mean, in `room` points; empty where nothing needs saying."""
    nodes = [node for part in parts for node in nodes_in(part.items)]
    fills = {node.fill for node in nodes if isinstance(node, Box | Merge | Card)}
    fills |= {fill for node in nodes if isinstance(node, Paths) for fill in fills_of(node)}
    if any(isinstance(node, Bar) for node in nodes):
        fills.add(theme.CONCAT)
    edges = [edge for part in parts for edge in part.edges]
    kinds: set[EdgeKind] = {edge.kind for edge in edges if not edge.mark}
    label = draw_legend(fills, kinds, room, {(edge.mark, edge.kind) for edge in edges if edge.mark})
    return "" if label is None else listed({"label": dot_label(label), "shape": "plain", "style": ""})
