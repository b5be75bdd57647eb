"""Decides when the log is rotated, and how the rotated file is named.

Names increase with each rotation, whatever the clock does, so that the newest file is neither removed nor read first.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import strptime, time

from chatcore.protocol.timestamp import format_time
from chatcore.server.audit.rotated import own_rotated, rotated_name, second_left

_DAY = slice(10)
_RETRY_S = 60.0


class Rotation:
    """Decides for one log. Delivery's thread, except `is_due`."""

    def __init__(self, path: Path, most_bytes: int | None, now: Callable[[], float] = time) -> None:
        """Rotate at this size, every day (UTC) if it is None, or never if it is 0. `now` is the Unix time, s."""
        self._path = path
        self._most_bytes = most_bytes
        self._now = now
        self._day = ""
        self._not_before = 0.0

    def begin(self, first: bytes) -> None:
        """Note that a file with this beginning is now being written; an empty one begins today."""
        day = first[_DAY].decode(errors="replace")
        self._day = day if _is_day(day) else self._today()

    def is_due(self, size: int) -> bool:
        """Return whether the file, of this size in bytes, is due for rotation. Any thread."""
        if not size or self._most_bytes == 0 or self._now() < self._not_before:
            return False
        return self._today() != self._day if self._most_bytes is None else size >= self._most_bytes

    def postpone(self) -> None:
        """Put off rotation for a minute, after a failure."""
        self._not_before = self._now() + _RETRY_S

    def name(self) -> Path:
        """Return the path for the rotated file: its time is now, but later than all others. Raises OSError."""
        latest = max((second_left(found, self._path) for found in own_rotated(self._path)), default=0)
        return rotated_name(self._path, max(int(self._now()), latest + 1))

    def _today(self) -> str:
        return format_time(self._now())[_DAY]


def _is_day(text: str) -> bool:
    try:
        strptime(text, "%Y-%m-%d")
    except ValueError:
        return False
    return True
