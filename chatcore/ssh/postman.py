"""Hands lines to the terminal clients, in one thread for all: several would only wait for the interpreter's lock."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import Protocol

_logger = logging.getLogger(__name__)


class Recipient(Protocol):
    """Somebody with lines to take."""

    def take_arrived(self) -> None:
        """Take what has arrived, or put it off. Called in the postman's thread."""

    def fail(self) -> None:
        """End the visit, because `take_arrived` failed."""


class Postman:
    """Serves recipients first come, first served. Any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()  # guards what follows
        self._waiting: deque[Recipient] = deque()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="ssh-postman", daemon=True)
        self._thread.start()

    def add(self, recipient: Recipient) -> None:
        """Add a recipient to the queue. It must not be in the queue already."""
        with self._changed:
            self._waiting.append(recipient)
            self._changed.notify()

    def stop(self) -> None:
        """Stop the thread and wait for it."""
        with self._changed:
            self._is_over = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while recipient := self._next():
            try:
                recipient.take_arrived()
            except Exception:  # a bug ends this visit alone
                _logger.exception("lines could not be handed to a terminal client")
                recipient.fail()

    def _next(self) -> Recipient | None:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._is_over)
            return None if self._is_over else self._waiting.popleft()
