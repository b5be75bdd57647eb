"""What the system says of this process. What it does not say is left out: most is Linux's alone."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

_STAT, _DESCRIPTORS = Path("/proc/self/stat"), Path("/dev/fd")
_THREADS, _VIRTUAL, _RESIDENT = 20, 23, 24
"""Fields of /proc/self/stat, as proc(5) counts them."""


def process_values(stat: Path = _STAT, descriptors: Path = _DESCRIPTORS) -> dict[str, float]:
    """Return the values of the process' metrics, by their names. Any thread."""
    used = os.times()
    values: dict[str, float] = {"process_cpu_seconds_total": used.user + used.system}
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit != resource.RLIM_INFINITY:
        values["process_max_fds"] = limit
    with contextlib.suppress(OSError):
        # Without the one by which they are read.
        values["process_open_fds"] = len(os.listdir(descriptors)) - 1  # noqa: PTH208 - there may be ten thousand
    with contextlib.suppress(OSError):
        # The second field is the name, in parentheses, and may have anything in it.
        fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        threads, virtual, resident = (int(fields[number - 3]) for number in (_THREADS, _VIRTUAL, _RESIDENT))
        values["process_threads"] = threads
        values["process_virtual_memory_bytes"] = virtual
        values["process_resident_memory_bytes"] = resident * resource.getpagesize()
    return values
