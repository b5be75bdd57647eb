"""Metrics of this process from the operating system. Unavailable ones are left out: most exist only on Linux."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

_STAT, _DESCRIPTORS = Path("/proc/self/stat"), Path("/dev/fd")
_USER, _SYSTEM, _THREADS, _VIRTUAL, _RESIDENT = 14, 15, 20, 23, 24
"""Fields of /proc/self/stat, as proc(5) counts them."""


def process_values(stat: Path = _STAT, descriptors: Path = _DESCRIPTORS) -> dict[str, float]:
    """Return the process' metrics by name. Any thread."""
    values = _from_stat(stat) or _from_times()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit != resource.RLIM_INFINITY:
        values["process_max_fds"] = limit
    with contextlib.suppress(OSError):
        values["process_open_fds"] = _count_descriptors(descriptors)
    return values


def _from_stat(path: Path) -> dict[str, float]:
    """Return the metrics in the file, if there is one.

    The system adds up the times of all threads while the file is read. The interpreter lock is free then, as it would
    not be in a call such as os.times.
    """
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return {}
    # The second field is the name in parentheses, and may contain anything.
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

    Linux 6.2 and later give the number as the folder's size; elsewhere listing ten thousand takes 10 ms.
    """
    if folder.resolve().is_relative_to("/proc"):
        size = folder.stat().st_size
        if size:
            return size
    return len(os.listdir(folder)) - 1  # noqa: PTH208 - there may be thousands. Not counting the one that lists them.
