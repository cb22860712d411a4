"""The program in a process of its own, with hard limits on its memory and its time.

One server process has archspec loaded; every run is a fork of it, so that hundreds of runs cost little. A run has no
part of this process: it reads its own standard input, and what it writes is read back from files.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import archspec

MEGABYTE = 2**20
MAX_RSS = 200 * MEGABYTE
MAX_MEMORY = 1024 * MEGABYTE
"""Of addresses: a backstop above the memory that is measured."""
MAX_CPU_SECONDS = 10
"""Far above what any input takes (a second), so that a busy machine fails no test; far below what a bomb would."""


@dataclass(frozen=True)
class Outcome:
    exit_code: int
    """Negative: the number of the signal that ended it."""
    stdout: str
    stderr: str
    rss: int
    """Its peak in bytes."""
    cpu: float
    """Seconds, without the start of the interpreter: to be shown, never to be tested."""

    @property
    def output(self) -> str:
        return self.stderr + self.stdout

    @property
    def codes(self) -> set[str]:
        return set(re.findall(r"(?:error|warning)\[([EW]\d{4})\]", self.output))


SERVER = f"""
import json, os, resource, sys, traceback
import archspec.cli
archspec.validate("archspec: 1\\nname: X\\ninput: [3, 8, 8]\\nbody: [{{conv: 4, kernel: $(1)}}, oops]\\n")

def child(request):
    os.chdir(request["folder"])
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_TRUNC
        os.dup2(os.open(request[name], flags), descriptor)
    os.environ.update(request["environment"])
    resource.setrlimit(resource.RLIMIT_CPU, ({MAX_CPU_SECONDS}, {MAX_CPU_SECONDS}))
    if request["memory"]:
        resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    exec(request["before"], {{}})
    sys.argv = ["archspec", *request["arguments"]]
    archspec.cli.main()

for line in sys.stdin:
    request = json.loads(line)
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            child(request)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        except BaseException:
            traceback.print_exc()
        finally:
            try:
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(code)
    _, status, usage = os.wait4(pid, 0)
    print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime]))
    sys.stdout.flush()
"""


@cache
def _server() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(archspec.__file__).parents[1])},
    )


def run(
    *arguments: str,
    folder: Path,
    stdin: bytes = b"",
    before: str = "",
    environment: dict[str, str] | None = None,
    memory: int = MAX_MEMORY,
) -> Outcome:
    """`archspec` with `arguments` in `folder`, in a process that the limits end.

    Args:
        before: Python that is run in the process first, to break something.
        memory: how much of it the process may ask for; 0: as much as there is.
    """
    streams = {name: folder.parent / f"{folder.name}.{name}" for name in ("stdin", "stdout", "stderr")}
    for path in streams.values():
        path.write_bytes(b"")
    streams["stdin"].write_bytes(stdin)
    request = {
        **{name: str(path) for name, path in streams.items()},
        "arguments": arguments,
        "folder": str(folder),
        "before": before,
        "environment": environment or {},
        "memory": memory,
    }
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(request) + "\n")
    server.stdin.flush()
    exit_code, rss, cpu = json.loads(server.stdout.readline())
    stdout, stderr = (streams[name].read_text("utf-8", "replace") for name in ("stdout", "stderr"))
    for path in streams.values():
        path.unlink()
    return Outcome(exit_code, stdout, stderr, rss, cpu)
