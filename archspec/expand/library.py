"""The standard blocks, which every spec may call."""

from __future__ import annotations

from typing import Final

from archspec.diagnostics import Sink
from archspec.expand import standard
from archspec.expand.declarations import define
from archspec.expand.definitions import Definition, SpecFile
from archspec.expand.notes import take_allowances
from archspec.source import Source
from archspec.syntax import read_text


class Library:
    """The standard blocks, one file each under `archspec/blocks/`, read when first named."""

    names: Final = staticmethod(standard.names)
    text: Final = staticmethod(standard.text)

    def __init__(self) -> None:
        self._files: dict[str, SpecFile | None] = {}

    def find(self, name: str, sink: Sink) -> Definition | None:
        """The standard block called `name`."""
        if name not in self.names():
            return None
        if name not in self._files:
            self._files[name] = self._load(name, sink)
        file = self._files[name]
        return file.blocks.get(name) if file is not None else None

    def _load(self, name: str, sink: Sink) -> SpecFile | None:
        source = Source(f"archspec/blocks/{name}.yaml", self.text(name), shipped=True)
        root = read_text(source, sink)
        if root is None:
            return None
        notes = Sink()
        take_allowances(root, notes)
        file = SpecFile(source, root, standard=True, allowances=tuple(notes.unused))
        define(file, sink)
        return file
