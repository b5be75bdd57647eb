"""An event loop without a descriptor: for a prompt whose keys come from another thread, it need not wait for any."""

from __future__ import annotations

import asyncio
import threading
from typing import Any


class BareLoop(asyncio.BaseEventLoop):
    """Runs what it is given, at once or later; `call_soon_threadsafe` wakes it. There are no sockets in it.

    What it adds is what BaseEventLoop leaves to those who make one (asyncio.base_events), under the names that these
    have to have.
    """

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Bell()

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        self._selector.ring()


class _Bell:
    """Stands for the selector."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()

    def select(self, timeout: float | None) -> list[Any]:
        """Wait until it is rung, or for so long (s)."""
        self._rung.wait(timeout)
        self._rung.clear()
        return []
