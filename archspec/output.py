"""Files that the command line writes: whole, or not at all.

In: a path and its bytes. Out: the file, or `CannotRun`.
Holds: nobody ever sees half a file. Whatever stops the writing (a full disk, Ctrl-C, a kill) leaves what was there
before; beside it a kill may leave the whole new file under a name of its own, and never a part of it where a file can
exist without a name (Linux). What exists is replaced only with `force`. A symbolic link is never followed: with `force`
the link itself is replaced, and what it points to stays. Devices, pipes and folders are never replaced.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from archspec.diagnostics import shortened
from archspec.files import CannotRun

_CODE: Final = "E0008"

_NO_SPACE: Final = "; make room, or write to another disk"
_NO_RIGHT: Final = "; write to a folder in which you may create files"
_REMEDIES: Final = {
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: _NO_SPACE,
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: _NO_RIGHT,
}


def check_free(path: Path, *, force: bool) -> None:
    """Raise `CannotRun` where `write` would refuse: asked before the work, so that none is done in vain."""
    shown = shortened(str(path))
    if not path.parent.is_dir():
        raise CannotRun(f"cannot write `{shown}`: there is no folder `{shortened(str(path.parent))}`", _CODE)
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise CannotRun(f"cannot write `{shown}`: {error.strerror}", _CODE) from None
    if stat.S_ISLNK(mode):
        if not force:
            raise CannotRun(
                f"`{shown}` is a symbolic link; `--force` replaces the link, not what it points to", _CODE
            )
        if path.exists() and not path.is_file():
            raise CannotRun(f"`{shown}` leads to something that is not a file", _CODE)
    elif not stat.S_ISREG(mode):
        raise CannotRun(f"`{shown}` exists and is not a file", _CODE)
    elif not force:
        raise CannotRun(f"`{shown}` exists; `--force` overwrites it", _CODE)


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
        raise CannotRun(f"`{shortened(str(path))}` exists; `--force` overwrites it", _CODE) from None
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "")
        raise CannotRun(f"cannot write `{shortened(str(path))}`: {error.strerror}{remedy}", _CODE) from None


def _write_new(path: Path, data: bytes) -> None:
    """Create `path`, which is on the disk when this returns. The permissions are those of any new file."""
    descriptor = _open_nameless(path.parent)
    if descriptor is not None:
        try:
            _fill(descriptor, data)
            if _name(descriptor, path):
                return
        finally:
            os.close(descriptor)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        _fill(descriptor, data)
    finally:
        os.close(descriptor)


def _open_nameless(folder: Path) -> int | None:
    """A file that is in no folder yet, and goes with the process; None where there is no such thing."""
    if sys.platform != "linux":
        return None
    try:
        return os.open(folder, os.O_WRONLY | os.O_TMPFILE, 0o666)
    except OSError:
        return None


def _name(descriptor: int, path: Path) -> bool:
    """Give a file without a name the name `path`, which is free; False where that cannot be done."""
    try:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            # With a folder given, Python calls linkat, which alone follows the link in /proc.
            os.link(f"/proc/self/fd/{descriptor}", path.name, dst_dir_fd=folder, follow_symlinks=True)
        finally:
            os.close(folder)
    except OSError:
        return False
    return True


def _fill(descriptor: int, data: bytes) -> None:
    """Write all of `data`, to the disk."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fsync(descriptor)


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
