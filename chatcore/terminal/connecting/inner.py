"""A guest's connection inside the tracker. It needs no socket, no thread and no pulse.

Its owner passes in what arrives (`take`, `end`), in a thread of its own, and is given what is sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from chatcore.errors import ProtocolError
from chatcore.terminal.connecting.connection import BROKE, Connection


class InnerConnection(Connection):
    """See Connection. `take` and `end` are for the thread in which bytes arrive."""

    def __init__(self, send: Callable[[bytes], None], hang_up: Callable[[], None]) -> None:
        """`send` is given whole lines; `hang_up` is called once, when we are done. Any thread; neither may block.

        After `hang_up`, the owner calls `end`.
        """
        super().__init__()
        self._give = send
        self._hang_up = hang_up
        self._lock = threading.Lock()  # guards the one below
        self._is_shut = False

    def take(self, data: bytes) -> None:
        """Deliver received bytes and show them. This takes time: never call it in the thread that serves everybody."""
        if self._is_shut:
            return
        try:
            self._feed(data)
        except ProtocolError as error:
            self.give_up(f"{BROKE}: {error}")
        except Exception as error:  # noqa: BLE001 - the guest's thread raises it when the terminal is restored
            self.fault = error
            self._shut()

    def end(self, reason: str = "") -> None:
        """Note that nothing more arrives, and the reason if known. Can be called again."""
        if not self._has_ended:
            if reason:
                self.end_reason = reason
            self._shut()
            self._deliver(None)

    def close(self) -> None:
        """See Connection.close."""
        self._shut()

    def _send_bytes(self, data: bytes) -> None:
        if not self._is_shut:
            self._give(data)

    def _hurry(self) -> None:
        """See Connection. Nothing is ever queued."""

    def _shut(self) -> None:
        with self._lock:
            is_first, self._is_shut = not self._is_shut, True
        if is_first:
            self._hang_up()
