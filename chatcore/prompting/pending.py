"""Text waiting to be written to a terminal: bounded, as a stopped terminal may take nothing all night. Pure."""

from __future__ import annotations

from collections import deque

MOST_CHARS = 1 << 22
"""Beyond this, the oldest text is dropped."""


class Pending:
    """Texts in the order they were written. Not thread-safe."""

    def __init__(self) -> None:
        self._texts: deque[str] = deque()
        self._chars = 0

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text: str) -> None:
        """Add a text."""
        self._texts.append(text)
        self._chars += len(text)
        while self._chars > MOST_CHARS and len(self._texts) > 1:
            self._chars -= len(self._texts.popleft())

    def take(self) -> str:
        """Remove all texts and return them as one."""
        text = "".join(self._texts)
        self._texts.clear()
        self._chars = 0
        return text
