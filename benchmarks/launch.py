"""Start a program, wait for it, and print what it used as JSON. Run with `python -I -S launch.py PROGRAM ARGUMENT…`.

A process of its own, and a small one: on Linux the peak memory of a new process begins at that of the one that starts
it. The numbers include those of the programs that the program started and waited for.
"""

import json
import os
import sys

BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024

nothing = os.open(os.devnull, os.O_RDWR)
streams = [(os.POSIX_SPAWN_DUP2, nothing, stream) for stream in (0, 1)]
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=streams)
_, status, used = os.wait4(pid, 0)
print(
    json.dumps(
        {
            "cpu": used.ru_utime + used.ru_stime,
            "memory": used.ru_maxrss * BYTES_PER_UNIT,
            "status": os.waitstatus_to_exitcode(status),
        }
    )
)
