"""A shelf: rows of one topic that all trackers of a chat share, as those see them who keep something there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Row = tuple[str, bytes | None]
"""A key, and the value under it: None for no row."""
Rows = tuple[Row, ...]

Listener = Callable[[Rows], None]
"""Told which rows of a shelf have changed. Must not wait for anything."""

FOUNDED = ""
"""The key of a row that a shelf has once a tracker has brought what it had of its own. It is not of the topic."""


class Shelf(Protocol):
    """One shelf. Its rows change in the stream's order, on all trackers alike. Any thread, but where a method says."""

    def value(self, key: str) -> bytes | None:
        """Return a row's value, None if there is no such row."""

    def rows(self) -> dict[str, bytes]:
        """Return all rows, the oldest first, a row of the key FOUNDED too."""

    def watch(self, listener: Listener) -> None:
        """Tell `listener` all rows that there are, and from now on what changes, in delivery's thread.

        Before delivery begins.
        """

    def propose(self, rows: Rows, expected: Rows = ()) -> bool:
        """Have all trackers set rows if those of `expected` are so then; return whether they were.

        Not delivery's thread; without a lock, as it waits for the stream, some seconds at most. Raises ChatError, in
        words, if it is not known by then what becomes of it: it may be made yet.
        """

    def post(self, rows: Rows, expected: Rows = ()) -> None:
        """Do the same without waiting, or knowing what becomes of it. Any thread."""

    def put(self, rows: Rows) -> None:
        """Set rows here, as all trackers do at this place in the stream. Delivery's thread."""
