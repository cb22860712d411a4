"""Reading files, with bounds on what may be read.

Only regular files are read, since a pipe or a device could go on for ever, and no more of them than a spec may have.
A `Folder` is all that a spec's imports can reach.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from archspec.diagnostics import shortened
from archspec.syntax import MAX_BYTES


class CannotRun(Exception):
    """The command cannot do its work, and the spec is not to blame: a missing file, a folder, a device."""


def read_regular(path: str) -> bytes:
    """The content of a regular file.

    Raises `CannotRun` where there is none, or it is larger than a spec may be.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CannotRun(f"cannot read `{shortened(path)}`: {reason}") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise CannotRun(f"`{shortened(path)}` is a folder")
        if not stat.S_ISREG(mode):
            raise CannotRun(f"`{shortened(path)}` is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(data) > MAX_BYTES:
        raise CannotRun(
            f"`{shortened(path)}` is larger than {MAX_BYTES // 2**20} MiB, the most a spec may have"
        )
    return data


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a path is not read."""

    reason: str


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of a file whose imports are read; nothing outside `root`, the folder of the spec, is within reach."""

    root: Path
    path: Path

    @classmethod
    def of(cls, file: str) -> Folder:
        """The folder of the spec `file`."""
        folder = Path(file).resolve().parent
        return cls(folder, folder)

    def read(self, relative: str) -> tuple[bytes, Folder] | Refused:
        """The content of the file at `relative`, and the folder that its own imports start from."""
        pure = PurePosixPath(relative)
        if "://" in relative or relative.startswith(("//", "~")):
            return Refused("an import is a file, not an address")
        if pure.is_absolute() or Path(relative).is_absolute() or "\\" in relative:
            return Refused("an import is a path relative to the file")
        if ".." in pure.parts:
            return Refused("an import cannot leave the folder of the spec")
        try:
            resolved = (self.path / relative).resolve(strict=True)
        except (OSError, ValueError):
            return Refused("there is no such file")
        if not resolved.is_relative_to(self.root):
            return Refused("the file lies outside the folder of the spec")
        try:
            return read_regular(str(resolved)), Folder(self.root, resolved.parent)
        except CannotRun as error:
            return Refused(str(error))
