"""What the system says of this process. What it does not say is left out: most is Linux's alone."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

_STAT, _DESCRIPTORS = Path("/proc/self/stat"), Path("/dev/fd")
_USER, _SYSTEM, _THREADS, _VIRTUAL, _RESIDENT = 14, 15, 20, 23, 24
"""Fields of /proc/self/stat, as proc(5) counts them."""


def process_values(stat: Path = _STAT, descriptors: Path = _DESCRIPTORS) -> dict[str, float]:
    """Return the values of the process' metrics, by their names. Any thread."""
    values = _from_stat(stat) or _from_times()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit != resource.RLIM_INFINITY:
        values["process_max_fds"] = limit
    with contextlib.suppress(OSError):
        values["process_open_fds"] = _count_descriptors(descriptors)
    return values


def _from_stat(path: Path) -> dict[str, float]:
    """Return what the file says, if there is one.

    The system adds up what all threads have used while it is read, when the interpreter lock is free, not in a call.
    """
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return {}
    # The second field is the name, in parentheses, and may have anything in it.
    fields = ["", "", *text.rpartition(")")[2].split()]
    number = {at: int(fields[at - 1]) for at in (_USER, _SYSTEM, _THREADS, _VIRTUAL, _RESIDENT)}
    return {
        "process_cpu_seconds_total": (number[_USER] + number[_SYSTEM]) / os.sysconf("SC_CLK_TCK"),
        "process_threads": number[_THREADS],
        "process_virtual_memory_bytes": number[_VIRTUAL],
        "process_resident_memory_bytes": number[_RESIDENT] * resource.getpagesize(),
    }


def _from_times() -> dict[str, float]:
    used = os.times()
    return {"process_cpu_seconds_total": used.user + used.system}


def _count_descriptors(folder: Path) -> int:
    """Return how many descriptors are open. Raises OSError.

    Linux 6.2 and later have it as the folder's size; elsewhere a look at ten thousand of them takes 10 ms.
    """
    if folder.resolve().is_relative_to("/proc"):
        size = folder.stat().st_size
        if size:
            return size
    return len(os.listdir(folder)) - 1  # noqa: PTH208 - there may be thousands. Without the one that reads.
