"""Something that is done if a search takes long."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from chatcore.terminal.alarm import Alarm

SLOW_S = 1.0
"""A search that takes longer is remarked upon, as nothing else shows that it goes on."""


class Reminder:
    """One at a time. For the thread that has the visit."""

    def __init__(self) -> None:
        self._alarm: Alarm | None = None

    def set(self, remind: Callable[[], None]) -> None:
        """Have `remind` called in a while, by the thread of the alarms, and what was set before not."""
        self.stop()
        self._alarm = Alarm(remind)
        self._alarm.set(monotonic() + SLOW_S)

    def stop(self) -> None:
        """Have nothing called any more."""
        if self._alarm is not None:
            self._alarm.stop()
