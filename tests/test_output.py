"""Files are written whole or not at all, and never over what was not to be touched."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from archspec.files import CannotRun
from archspec.output import check_free, write


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    write(path, b"new", force=False)
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == ["net.py"]


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.write_bytes(b"")
    write(tmp_path / "net.py", b"new", force=False)
    assert (tmp_path / "net.py").stat().st_mode == ordinary.stat().st_mode


def test_an_existing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_bytes(b"old")
    with pytest.raises(CannotRun, match=r"exists; `--force` overwrites it"):
        write(path, b"new", force=False)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["net.py"]


def test_force_replaces_a_file_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write(path, b"new", force=True)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert names(tmp_path) == ["net.py"]


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.py"
    real_fsync = os.fsync

    def somebody_else_writes(descriptor: int) -> None:
        real_fsync(descriptor)
        path.write_bytes(b"theirs")

    monkeypatch.setattr(os, "fsync", somebody_else_writes)
    with pytest.raises(CannotRun, match="exists"):
        write(path, b"ours", force=False)
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["net.py"]


@pytest.mark.parametrize("taken", [False, True])
def test_a_file_system_without_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    path = tmp_path / "net.py"

    def no_links(*_: object, **__: object) -> None:
        if taken:
            path.write_bytes(b"theirs")
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    if taken:
        with pytest.raises(CannotRun, match="exists"):
            write(path, b"ours", force=False)
    else:
        write(path, b"ours", force=False)
    assert path.read_bytes() == (b"theirs" if taken else b"ours")
    assert names(tmp_path) == ["net.py"]


class TestSymbolicLinks:
    def test_a_link_is_refused(self, tmp_path: Path) -> None:
        target, link = tmp_path / "target", tmp_path / "net.py"
        target.write_bytes(b"old")
        link.symlink_to(target)
        with pytest.raises(CannotRun, match="symbolic link"):
            write(link, b"new", force=False)
        assert target.read_bytes() == b"old"
        assert link.is_symlink()

    def test_a_link_to_nothing_is_refused(self, tmp_path: Path) -> None:
        link = tmp_path / "net.py"
        link.symlink_to(tmp_path / "nothing")
        with pytest.raises(CannotRun, match="symbolic link"):
            write(link, b"new", force=False)
        assert names(tmp_path) == ["net.py"]

    def test_force_replaces_the_link_and_not_its_target(self, tmp_path: Path) -> None:
        target, link = tmp_path / "target", tmp_path / "net.py"
        target.write_bytes(b"old")
        link.symlink_to(target)
        write(link, b"new", force=True)
        assert target.read_bytes() == b"old"
        assert not link.is_symlink()
        assert link.read_bytes() == b"new"

    def test_force_does_not_replace_a_link_to_a_device(self, tmp_path: Path) -> None:
        link = tmp_path / "net.py"
        link.symlink_to("/dev/null")
        with pytest.raises(CannotRun, match="not a file"):
            write(link, b"new", force=True)
        assert link.is_symlink()


@pytest.mark.parametrize("force", [False, True])
class TestWhatIsNoFile:
    def test_a_folder(self, tmp_path: Path, force: bool) -> None:
        (tmp_path / "net.py").mkdir()
        with pytest.raises(CannotRun, match="exists and is not a file"):
            write(tmp_path / "net.py", b"new", force=force)
        assert names(tmp_path) == ["net.py"]

    def test_a_pipe(self, tmp_path: Path, force: bool) -> None:
        os.mkfifo(tmp_path / "net.py")
        with pytest.raises(CannotRun, match="exists and is not a file"):
            write(tmp_path / "net.py", b"new", force=force)
        assert names(tmp_path) == ["net.py"]

    def test_a_device(self, force: bool) -> None:
        with pytest.raises(CannotRun, match="exists and is not a file"):
            check_free(Path("/dev/null"), force=force)

    def test_below_a_file(self, tmp_path: Path, force: bool) -> None:
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(CannotRun, match="there is no folder"):
            write(tmp_path / "file" / "net.py", b"new", force=force)

    def test_a_missing_folder(self, tmp_path: Path, force: bool) -> None:
        with pytest.raises(CannotRun, match="there is no folder"):
            write(tmp_path / "missing" / "net.py", b"new", force=force)
        assert names(tmp_path) == []

    def test_a_name_that_is_too_long(self, tmp_path: Path, force: bool) -> None:
        with pytest.raises(CannotRun, match="cannot write"):
            write(tmp_path / ("x" * 300 + ".py"), b"new", force=force)
        assert names(tmp_path) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_whatever_stops_the_writing_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, moment: str
) -> None:
    path = tmp_path / "net.py"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, moment, fail)
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else CannotRun):
        write(path, b"new", force=True)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["net.py"]


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """The real thing: the process may write files of 10 kB, and the data are 100 kB."""
    path = tmp_path / "net.py"
    path.write_bytes(b"old")
    script = """
import resource, signal, sys
from pathlib import Path
from archspec.files import CannotRun
from archspec.output import write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    write(Path(sys.argv[1]), bytes(100_000), force=True)
except CannotRun as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert "File too large" in done.stdout
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["net.py"]
