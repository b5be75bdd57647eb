"""A latch: threads wait for something that happens once."""

from __future__ import annotations

import contextlib
import threading


class Latch:
    """Like `threading.Event`, but it stays set and takes a tenth of its kilobyte of memory. Any thread."""

    __slots__ = ("_lock", "is_set")

    def __init__(self) -> None:
        self.is_set = False
        self._lock = threading.Lock()  # held until it is set, then briefly by each thread that passes
        self._lock.acquire()

    def set(self) -> None:
        """Release all waiting threads, and let later ones pass. Setting twice is harmless."""
        self.is_set = True
        self._release()

    def wait(self, seconds: float) -> bool:
        """Wait until it is set, at most `seconds`; return whether it is."""
        if self._lock.acquire(timeout=seconds):
            self._release()
        return self.is_set

    def _release(self) -> None:
        with contextlib.suppress(RuntimeError):  # another thread has released it
            self._lock.release()
