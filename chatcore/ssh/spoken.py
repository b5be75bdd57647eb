"""What the client's own thread waits for: the questions of a login, then lines of IRC, then the end."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

MOST_BYTES = 1 << 18
"""How much may be pending. Lines from ssh are taken no faster than those of other clients."""

_Asked = TypeVar("_Asked")


class Spoken(Generic[_Asked]):
    """One person's. `take_question` and `take_lines` are for the client's own thread, the rest for any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()  # guards what follows
        self._questions: deque[_Asked] = deque()
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._is_over = False
        self._has_told_end = False

    def ask(self, question: _Asked) -> bool:
        """Add a question; return whether it will be answered."""
        with self._changed:
            if not self._is_over:
                self._questions.append(question)
                self._changed.notify_all()
            return not self._is_over

    def say(self, lines: bytes) -> None:
        """Add lines of IRC. If too many are pending, that is the end."""
        with self._changed:
            if not self._is_over:
                self._lines.append(lines)
                self._bytes += len(lines)
                self._is_over = self._bytes > MOST_BYTES
                self._changed.notify_all()

    def end(self, *, forgets: bool = False) -> None:
        """Add the end; with `forgets`, drop everything before it. Wakes all waiting threads."""
        with self._changed:
            self._is_over = True
            if forgets:
                self._questions.clear()
                self._lines.clear()
            self._changed.notify_all()

    def take_question(self) -> _Asked | None:
        """Wait for a question and return it; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._questions) or self._is_over)
            return None if self._is_over else self._questions.popleft()

    def take_lines(self, has_gone: Callable[[], bool]) -> bytes:
        """Wait for lines and return them; b'' at the end. Once the end was returned, wait until `has_gone` too."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._lines) or self._is_over)
            if self._has_told_end:
                self._changed.wait_for(has_gone)
            lines = b"".join(self._lines)
            self._lines.clear()
            self._bytes = 0
            self._has_told_end = not lines
            return lines
