"""What `archspec validate` checks: files, the specs of folders, and every variant of a spec.

A file with variants is checked as it is written and once with each of them; where a parameter has no default, so that
only the variants are networks, only they are checked. `FILE:variant` checks that one. A finding that several of these
checks make counts once; one that not all of them make says in which variants it arises.

A library, a file with `blocks` alone, has no network: its keys and the heads of its blocks are checked. The blocks
themselves are checked where they are used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from archspec.compiler import Checked, check
from archspec.diagnostics import Diagnostic, Sink
from archspec.expand.definitions import SpecFile, parameters
from archspec.expand.imports import Loader
from archspec.ir import Constant
from archspec.limits import Limits
from archspec.schema.document import MAX_VARIANTS, check_document
from archspec.syntax import MappingNode, read
from archspec.targets import Target, locate, specs_in

_OF_NETWORKS: Final = ("input", "extends", "stem", "body", "head")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks of one file found, with each check by its variant (empty: as written)."""

    name: str
    checks: Mapping[str, Checked]
    diagnostics: tuple[Diagnostic, ...]
    blocks: tuple[str, ...] = ()
    """Of a library: what it defines."""

    @property
    def valid(self) -> bool:
        return all(diagnostic.severity != "error" for diagnostic in self.diagnostics)


def files_named(text: str) -> list[str]:
    """The specs of a folder, or `text` itself.

    Raises `CannotRun` for a folder without specs.
    """
    return specs_in(text) if os.path.isdir(text) else [text]


def judge(text: str, *, settings: Mapping[str, Constant], limits: Limits) -> Verdict:
    """Check what `text` names.

    Raises `CannotRun` where there is nothing to read.
    """
    target = locate(text)
    name = target.name if text.startswith("-") else text
    sink = Sink()
    source, root = read(target.name, target.data, sink)
    if root is None:
        return Verdict(name, {}, tuple(sink.diagnostics))
    file = SpecFile(source, root, folder=target.folder)
    if Loader(sink, limits).complete(file) and _is_library(root):
        check_document(root, sink)
        return Verdict(name, {}, tuple(sink.diagnostics), blocks=tuple(file.blocks))
    checks = {
        variant: check(replace(target, variant=variant), settings=settings, limits=limits)
        for variant in _variants_to_check(file, target)
    }
    return Verdict(name, checks, _merged(checks))


def _variants_to_check(file: SpecFile, target: Target) -> tuple[str, ...]:
    """The variants of a spec, those of its base included; empty: as written."""
    if target.variant:
        return (target.variant,)
    variants = file.root.get("variants")
    if not isinstance(variants, MappingNode) or not variants.entries:
        return ("",)
    if len(variants.entries) > MAX_VARIANTS:
        return ("",)  # which reports just that
    names = tuple(key.text for key, _ in variants.entries)
    declared = parameters(file.root.get("params"), Sink(), typed=True)
    return names if any(parameter.default is None for parameter in declared) else ("", *names)


def _is_library(root: MappingNode) -> bool:
    """Whether the file holds blocks and nothing of a network."""
    return root.get("blocks") is not None and not any(root.get(key) for key in _OF_NETWORKS)


def _merged(checks: Mapping[str, Checked]) -> tuple[Diagnostic, ...]:
    """Each finding once, in the order of the first check that made it."""
    found: dict[tuple[str, str, int, int, str], Diagnostic] = {}
    variants: dict[tuple[str, str, int, int, str], list[str]] = {}
    for variant, checked in checks.items():
        for diagnostic in checked.diagnostics:
            span = diagnostic.span
            key = (diagnostic.code, span.source.name, span.start, span.end, diagnostic.message)
            found.setdefault(key, diagnostic)
            variants.setdefault(key, []).append(variant)
    merged = []
    for key, diagnostic in found.items():
        names = [f"`{name}`" for name in variants[key] if name]
        if len(variants[key]) < len(checks) and "" not in variants[key]:
            word = "variant" if len(names) == 1 else "variants"
            diagnostic = replace(diagnostic, notes=(*diagnostic.notes, f"with {word} {', '.join(names)}"))
        merged.append(diagnostic)
    return tuple(merged)
