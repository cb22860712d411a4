"""Files that the command line writes: whole, or not at all.

In: a path and its bytes. Out: the file, or `CannotRun`.
Holds: nobody ever sees half a file, and whatever stops the writing (a full disk, Ctrl-C) leaves what was there before;
what exists is replaced only with `force`; a symbolic link is never followed: with `force` the link itself is replaced,
and what it points to stays. Devices, pipes and folders are never replaced.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from archspec.diagnostics import shortened
from archspec.files import CannotRun


def check_free(path: Path, *, force: bool) -> None:
    """Raise `CannotRun` where `write` would refuse: asked before the work, so that none is done in vain."""
    shown = shortened(str(path))
    if not path.parent.is_dir():
        raise CannotRun(f"cannot write `{shown}`: there is no folder `{shortened(str(path.parent))}`")
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise CannotRun(f"cannot write `{shown}`: {error.strerror}") from None
    if stat.S_ISLNK(mode):
        if not force:
            raise CannotRun(
                f"`{shown}` is a symbolic link; `--force` replaces the link, not what it points to"
            )
        if path.exists() and not path.is_file():
            raise CannotRun(f"`{shown}` leads to something that is not a file")
    elif not stat.S_ISREG(mode):
        raise CannotRun(f"`{shown}` exists and is not a file")
    elif not force:
        raise CannotRun(f"`{shown}` exists; `--force` overwrites it")


def write(path: Path, data: bytes, *, force: bool) -> None:
    """Write `data` to `path`. A file that is replaced keeps its permissions."""
    check_free(path, force=force)
    temporary = path.parent / f".archspec-{secrets.token_hex(6)}.tmp"
    try:
        try:
            _write_new(temporary, data)
            if force:
                _keep_permissions(path, temporary)
                os.replace(temporary, path)
            else:
                _move_to_free(temporary, path)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()
    except FileExistsError:
        raise CannotRun(f"`{shortened(str(path))}` exists; `--force` overwrites it") from None
    except OSError as error:
        raise CannotRun(f"cannot write `{shortened(str(path))}`: {error.strerror}") from None


def _write_new(path: Path, data: bytes) -> None:
    """Create `path`, which is on the disk when this returns. The permissions are those of any new file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _keep_permissions(old: Path, new: Path) -> None:
    with suppress(FileNotFoundError):
        mode = old.lstat().st_mode
        if stat.S_ISREG(mode):
            new.chmod(stat.S_IMODE(mode))


def _move_to_free(temporary: Path, path: Path) -> None:
    """Give the finished file its name, unless the name was taken meanwhile: a hard link fails then, a rename would not.

    A file system without hard links gets an empty file first, which holds the name.
    """
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        try:
            os.replace(temporary, path)
        except BaseException:
            path.unlink()
            raise
