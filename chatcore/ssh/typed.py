"""What a person types: it waits until the terminal client runs, and the peer waits while the client is behind.

Only for the loop's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

MOST_UNREAD = 1 << 13


class Typist(Protocol):
    """Reads what was typed."""

    def feed(self, data: bytes) -> int:
        """Take what was typed; return its size, in the unit in which it will be counted as read."""

    def end_keys(self) -> None:
        """Note that nothing more will be typed."""


class Typed:
    """One person's input."""

    def __init__(self, hold: Callable[[bool], None]) -> None:
        """Call `hold` with True when the peer has to wait, and with False when it may go on."""
        self.has_ended = False
        self._hold = hold
        self._early = b""  # typed before there was a reader
        self._unread = 0

    def add(self, data: bytes, reader: Typist | None) -> None:
        """Pass on what was typed, or keep it until there is a reader."""
        self._early += data
        if reader is not None:
            data, self._early = self._early, b""
            self.count(reader.feed(data))
            if self.has_ended:
                reader.end_keys()

    def end(self, reader: Typist | None) -> None:
        """Note that nothing more will be typed. A pipe has often ended before there is a reader."""
        self.has_ended = True
        self.add(b"", reader)

    def count(self, size: int) -> None:
        """Count input as fed, or as read if `size` is negative. Make the peer wait while much is unread."""
        was_much, self._unread = self._unread > MOST_UNREAD, self._unread + size
        is_much = self._unread > MOST_UNREAD
        if is_much != was_much:
            self._hold(is_much)
