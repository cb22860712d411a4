"""What goes wrong outside the spec: the disk, the signal, the layout engine, a package that is not there.

The old file stays as it is, nothing half written is left, the message says what to do, and the exit code is 2, or 130
after Ctrl-C.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from bounded import run

import archspec

SPEC = "archspec: 1\nname: Net\ninput: [3, 8, 8]\nbody: [{conv: 4, kernel: 3}, relu]\nhead: [gap, {fc: 10}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "work"
    inside.mkdir()
    (inside / "net.yaml").write_text(SPEC)
    return inside


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


KILLER = '''
import os, signal, sys
from pathlib import Path
from archspec.output import write

CALLS = ("open", "write", "fsync", "close", "link", "rename", "replace", "unlink", "chmod", "lstat", "stat")
path, force, nameless = Path(sys.argv[1]), sys.argv[2] == "force", sys.argv[3] == "nameless"
new = bytes(range(256)) * 64

def child(n):
    """Write, and die before the n-th call of the system; of a write, in the midst of it."""
    count = 0
    for name in CALLS:
        def call(*arguments, real=getattr(os, name), name=name, **named):
            nonlocal count
            count += 1
            if count == n:
                if name == "write":
                    real(arguments[0], arguments[1][:100])
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **named)
        setattr(os, name, call)
    if not nameless:
        del os.O_TMPFILE
        sys.platform = "other"
    write(path, new, force=force)

for n in range(1, 100):
    if force:
        path.write_bytes(b"old")
    pid = os.fork()
    if pid == 0:
        child(n)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    survived = os.waitstatus_to_exitcode(status) == 0
    assert survived or os.WIFSIGNALED(status), status
    content = path.read_bytes() if path.exists() else None
    assert content in (b"old" if force else None, new), (n, content)
    assert not survived or content == new
    for other in path.parent.iterdir():
        if other != path:
            assert not survived, other
            assert other.name.startswith(".archspec-"), other
            if nameless:
                assert other.read_bytes() == new, n
            other.unlink()
    path.unlink(missing_ok=True)
    if survived:
        print(n - 1)
        break
'''


@pytest.mark.parametrize("how", ["nameless", "named"])
@pytest.mark.parametrize("mode", ["new", "force"])
def test_a_kill_at_every_call_of_the_system(mode: str, how: str, tmp_path: Path) -> None:
    if how == "nameless" and not (sys.platform == "linux" and has_nameless_files(tmp_path)):
        pytest.skip("no files without names here")
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(tmp_path / "net.py"), mode, how],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(archspec.__file__).parents[1])},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 6
    assert names(tmp_path) == []


def has_nameless_files(folder: Path) -> bool:
    try:
        os.close(os.open(folder, os.O_WRONLY | os.O_TMPFILE))
    except OSError:
        return False
    return True


WRITERS = {
    "build": ("build", "net.yaml", "-o", "out.py"),
    "draw": ("draw", "net.yaml", "-o", "out.dot"),
}

FULL_DISK = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
"""
NO_SPACE = """
import errno, os
def write(descriptor, data, real=os.write):
    if descriptor < 3:
        return real(descriptor, data)
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
os.write = write
"""
INTERRUPT = """
import os, signal
def interrupted(descriptor):
    os.kill(os.getpid(), signal.SIGINT)
os.fsync = interrupted
"""


@pytest.mark.parametrize("command", WRITERS)
@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    ("before", "exit_code", "message"),
    [
        (FULL_DISK, 2, "File too large"),
        (NO_SPACE, 2, "No space left on device; make room"),
        (INTERRUPT, 130, ""),
    ],
    ids=["limit", "space", "interrupt"],
)
def test_a_disk_that_is_full_and_an_interrupt(
    command: str, old: bool, before: str, exit_code: int, message: str, folder: Path
) -> None:
    output = folder / WRITERS[command][-1]
    if old:
        output.write_bytes(b"old")
    outcome = run(*WRITERS[command], *(["--force"] if old else []), folder=folder, before=before)
    assert outcome.exit_code == exit_code, outcome.output
    assert message in outcome.stderr
    assert "Traceback" not in outcome.output
    assert names(folder) == sorted(["net.yaml", *([output.name] if old else [])])
    assert not old or output.read_bytes() == b"old"


AS_NOBODY = """
import os
import archspec.output
def write(*arguments, real=archspec.output.write, **named):
    os.seteuid(65534)
    return real(*arguments, **named)
archspec.output.write = write
"""
"""The superuser may write anywhere: the write itself is somebody else's."""


