"""Notices for the operator, kept until the console shows them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

_MAX_TOLD = 20


class Notices(deque[str]):
    """Lines for the operator, oldest first. Any thread may `tell`; the console takes them."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        """`on_change` is called whenever there is something to take."""
        super().__init__()
        self._on_change = on_change

    def tell(self, text: str) -> None:
        """Tell the operator something, in one line."""
        self.append(text)
        self._on_change()


class TellOnce:
    """Tells the operator about each thing once, and about twenty at most: strangers could invent more. Any thread."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()  # guards _told
        self._told: set[str] = set()

    def tell(self, what: str, text: str, *, always: bool = False) -> None:
        """Tell the operator `text`, unless `what` was told before; with `always`, even after the twentieth thing."""
        with self._lock:
            if what in self._told or not (always or len(self._told) < _MAX_TOLD):
                return
            self._told.add(what)
        self._tell(text)
