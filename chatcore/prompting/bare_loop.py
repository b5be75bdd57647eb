"""An event loop without descriptors, for a prompt whose keys come from another thread."""

from __future__ import annotations

import asyncio
import threading
from typing import Any


class BareLoop(asyncio.BaseEventLoop):
    """Runs callbacks and timers; `call_soon_threadsafe` wakes it. It cannot wait for sockets.

    It defines what BaseEventLoop leaves to subclasses (asyncio.base_events), under the names required there.
    """

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Bell()

    def _process_events(self, event_list: list[Any]) -> None:
        """Do nothing: there are no I/O events."""

    def _write_to_self(self) -> None:
        self._selector.ring()


class _Bell:
    """Takes the place of a selector."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()

    def select(self, timeout: float | None) -> list[Any]:
        """Wait until the bell rings, or for `timeout` seconds."""
        self._rung.wait(timeout)
        self._rung.clear()
        return []
