"""Living within a memory limit (`ulimit -v`): new connections are refused early, so that existing ones never run short.

Histories, metadata, lists and outboxes may still grow, each within bounds. They get a share of the available memory,
and a connection is accepted only while the rest of that share, and a reserve, could be allocated at once.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import mmap
from pathlib import Path

from chatcore.config import Limits

_SPARE_BYTES = 24 << 20  # the reserve for what threads need while working
_CERTAIN_PART = 7 / 8  # of an earlier crowd: this many surely fit again, even if each needs more
_LIST_ENTRY_BYTES = 256
_M_ARENA_MAX = -8  # of mallopt(3)
_PRIVATE = getattr(mmap, "MAP_PRIVATE", 0) | getattr(mmap, "MAP_ANONYMOUS", 0)


def room_bytes() -> int | None:
    """Return how many more bytes this process may allocate; None if there is no limit or it is unknown."""
    import resource  # not on Windows, where no tracker runs

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:  # not Linux; other systems rarely enforce such limits
        return None
    return max(0, limit - pages * mmap.PAGESIZE)


def fit(limits: Limits, room: int) -> Limits:
    """Return limits under which histories, metadata, lists and outboxes take at most half of `room` bytes."""
    return dataclasses.replace(
        limits,
        max_total_history_bytes=min(limits.max_total_history_bytes, max(1, room * 7 // 40)),
        max_total_sendq_bytes=min(limits.max_total_sendq_bytes, max(1, room // 10)),  # may briefly take twice as much
        max_total_metadata_bytes=min(limits.max_total_metadata_bytes, max(1, room // 40)),
        max_list_entries=min(limits.max_list_entries, max(1, room // 10 // _LIST_ENTRY_BYTES)),
    )


def use_few_arenas() -> None:
    """Keep glibc from reserving 64 MB of address space for each of many threads. Call before they start."""
    with contextlib.suppress(AttributeError, OSError):  # macOS, musl
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


class Headroom:
    """Knows whether there is memory for one more connection. Any thread."""

    def __init__(self, limits: Limits, *, is_limited: bool) -> None:
        self._is_limited = is_limited
        self._most = limits.max_total_history_bytes + 2 * limits.max_total_sendq_bytes
        self._full_with = 0  # the most connections at which memory has run short

    def suffices(self, connections: int, used_bytes: int) -> bool:
        """Return whether all memory that may be needed could be allocated now.

        `used_bytes` is what histories and outboxes hold. Memory that a departed crowd used may be too fragmented to
        return to the system; it counts as available.
        """
        if not self._is_limited or _is_to_be_had(max(0, self._most - used_bytes) + _SPARE_BYTES):
            return True
        if connections < self._full_with * _CERTAIN_PART and _is_to_be_had(_SPARE_BYTES):
            return True
        self._full_with = max(self._full_with, connections)
        return False


def _is_to_be_had(count: int) -> bool:
    try:
        mmap.mmap(-1, count, flags=_PRIVATE).close()
    except (OSError, MemoryError):
        return False
    return True
