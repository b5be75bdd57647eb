"""A shelf: rows about one topic that all trackers of a chat share. The interface for the parts that keep rows there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Row = tuple[str, bytes | None]
"""A key and its value; None if there is no such row."""
Rows = tuple[Row, ...]

Listener = Callable[[Rows], None]
"""Called with the rows of a shelf that have changed. Must not block."""

FOUNDED = ""
"""The key of a marker row, set once the first tracker has filled the shelf from its own files. Not about the topic."""


class Shelf(Protocol):
    """One shelf. Its rows change in the stream's order, alike on all trackers. Any thread, unless a method says so."""

    def value(self, key: str) -> bytes | None:
        """Return a row's value; None if there is no such row."""

    def rows(self) -> dict[str, bytes]:
        """Return all rows, oldest first, including the one with the key FOUNDED."""

    def watch(self, listener: Listener) -> None:
        """Call `listener` with all existing rows, and from now on with each change, in delivery's thread.

        Before delivery begins.
        """

    def propose(self, rows: Rows, expected: Rows = ()) -> bool:
        """Set rows on all trackers if the rows of `expected` have those values then; return whether they had.

        Waits for the stream, some seconds at most: not in delivery's thread, and not while holding a lock. Raises
        ChatError, in words, if the outcome is still unknown then: the rows may be set later.
        """

    def post(self, rows: Rows, expected: Rows = ()) -> None:
        """Do the same without waiting for the outcome. Any thread."""

    def put(self, rows: Rows) -> None:
        """Set rows on this tracker, as all trackers do at this position of the stream. Delivery's thread."""
