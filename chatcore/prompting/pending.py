"""Text that waits to be written to a terminal: bounded, as one that is stopped may take nothing all night. Pure."""

from __future__ import annotations

from collections import deque

MOST_CHARS = 1 << 22
"""Beyond that, what has waited for longest is left out."""


class Pending:
    """Texts in the order in which they were written. Not thread-safe."""

    def __init__(self) -> None:
        self._texts: deque[str] = deque()
        self._chars = 0

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text: str) -> None:
        """Have one more wait."""
        self._texts.append(text)
        self._chars += len(text)
        while self._chars > MOST_CHARS and len(self._texts) > 1:
            self._chars -= len(self._texts.popleft())

    def take(self) -> str:
        """Return all that waits, which waits no longer."""
        text = "".join(self._texts)
        self._texts.clear()
        self._chars = 0
        return text
