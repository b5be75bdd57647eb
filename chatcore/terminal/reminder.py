"""A callback for a search that takes long."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from chatcore.terminal.alarm import Alarm

SLOW_S = 1.0
"""After this long, a note says that a search is still running: nothing else shows it."""


class Reminder:
    """One reminder at a time. For the thread that runs the visit."""

    def __init__(self) -> None:
        self._alarm: Alarm | None = None

    def set(self, remind: Callable[[], None]) -> None:
        """Call `remind` after a while, in the thread of the alarms. This replaces an earlier reminder."""
        self.stop()
        self._alarm = Alarm(remind)
        self._alarm.set(monotonic() + SLOW_S)

    def stop(self) -> None:
        """Cancel the reminder."""
        if self._alarm is not None:
            self._alarm.stop()