@pytest.mark.parametrize("command", WRITERS)
class TestOutputsThatCannotBe:
    def test_a_file_is_in_the_way(self, command: str, folder: Path) -> None:
        output = folder / WRITERS[command][-1]
        output.write_bytes(b"old")
        outcome = run(*WRITERS[command], folder=folder)
        assert outcome.exit_code == 2
        assert "--force" in outcome.stderr
        assert output.read_bytes() == b"old"

    def test_a_symbolic_link(self, command: str, folder: Path) -> None:
        target, output = folder.parent / "target", folder / WRITERS[command][-1]
        target.write_bytes(b"theirs")
        output.symlink_to(target)
        refused = run(*WRITERS[command], folder=folder)
        assert refused.exit_code == 2
        assert "symbolic link" in refused.stderr
        assert run(*WRITERS[command], "--force", folder=folder).exit_code == 0
        assert target.read_bytes() == b"theirs"
        assert not output.is_symlink()

    def test_a_folder_that_is_read_only(self, command: str) -> None:
        with tempfile.TemporaryDirectory() as path:
            folder = Path(path)
            (folder / "net.yaml").write_text(SPEC)
            folder.chmod(0o555)
            before = AS_NOBODY if os.geteuid() == 0 else ""
            outcome = run(*WRITERS[command], folder=folder, before=before)
            folder.chmod(0o755)
            assert outcome.exit_code == 2, outcome.output
            assert "Permission denied; write to a folder in which" in outcome.stderr
            assert names(folder) == ["net.yaml"]

    def test_a_device_that_is_full(self, command: str, folder: Path) -> None:
        outcome = run(*WRITERS[command][:-1], "/dev/full", "--force", folder=folder)
        assert outcome.exit_code == 2
        assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


NO_STDOUT = "import io, os, sys\nos.dup2(os.open('/dev/full', os.O_WRONLY), 1)\n"
BUFFERED = "sys.stdout = open(1, 'w', closefd=False)\n"
UNBUFFERED = "sys.stdout = io.TextIOWrapper(io.FileIO(1, 'w', closefd=False), write_through=True)\n"
"""As with PYTHONUNBUFFERED=1."""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "command",
    [
        "validate net.yaml",
        "validate net.yaml --format json",
        "validate net.yaml --format sarif",
        "validate broken.yaml --format github",
        "validate - --fix",
        "validate broken.yaml --diff",
        "build net.yaml",
        "build net.yaml -o -",
        "draw net.yaml --format dot",
        "summary net.yaml",
        "diff net.yaml wider.yaml",
        "probe net.yaml",
        "zoo",
        "blocks",
        "blocks show fire",
        "schema",
        "explain conv",
        "explain net.yaml:head.1",
        "--help",
        "build --help",
        "--version",
    ],
)
@pytest.mark.parametrize("buffered", [True, False])
def test_a_disk_behind_stdout_that_is_full(command: str, buffered: bool, folder: Path) -> None:
    (folder / "broken.yaml").write_text(SPEC.replace("kernel", "kernal"))
    (folder / "wider.yaml").write_text(SPEC.replace("conv: 4", "conv: 5"))
    before = NO_STDOUT + (BUFFERED if buffered else UNBUFFERED)
    outcome = run(*command.split(), folder=folder, stdin=SPEC.encode(), before=before, memory=0)
    said = "error: cannot write the output: No space left on device\n"
    assert outcome.stderr.endswith(said)
    assert outcome.exit_code == 2
    assert "bug" not in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(("file", "exit_code"), [("net.yaml", 0), ("none.yaml", 2), ("broken.yaml", 2)])
def test_a_disk_behind_stderr_that_is_full(file: str, exit_code: int, folder: Path) -> None:
    (folder / "broken.yaml").write_text(SPEC.replace("kernel", "kernal"))
    outcome = run("validate", file, folder=folder, before=NO_STDOUT.replace(", 1)", ", 2)"))
    assert outcome.exit_code == exit_code


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_stream_that_is_closed(stream: str, folder: Path) -> None:
    """The interpreter has none then."""
    outcome = run("validate", "net.yaml", folder=folder, before=f"import sys; sys.{stream} = None")
    assert outcome.exit_code == 0
    assert outcome.stderr == ""


def test_what_could_not_be_fixed_is_reported_as_it_is(folder: Path) -> None:
    """Of two files one cannot be written: the verdict on each is that on the file as it lies there."""
    broken = SPEC.replace("kernel", "kernal")
    for name in ("broken.yaml", "other.yaml"):
        (folder / name).write_text(broken)
    before = "import os; os.access = lambda path, mode: 'broken' not in str(path)"
    outcome = run("validate", "--fix", "broken.yaml", "other.yaml", folder=folder, before=before)
    assert outcome.exit_code == 2
    assert "error[E0008]: cannot write `broken.yaml`" in outcome.stderr
    assert "error[E0202]" in outcome.stderr
    assert outcome.stdout.startswith("✗ broken.yaml: 1 error\n✓ other.yaml: valid")
    assert (folder / "broken.yaml").read_text() == broken
    assert (folder / "other.yaml").read_text() == SPEC


NO_ENGINE = "import shutil; shutil.which = lambda *a, **k: None\n"
ENGINES = {
    "crashes": ("#!/bin/sh\nkill -SEGV $$\n", "gave no svg"),
    "fails": ("#!/bin/sh\necho 'out of memory' >&2\nexit 3\n", "out of memory"),
    "garbage": ("#!/bin/sh\necho garbage\n", "gave no svg"),
    "nothing": ("#!/bin/sh\nexit 0\n", "gave no svg"),
    "forges": ("#!/bin/sh\nprintf '\\033[31m::error::x\\n' >&2\nexit 1\n", "\\x1b"),
    "hangs": ("#!/bin/sh\nexec sleep 30\n", "took longer than"),
    "is no program": ("\x7fELF garbage", "cannot run"),
}


