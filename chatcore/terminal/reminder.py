"""Something that is done if a search takes long. For the main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable

SLOW_S = 1.0
"""A search that takes longer is remarked upon, as nothing else shows that it goes on."""


class Reminder:
    """One at a time."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None

    def set(self, remind: Callable[[], None]) -> None:
        """Have `remind` called in a while, in a thread of its own, and what was set before not."""
        self._cancel()
        self._timer = threading.Timer(SLOW_S, remind)
        self._timer.start()

    def stop(self) -> None:
        """Have nothing called any more."""
        self._cancel()
        if self._timer is not None:
            self._timer.join(SLOW_S)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
