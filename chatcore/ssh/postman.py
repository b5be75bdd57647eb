"""Hands people what was said: one thread for all of them, as each would only wait for the interpreter."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import Protocol

_logger = logging.getLogger(__name__)


class Recipient(Protocol):
    """Somebody who is to be handed something."""

    def take_arrived(self) -> None:
        """Take what has arrived, or be handed it later. Only for the thread of `Postman`."""

    def fail(self) -> None:
        """End, as it could not be taken."""


class Postman:
    """Whoever has been handed nothing for longest is next. Any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()  # guards what follows
        self._waiting: deque[Recipient] = deque()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="ssh-postman", daemon=True)
        self._thread.start()

    def add(self, recipient: Recipient) -> None:
        """Have somebody handed what there is. Who is waiting already must not be added again."""
        with self._changed:
            self._waiting.append(recipient)
            self._changed.notify()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        with self._changed:
            self._is_over = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while recipient := self._next():
            try:
                recipient.take_arrived()
            except Exception:  # a fault of ours costs one person the visit, and nobody else
                _logger.exception("what was said could not be shown to somebody")
                recipient.fail()

    def _next(self) -> Recipient | None:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._is_over)
            return None if self._is_over else self._waiting.popleft()
