"""Reading files, with bounds on what may be read.

Only regular files are read, since a pipe or a device could go on for ever, and no more of them than a spec may have.
A `Folder` is all that a spec's imports can reach.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from archspec.diagnostics import shortened
from archspec.records import dataclass
from archspec.source import MAX_BYTES
from archspec.spelling import did_you_mean

_MOST_NAMES: Final = 1000
_SPEC: Final = r"[\w.-]+\.ya?ml"


class CannotRun(Exception):
    """The command cannot do its work, and the spec is not to blame: a missing file, a folder, a device.

    `code` says what `archspec explain` has to say of it, if anything.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


def read_regular(path: str) -> bytes:
    """The content of a regular file.

    Raises `CannotRun` where there is none, or it is larger than a spec may be.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CannotRun(f"cannot read `{shortened(path)}`: {reason}", "E0001") from None
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise CannotRun(f"`{shortened(path)}` is a folder", "E0001")
        if not stat.S_ISREG(mode):
            raise CannotRun(f"`{shortened(path)}` is not a regular file", "E0001")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(data) > MAX_BYTES:
        raise CannotRun(
            f"`{shortened(path)}` is larger than {MAX_BYTES // 2**20} MiB, the most a spec may have",
            "E0002",
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
    changed: Mapping[str, bytes] = field(default_factory=dict, compare=False)
    """What stands for the content of a file, by its resolved path: changes that are not written yet."""

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
            data = self.changed.get(str(resolved))
            data = read_regular(str(resolved)) if data is None else data
            return data, Folder(self.root, resolved.parent, self.changed)
        except CannotRun as error:
            return Refused(str(error))

    def near(self, relative: str) -> str | None:
        """The path of a spec within reach that `relative` is most likely a slip for."""
        parent, slash, name = relative.rpartition("/")
        if not relative.strip("./") or ".." in parent or "\\" in relative or ":" in relative:
            return None
        try:
            folder = (self.path / parent).resolve(strict=True)
            if not folder.is_relative_to(self.root):
                return None
            with os.scandir(folder) as entries:
                names = sorted(
                    entry.name for entry in islice(entries, _MOST_NAMES) if re.fullmatch(_SPEC, entry.name)
                )
        except (OSError, ValueError):
            return None
        # The ends of all names are alike.
        nearest = did_you_mean(name.rpartition(".")[0] or name, (found.rpartition(".")[0] for found in names))
        found = next((found for found in names if nearest and found.rpartition(".")[0] == nearest), None)
        return None if found is None else f"{parent}{slash}{found}"