def with_engine(path: Path) -> str:
    return (
        "import importlib.util, shutil\n"
        "import archspec.backends.dot.engine as engine\n"
        f"shutil.which = lambda name, *a, **k: {str(path)!r} if name == 'dot' else None\n"
        "importlib.util.find_spec = lambda name, *a: None\n"
        "engine.SECONDS = 0.5\n"
    )


@pytest.mark.parametrize("kind", ENGINES)
def test_a_broken_dot(kind: str, folder: Path) -> None:
    script, message = ENGINES[kind]
    engine = folder.parent / "dot"
    engine.write_bytes(script.encode("latin-1"))
    engine.chmod(0o755)
    (folder / "out.svg").write_bytes(b"old")
    outcome = run("draw", "net.yaml", "-o", "out.svg", "--force", folder=folder, before=with_engine(engine))
    assert outcome.exit_code == 2, outcome.output
    assert message in outcome.stderr
    assert "\x1b" not in outcome.output
    assert "Traceback" not in outcome.output
    remedy = "draw less of it" if kind == "hangs" else "pip install graphviz-pure"
    assert remedy in outcome.stderr
    assert names(folder) == ["net.yaml", "out.dot", "out.svg"]
    assert (folder / "out.svg").read_bytes() == b"old"
    assert (folder / "out.dot").read_text().startswith("digraph")


def test_no_layout_engine(folder: Path) -> None:
    before = NO_ENGINE + "import importlib.util; importlib.util.find_spec = lambda name, *a: None"
    outcome = run("draw", "net.yaml", "-o", "out.png", folder=folder, before=before)
    assert outcome.exit_code == 2
    assert "no layout engine for png is installed" in outcome.stderr
    assert names(folder) == ["net.yaml", "out.dot"]


def without(*packages: str) -> str:
    return "import sys\n" + "".join(f"sys.modules[{package!r}] = None\n" for package in packages)


class TestWithoutTorch:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("validate", "net.yaml"),
            ("summary", "net.yaml"),
            ("draw", "net.yaml", "--format", "dot"),
            ("build", "net.yaml"),
            ("explain", "net.yaml:head.1"),
            ("zoo",),
            ("blocks",),
            ("schema",),
        ],
        ids=lambda arguments: arguments[0],
    )
    def test_what_needs_none_works(self, arguments: tuple[str, ...], folder: Path) -> None:
        outcome = run(*arguments, folder=folder, before=without("torch"))
        assert outcome.exit_code == 0, outcome.stderr
        assert outcome.stdout

    @pytest.mark.parametrize(
        "arguments",
        [
            ("build", "net.yaml", "--check", "-o", "out.py"),
            ("build", "net.yaml", "-o", "out.safetensors"),
            ("build", "net.yaml", "-o", "out.pt2"),
            ("build", "net.yaml", "--weights", "net.pt", "-o", "out.py"),
        ],
        ids=["check", "safetensors", "pt2", "weights"],
    )
    def test_what_needs_it_says_so(self, arguments: tuple[str, ...], folder: Path) -> None:
        outcome = run(*arguments, folder=folder, before=without("torch"))
        assert outcome.exit_code == 2, outcome.output
        assert "pip install torch" in outcome.stderr
        assert "Traceback" not in outcome.output
        assert names(folder) == ["net.yaml"]


@pytest.mark.parametrize("command", ["build net.yaml --check", "build net.yaml -o out.pt2", "probe net.yaml"])
@pytest.mark.parametrize(
    "error", ["ImportError('libcudnn.so.9 is missing')", "OSError('libcudnn.so.9 is missing')"]
)
def test_a_torch_that_cannot_be_imported(command: str, error: str, folder: Path) -> None:
    package = folder.parent / "site" / "torch"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f"raise {error}\n")
    before = f"import sys; sys.path.insert(0, {str(package.parent)!r})"
    outcome = run(*command.split(), folder=folder, before=before)
    assert outcome.exit_code == 2, outcome.output
    said = "error: torch is installed but cannot be imported: libcudnn.so.9 is missing\n"
    assert outcome.stderr.endswith(said)
    assert names(folder) == ["net.yaml"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "package"), [("safetensors", "safetensors"), ("onnx", "onnx"), ("onnx", "onnxscript")]
)
def test_without_an_extra(suffix: str, package: str, folder: Path) -> None:
    outcome = run(
        "build", "net.yaml", "-o", f"out.{suffix}", folder=folder, before=without(package), memory=0
    )
    assert outcome.exit_code == 2, outcome.output
    assert "pip install" in outcome.stderr
    assert "Traceback" not in outcome.output
    assert names(folder) == ["net.yaml"]
