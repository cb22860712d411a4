"""What the weights of a layer are made of.

A `Source` is a sum of branches: one for a layer that others were folded into, several for layers that ran side by
side. Paths are relative to the module that the layer stands in, until `inside` says where that is.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from archspec.records import dataclass

MAX_PARTS: Final = 128
"""The layers, norms and factors that one layer is made of, at most: where each sum of a long row had all those before
it in it, their number would grow with the square of the network."""


@dataclass(frozen=True, slots=True)
class FoldedNorm:
    """A batch norm, by the path of the trained one."""

    path: str
    eps: float


@dataclass(frozen=True, slots=True)
class NormFactor:
    """The factor of a batch norm that stands behind a sum, for one summand. Another has the norm's own summand."""

    path: str
    eps: float


@dataclass(frozen=True, slots=True)
class FoldedScale:
    """A learned factor for each channel, by the path of the trained layer."""

    path: str


@dataclass(frozen=True, slots=True)
class FoldedConstant:
    """A constant factor, by the path of the step that multiplies by it."""

    path: str
    factor: float


Behind: TypeAlias = FoldedNorm | NormFactor | FoldedScale | FoldedConstant
"""What follows a layer, and multiplies its channels by something and adds something to them."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A trained layer and what stands behind it, in order. Without a path, what hands on its input."""

    layer: str
    behind: tuple[Behind, ...] = ()

    def followed_by(self, behind: Behind) -> Branch:
        return Branch(self.layer, (*self.behind, behind))


@dataclass(frozen=True, slots=True)
class Source:
    branches: tuple[Branch, ...]

    @property
    def layer(self) -> str:
        """The path of a layer or module that is made of nothing else."""
        return self.branches[0].layer

    @property
    def parts(self) -> int:
        """How many layers, norms and factors it is made of; the input itself counts too."""
        return sum(1 + len(branch.behind) for branch in self.branches)

    @property
    def is_renamed(self) -> bool:
        """Whether the layer is the trained one, under a name that may be another."""
        return len(self.branches) == 1 and not self.branches[0].behind

    def followed_by(self, behind: Behind) -> Source:
        """The same layers, with `behind` after what stands behind them: what it adds is added once."""
        first, *others = self.branches
        factor = NormFactor(behind.path, behind.eps) if isinstance(behind, FoldedNorm) else behind
        return Source((first.followed_by(behind), *(branch.followed_by(factor) for branch in others)))

    def inside(self, prefix: str) -> Source:
        """The source with its paths led by `prefix`, which ends in a dot or is empty."""
        return Source(tuple(_inside(branch, prefix) for branch in self.branches))


def _inside(branch: Branch, prefix: str) -> Branch:
    layer = prefix + branch.layer if branch.layer else ""
    return Branch(layer, tuple(_behind_inside(each, prefix) for each in branch.behind))


def _behind_inside(behind: Behind, prefix: str) -> Behind:
    match behind:
        case FoldedNorm():
            return FoldedNorm(prefix + behind.path, behind.eps)
        case NormFactor():
            return NormFactor(prefix + behind.path, behind.eps)
        case FoldedScale():
            return FoldedScale(prefix + behind.path)
        case FoldedConstant():
            return FoldedConstant(prefix + behind.path, behind.factor)
