"""Returns memory to the system when a crowd has left: glibc would keep what its connections used."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

_CROWD = 64  # connections


def find_trim() -> Callable[[], object]:
    """Return a function that returns all free memory to the system, or does nothing if the C library cannot."""
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
        """Return memory to the system once most of a crowd has left and no more are leaving."""
        self._most = max(self._most, connections)
        is_settled, self._last = connections >= self._last, connections
        if is_settled and self._most - connections >= max(_CROWD, connections):
            self._most = connections
            self._trim()
