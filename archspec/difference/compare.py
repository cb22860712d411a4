"""Two networks compared: `Difference`, which `archspec.diff` and `archspec diff` give.

In: two checked networks. Out: everything that differs, and it as text, Markdown, JSON or a picture.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal, TypeAlias

from archspec.backends.wording import network_title
from archspec.difference.align import Aligner
from archspec.difference.dataflow import computes_the_same, start_the_same
from archspec.difference.facts import Fact, facts
from archspec.difference.keys import Keys, compare_keys
from archspec.difference.rows import Row, rows
from archspec.records import dataclass

if TYPE_CHECKING:
    from archspec.compiler import Network
    from archspec.ir import Constant, Graph
    from archspec.limits import Limits

Verdict: TypeAlias = Literal["same", "initialisation", "different"]
"""Nothing differs; nothing but how the weights start; something else."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How network B differs from network A.

    `rows` hold what is equal too; they are empty where the networks are the same, however they are written.
    """

    graphs: tuple[Graph, Graph] = field(repr=False)
    titles: tuple[str, str]
    files: tuple[str, str]
    variants: tuple[str, str]
    verdict: Verdict
    same_start: bool
    """Whether weights start alike, as far as both networks have them."""
    batch: int
    facts: tuple[Fact, ...]
    rows: tuple[Row, ...]
    keys: Keys

    def text(self, *, columns: int = 100, everything: bool = False) -> str:
        """For people, without colour."""
        from archspec.difference.text import to_text

        return to_text(self, columns=columns, everything=everything)

    def to_markdown(self, *, everything: bool = False) -> str:
        """For the description of a change, as in a pull request."""
        from archspec.difference.markdown import to_markdown

        return to_markdown(self, everything=everything)

    def to_json(self) -> str:
        """For machines; `docs/diff.schema.json` is its schema."""
        from archspec.difference.as_json import to_json

        return to_json(self)

    def draw(self, format: str = "svg") -> bytes:
        """Both networks side by side, as `svg`, `png`, `pdf` or `dot`.

        Raises `CannotRun` where no layout engine is installed.
        """
        from archspec.difference.picture import draw

        return draw(self, format)


def diff(
    a: str | os.PathLike[str],
    b: str | os.PathLike[str],
    *,
    batch: int = 1,
    set_a: Mapping[str, Constant] | None = None,
    set_b: Mapping[str, Constant] | None = None,
    limits: Limits | None = None,
    **params: Constant,
) -> Difference:
    """Compare two networks.

    Args:
        a: a spec as for `compile`.
        b: the spec that it is compared with.
        batch: the batch whose memory is compared.
        set_a: parameters to set in `a` alone.
        set_b: parameters to set in `b` alone.
        limits: bounds on the expanded networks.
        params: parameters to set in both.

    Raises:
        SpecError: one of the specs has errors.
        CannotRun: there is nothing to read.
    """
    from archspec.compiler import compile

    return compare(
        compile(a, limits=limits, **{**params, **(set_a or {})}),
        compile(b, limits=limits, **{**params, **(set_b or {})}),
        batch=batch,
    )


def compare(a: Network, b: Network, *, batch: int = 1) -> Difference:
    """Compare two networks; memory is that of a batch of `batch` examples."""
    graphs = a.graph, b.graph
    aligner = Aligner(*graphs)
    pairs = aligner.roots()
    same = computes_the_same(*graphs)
    same_start = start_the_same(*graphs)
    verdict: Verdict = "different" if not same else "same" if same_start else "initialisation"
    return Difference(
        graphs=graphs,
        titles=_titles(a, b),
        files=(a.graph.file, b.graph.file),
        variants=(a.graph.variant, b.graph.variant),
        verdict=verdict,
        same_start=same_start,
        batch=batch,
        facts=facts(graphs, (a.costs, b.costs), batch),
        rows=() if same else rows(pairs, aligner.forms, (a.costs, b.costs)),
        keys=compare_keys(*graphs, pairs),
    )


def _titles(a: Network, b: Network) -> tuple[str, str]:
    """What to call both; A and B where they have one name."""
    one, other = network_title(a.graph), network_title(b.graph)
    return (one, other) if one != other else (f"{one} (A)", f"{other} (B)")
