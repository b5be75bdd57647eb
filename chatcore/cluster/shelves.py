"""The shelves: rows of what lets people in (accounts, bans, invitations, keys), the same on all trackers.

A row is some bytes under a key of its shelf. Rows change only by records of the stream, so all trackers have the same
ones at the same position. Only the shelf's owner knows what the bytes mean.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from itertools import chain

from chatcore.state.records import RowsSet
from chatcore.state.shelf import Listener, Rows

ShelvesState = tuple[tuple[str, tuple[tuple[str, bytes], ...]], ...]
"""All rows: shelves by name, the rows of each in the order in which they came."""


class Shelves:
    """All rows. Any thread reads; only delivery changes them, and tells the listeners."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards both dictionaries; nobody is told anything under it
        self._shelves: dict[str, dict[str, bytes]] = {}  # without empty ones
        self._listeners: dict[str, list[Listener]] = {}

    def value(self, shelf: str, key: str) -> bytes | None:
        """Return a row's value, None if there is no such row."""
        with self._lock:
            return self._shelves.get(shelf, {}).get(key)

    def rows(self, shelf: str) -> dict[str, bytes]:
        """Return all rows of a shelf, the oldest first."""
        with self._lock:
            return dict(self._shelves.get(shelf, {}))

    def watch(self, shelf: str, listener: Listener) -> None:
        """Tell `listener` all rows that a shelf has now, and from now on what changes. Before delivery begins."""
        with self._lock:
            self._listeners.setdefault(shelf, []).append(listener)
        listener(tuple(self.rows(shelf).items()))

    def apply(self, change: RowsSet) -> bool:
        """Make a change, unless a row is not as it expects; return whether it was made. Delivery only."""
        with self._lock:
            rows = self._shelves.get(change.shelf, {})
            if any(rows.get(key) != value for key, value in change.expected):
                return False
            self._shelves[change.shelf] = rows
            for key, value in change.rows:
                if value is None:
                    rows.pop(key, None)
                else:
                    rows[key] = value
            if not rows:
                del self._shelves[change.shelf]
        self._tell(change.shelf, change.rows)
        return True

    def state(self) -> ShelvesState:
        """Return all rows, in the same way on all trackers, for a snapshot."""
        with self._lock:
            return tuple((shelf, tuple(rows.items())) for shelf, rows in sorted(self._shelves.items()))

    def restore(self, state: Iterable[tuple[str, Iterable[tuple[str, bytes]]]]) -> None:
        """Have the rows of a snapshot, and no others. Delivery only, or before it begins."""
        with self._lock:
            before, self._shelves = self._shelves, {shelf: dict(rows) for shelf, rows in state}
            after = {shelf: dict(rows) for shelf, rows in self._shelves.items()}
        for shelf in dict.fromkeys(chain(before, after)):
            self._tell(shelf, _difference(before.get(shelf, {}), after.get(shelf, {})))

    def _tell(self, shelf: str, rows: Rows) -> None:
        with self._lock:
            listeners = tuple(self._listeners.get(shelf, ()))
        for listener in listeners:
            listener(rows)


def _difference(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Rows:
    gone = ((key, None) for key in before if key not in after)
    return (*gone, *after.items())
