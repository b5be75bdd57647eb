"""Output for a channel, kept until the peer takes it. Writing never waits."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

READY_BYTES = 1 << 15
"""Below this the outlet is ready for more."""

MOST_BYTES = 1 << 22
"""Beyond this the outlet is closed: nobody could read that much any more."""

_PIECE_BYTES = 1 << 14


class Sink(Protocol):
    """Where the output goes. Only for the loop's thread."""

    @property
    def takes_more(self) -> bool:
        """Whether more can be written at the moment."""

    def write(self, data: bytes, *, is_error: bool = False) -> None:
        """Send."""


class Outlet:
    """One channel's output. `write` and `is_ready` are for any thread, `pump` is for the loop's."""

    def __init__(self, wake: Callable[[], None], on_ready: Callable[[], None]) -> None:
        """`wake` makes the loop's thread call `pump`. `on_ready` is called there whenever the outlet is ready."""
        self._wake = wake
        self._on_ready = on_ready
        self._lock = threading.Lock()  # guards what follows
        self._pieces: deque[tuple[bytes, bool]] = deque()
        self._bytes = 0
        self._is_woken = False
        self._is_over = False

    def is_ready(self) -> bool:
        """Return whether more should be written."""
        return self._bytes < READY_BYTES

    @property
    def is_empty(self) -> bool:
        return not self._bytes

    def write(self, data: bytes, *, is_error: bool = False) -> None:
        """Queue data to be sent. Raises OSError if the outlet is closed or overflows."""
        with self._lock:
            self._is_over = self._is_over or self._bytes + len(data) > MOST_BYTES
            if self._is_over:
                raise OSError("nobody reads any more")
            self._pieces.append((data, is_error))
            self._bytes += len(data)
            wakes, self._is_woken = not self._is_woken, True
        if wakes:
            self._wake()

    def pump(self, sink: Sink) -> None:
        """Send as much as the peer takes."""
        with self._lock:
            self._is_woken = False
        while sink.takes_more and (piece := self._next()):
            sink.write(piece[0], is_error=piece[1])
        if self.is_ready():
            self._on_ready()

    def end(self) -> None:
        """Close the outlet and drop what is not sent."""
        with self._lock:
            self._is_over = True
            self._pieces.clear()
            self._bytes = 0

    def _next(self) -> tuple[bytes, bool] | None:
        """Return the next piece to send; short pieces of the same kind are joined."""
        with self._lock:
            if not self._pieces:
                return None
            data, is_error = self._pieces.popleft()
            while self._pieces and self._pieces[0][1] == is_error and len(data) < _PIECE_BYTES:
                data += self._pieces.popleft()[0]
            self._bytes -= len(data)
            return data, is_error
