"""Calls back at a time: how what a session has planned (`session/clock`) comes to be done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

_PATIENCE_S = 1.0


class Alarm:
    """One time at a time, and a thread from the first on that waits for it."""

    def __init__(self, ring: Callable[[], None]) -> None:
        """`ring` is called in the alarm's own thread. It must not raise."""
        self._ring = ring
        self._changed = threading.Condition()  # guards what follows
        self._time: float | None = None
        self._is_over = False
        self._thread: threading.Thread | None = None

    def set(self, time: float | None) -> None:
        """Ring at this time (s, by `monotonic`), and not when it was to ring before. Any thread; never waits long."""
        with self._changed:
            if time == self._time or self._is_over:
                return
            self._time = time
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._wait, name="alarm", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Ring no more. Not for the alarm's own thread."""
        with self._changed:
            self._is_over = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_PATIENCE_S)

    def _wait(self) -> None:
        while self._is_next_reached():
            self._ring()

    def _is_next_reached(self) -> bool:
        """Wait for the time that is set; return False once it is over."""
        with self._changed:
            while not self._is_over:
                left_s = None if self._time is None else self._time - monotonic()
                if left_s is not None and left_s <= 0:
                    self._time = None
                    return True
                self._changed.wait(left_s)
            return False
