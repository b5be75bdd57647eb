"""Gives memory back to the system when a crowd has gone: glibc would keep what its connections took."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

_CROWD = 64  # connections


def find_trim() -> Callable[[], object]:
    """Return what gives back all that is free; something that does nothing where the C library has no such call."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # macOS, musl
        return lambda: None
    return lambda: trim(0)


class SpareMemory:
    """Watches the number of connections. Heartbeat's thread."""

    def __init__(self, trim: Callable[[], object]) -> None:
        self._trim = trim
        self._most = 0
        self._last = 0

    def note(self, connections: int) -> None:
        """Give memory back when, since the last time, a crowd has come and most of it has gone, and no more go."""
        self._most = max(self._most, connections)
        is_settled, self._last = connections >= self._last, connections
        if is_settled and self._most - connections >= max(_CROWD, connections):
            self._most = connections
            self._trim()
