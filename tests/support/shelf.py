"""Shelves without a stream: all trackers have each proposal at once."""

from __future__ import annotations

import threading

from chatcore.cluster.shelves import Shelves
from chatcore.errors import ChatError
from chatcore.state.records import RowsSet
from chatcore.state.shelf import Listener, Rows

AWAY = "nobody can be reached"


_delivery = threading.Lock()  # held to change rows: only one thread ever does


class LocalShelf:
    """A shelf of a few trackers in one process. What is in `before` comes before what is proposed next."""

    def __init__(self, name: str = "topic", shelves: Shelves | None = None) -> None:
        self.name = name
        self.shelves = shelves or Shelves()
        self.is_away = False  # nothing can be proposed
        self.before: list[RowsSet] = []
        self.proposed: list[RowsSet] = []

    def value(self, key: str) -> bytes | None:
        return self.shelves.value(self.name, key)

    def rows(self) -> dict[str, bytes]:
        return self.shelves.rows(self.name)

    def watch(self, listener: Listener) -> None:
        self.shelves.watch(self.name, listener)

    def propose(self, rows: Rows, expected: Rows = ()) -> bool:
        if self.is_away:
            raise ChatError(AWAY)
        record = RowsSet(self.name, rows, expected)
        with _delivery:
            while self.before:
                self.shelves.apply(self.before.pop(0))
            self.proposed.append(record)
            return self.shelves.apply(record)

    def post(self, rows: Rows, expected: Rows = ()) -> None:
        if not self.is_away:
            self.propose(rows, expected)

    def put(self, rows: Rows) -> None:
        self.shelves.apply(RowsSet(self.name, rows))
