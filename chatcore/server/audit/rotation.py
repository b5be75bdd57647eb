"""When the log is left for another file, and under which name.

Names grow with each rotation, whatever the clock does: what was left last is not removed first, nor read first.
"""

from __future__ import annotations

from calendar import timegm
from collections.abc import Callable
from pathlib import Path
from time import gmtime, strftime, strptime, time

from chatcore.protocol.timestamp import format_time
from chatcore.server.audit.rotated import GZIP_SUFFIX

_DAY = slice(10)
_NAME = "-%Y%m%dT%H%M%SZ"
_RETRY_S = 60.0


class Rotation:
    """Decides for one log. Delivery's thread, but for `is_due`."""

    def __init__(self, path: Path, most_bytes: int | None, now: Callable[[], float] = time) -> None:
        """Rotate at this size, every day (UTC) if it is None, or never if it is 0. `now` is the Unix time, s."""
        self._path = path
        self._most_bytes = most_bytes
        self._now = now
        self._day = ""
        self._not_before = 0.0

    def begin(self, first: bytes) -> None:
        """Note that a file with this beginning is written; an empty one begins today."""
        day = first[_DAY].decode(errors="replace")
        self._day = day if _is_day(day) else self._today()

    def is_due(self, size: int) -> bool:
        """Return whether the file, of this size in bytes, is to be left. Any thread."""
        if not size or self._most_bytes == 0 or self._now() < self._not_before:
            return False
        return self._today() != self._day if self._most_bytes is None else size >= self._most_bytes

    def postpone(self) -> None:
        """Have nothing due for a minute, as it did not work."""
        self._not_before = self._now() + _RETRY_S

    def name(self) -> Path:
        """Return the name under which the file is left: after this moment, later than all there are. Raises OSError."""
        latest = max((_second_of(found, self._path) for found in own_rotated(self._path)), default=0)
        second = max(int(self._now()), latest + 1)
        return self._path.with_name(self._path.name + strftime(_NAME, gmtime(second)))

    def _today(self) -> str:
        return format_time(self._now())[_DAY]


def own_rotated(path: Path) -> list[Path]:
    """Return the files that this program has left of the log at `path`, oldest first. Raises OSError. Any thread.

    A file that lies there both compressed and not is in it twice.
    """
    return sorted(found for found in path.parent.iterdir() if _second_of(found, path))


def _second_of(found: Path, path: Path) -> int:
    """Return the Unix time (s) in the name of a rotated file, 0 if it is not one of ours."""
    name = found.name.removesuffix(GZIP_SUFFIX).removeprefix(path.name)
    try:
        moment = strptime(name, _NAME)
    except ValueError:
        return 0
    # Strictly: what strptime takes for a time may be written otherwise.
    return timegm(moment) if strftime(_NAME, moment) == name else 0


def _is_day(text: str) -> bool:
    try:
        strptime(text, "%Y-%m-%d")
    except ValueError:
        return False
    return True
