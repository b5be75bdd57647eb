"""One shelf, as `state.shelf.Shelf`: its rows, and this tracker's changes of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from chatcore.cluster.shelves import Shelves
from chatcore.errors import ChatError, StreamClosed
from chatcore.state.records import RowsSet
from chatcore.state.shelf import Listener, Rows

_ENDS = "This tracker ends"


class SharedShelf:
    """See Shelf."""

    def __init__(
        self,
        name: str,
        shelves: Shelves,
        propose: Callable[[RowsSet], bool],
        post: Callable[[RowsSet], None],
    ) -> None:
        """`name` is the shelf's, the same on all trackers.

        `propose` has a change made, and waits for what becomes of it; `post` does not wait. They raise StreamClosed.
        """
        self._name = name
        self._shelves = shelves
        self._propose = propose
        self._post = post

    def value(self, key: str) -> bytes | None:
        """See Shelf."""
        return self._shelves.value(self._name, key)

    def rows(self) -> dict[str, bytes]:
        """See Shelf."""
        return self._shelves.rows(self._name)

    def watch(self, listener: Listener) -> None:
        """See Shelf."""
        self._shelves.watch(self._name, listener)

    def propose(self, rows: Rows, expected: Rows = ()) -> bool:
        """See Shelf."""
        try:
            return self._propose(RowsSet(self._name, rows, expected))
        except StreamClosed as error:  # whoever waits knows no stream
            raise ChatError(_ENDS) from error

    def post(self, rows: Rows, expected: Rows = ()) -> None:
        """See Shelf."""
        with contextlib.suppress(StreamClosed):
            self._post(RowsSet(self._name, rows, expected))

    def put(self, rows: Rows) -> None:
        """See Shelf."""
        self._shelves.apply(RowsSet(self._name, rows))
