"""What passes found out of modules that several graphs share: those of the variants of one spec.

A module knows nothing of where it is used, so what holds of it in one graph holds in every other. Each pass takes what
it knows already, skips those modules, and adds the others; where it has something to report of a module, it leaves it
out, so that every graph with that module gets the report.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from archspec.records import dataclass

if TYPE_CHECKING:
    from archspec.ir import Module
    from archspec.passes.cost import ModuleCost
    from archspec.passes.warnings.centres import Sight
    from archspec.passes.warnings.values import Inside


@dataclass(slots=True, eq=False)
class Shared:
    """What is known so far, by the pass that found it out."""

    verified: set[Module] = field(default_factory=set)
    costs: dict[Module, ModuleCost] = field(default_factory=dict)
    used: dict[Module, frozenset[int]] = field(default_factory=dict)
    """The inputs from which an output can be reached, where all steps lead to one."""
    inside: dict[Module, Inside] = field(default_factory=dict)
    """The values made and read in a module."""
    sights: dict[Module, Sight] = field(default_factory=dict)
    """What the outputs see of the inputs, where no paths of different places meet."""
