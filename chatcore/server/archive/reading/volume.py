"""One file of the archive as a query reads it: a snapshot, used by one thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from itertools import islice
from select import select
from typing import Any, NamedTuple

from chatcore.server.archive.storage.files import HistoryFile, month_span_ms
from chatcore.server.archive.storage.schema import NOTICE, PRIVMSG, REDACTED, is_damage
from chatcore.state.history import Recorded, Seeker, line_id

LINE = "m.row, m.id, m.place, m.time_ms, m.order_ms, m.form, m.tags, m.text, s.source, s.account"
"""The columns that `Volume.line` needs, of `message AS m JOIN source AS s`."""

_LINES = f"SELECT {LINE} FROM message AS m JOIN source AS s ON s.number = m.source WHERE m.place = ? AND m.row >= ? "
_FORWARD = _LINES + f"AND m.row < ? AND m.form <> {REDACTED} ORDER BY m.row"
_BACKWARD = _FORWARD + " DESC"
_FIRST = "SELECT row, id FROM message WHERE place = ? AND row >= ? AND row < ? ORDER BY row LIMIT 1"
_LAST = "SELECT row, id FROM message WHERE place = ? AND row >= ? AND row < ? ORDER BY row DESC LIMIT 1"
_OF_ID = (
    f"SELECT {LINE}, s.author FROM message AS m JOIN source AS s ON s.number = m.source "
    "WHERE m.row >= ? AND m.row < ? ORDER BY m.row"
)
_REACTIONS = (
    "SELECT r.message, r.audience, r.id, r.time_ms, r.order_ms, s.source, s.account, r.tags, r.text, r.author "
    "FROM reaction AS r JOIN source AS s ON s.number = r.source WHERE"
)
_AUDIENCES = "SELECT room, number, kind, name, instance, era FROM audience WHERE room IN"
_AT_ONCE = 500  # parameters in one statement
_DIALOGS = (
    "SELECT number, other, other_name FROM audience WHERE one = ?1 "
    "UNION ALL SELECT number, one, one_name FROM audience WHERE other = ?1 AND one <> ?1 ORDER BY 1 DESC"
)
_DIALOG = "SELECT number FROM audience WHERE one = ? AND other = ?"
_PRESENCES = "SELECT from_id, to_id FROM presence WHERE account_id = ? AND room = ? ORDER BY from_id"
_BEGIN = {PRIVMSG: "PRIVMSG", NOTICE: "NOTICE"}
_STEPS = 1_000  # instructions of SQLite's virtual machine between two pauses: well below a millisecond
_PAUSE_S = 20e-6
"""Clients' threads do not preempt each other (`incoming.scheduling`): without pauses, a query would delay every message
sent meanwhile by some ms."""
_NO_END = (1 << 63) - 2

Row = tuple[Any, ...]


class DamagedFile(Exception):
    """A file was found damaged while it was read."""

    def __init__(self, file: HistoryFile) -> None:
        super().__init__(file.path.name)
        self.file = file


class TooLate(Exception):
    """The query has taken too long."""


class Audience(NamedTuple):
    """An audience of a room: while the room was open (then `instance` is None), or while it was closed."""

    number: int
    is_open: bool
    instance: int | None
    era: int


class KeptReaction(NamedTuple):
    """A reaction: its message's id, its audience's number, and the TAGMSG."""

    message: int
    audience: int
    line: Recorded


class Partner(NamedTuple):
    """The partner in a private conversation, with the nick that they had in its latest message."""

    audience: int
    identity: str
    name: str


class Volume:
    """A file's tables within one transaction, so that nothing changes while it is read."""

    def __init__(
        self, file: HistoryFile, connection: sqlite3.Connection, is_late: Callable[[], bool] = lambda: False
    ) -> None:
        """`is_late` is called while SQLite works and before each statement, as many short ones can take long too."""
        self.file = file
        self.connection = connection
        self._is_late = is_late
        connection.set_progress_handler(_pausing(is_late), _STEPS)
        self._cursors: set[sqlite3.Cursor] = set()  # those that may have more rows
        self._names: dict[int, str] = {}
        connection.execute("BEGIN")
        ((self.newest_id,),) = self.select("SELECT newest_id FROM state")
        ((last,),) = self.select("SELECT coalesce(max(row), 0) FROM message")
        self.end: int = last + 1
        """The number after the last row's."""

    def close(self) -> None:
        """End the transaction; the connection can be used again."""
        self.connection.set_progress_handler(None, 0)
        for cursor in self._cursors:
            cursor.close()
        with suppress(sqlite3.Error):
            self.connection.execute("ROLLBACK")

    def select(self, statement: str, values: Row = ()) -> Iterator[Row]:
        """Yield rows as they are needed. Raises DamagedFile, TooLate, sqlite3.Error."""
        if self._is_late():
            raise TooLate
        try:
            cursor = self.connection.execute(statement, values)
            self._cursors.add(cursor)
            yield from cursor
            self._cursors.discard(cursor)
        except sqlite3.Error as error:
            if is_damage(error):
                raise DamagedFile(self.file) from error
            raise

    def end_as_of(self, seeker: Seeker) -> int:
        """Return the number after the last row that existed when the seeker asked."""
        later = line_id(seeker.as_of + 1, 0)
        return self.end if self.newest_id < later else self.row_of_id(later)

    def row_of_id(self, id_: int) -> int:
        """Return the first row with this id or a later one."""
        return self._first_row("SELECT id FROM message WHERE row = ?", id_)

    def row_of_time(self, ms: int) -> int:
        """Return the first row of this order time (Unix, ms) or a later one."""
        return self._first_row("SELECT coalesce(order_ms, time_ms) FROM message WHERE row = ?", ms)

    def row_since(self, oldest_ms: int) -> int:
        """Return the first row that may be shown. If the file's month ended before this time, none may."""
        shown_ms = self._value("SELECT time_ms FROM message WHERE row = ?", 1)
        return self.end if month_span_ms(shown_ms)[1] <= oldest_ms else self.row_of_time(oldest_ms)

    def audiences(self, rooms: Collection[str]) -> dict[str, list[Audience]]:
        """Return all audiences of rooms (casefolded), by room."""
        found: dict[str, list[Audience]] = {room: [] for room in rooms}
        names = iter(rooms)
        while some := tuple(islice(names, _AT_ONCE)):
            for room, number, kind, name, *rest in self.select(f"{_AUDIENCES} ({','.join('?' * len(some))})", some):
                found[room].append(Audience(number, kind == "o", *rest))
                self._names[number] = name
        return found

    def partners(self, identity: str) -> list[Partner]:
        """Return the partners in all private conversations of somebody, the most recently begun first."""
        return [Partner(*row) for row in self.select(_DIALOGS, (identity,))]

    def dialog(self, one: str, other: str) -> tuple[int, ...]:
        """Return the audience of a private conversation, if there is one."""
        return tuple(number for (number,) in self.select(_DIALOG, tuple(sorted((one, other)))))

    def presences(self, account_id: str, room: str) -> list[tuple[int, int]]:
        """Return the ranges of ids (inclusive) during which an account was in a room, disjoint and in order."""
        merged: list[tuple[int, int]] = []
        for from_id, to_id in self.select(_PRESENCES, (account_id, room)):
            end = _NO_END if to_id is None else to_id
            if merged and from_id <= merged[-1][1] + 1:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((from_id, end))
        return merged

    def instance_of(self, audience: int) -> tuple[int, str]:
        """Return a closed room's instance and '', or 0 and the name (casefolded) of an open room.

        For a private conversation, the result is 0 and ''.
        """
        ((instance, room),) = self.select("SELECT instance, room FROM audience WHERE number = ?", (audience,))
        return (instance, "") if instance else (0, room or "")

    def rooms_of(self, account_id: str) -> list[str]:
        """Return the rooms in which an account has been."""
        return [
            room for (room,) in self.select("SELECT DISTINCT room FROM presence WHERE account_id = ?", (account_id,))
        ]

    def rows(self, place: int, first: int, end: int, *, is_backward: bool) -> Iterator[Row]:
        """Yield a place's rows from `first` up to but not including `end`, or backward, for `line`."""
        if first >= end:
            return iter(())
        return self.select(_BACKWARD if is_backward else _FORWARD, (place, first, end))

    def rows_of_id(self, id_: int) -> Iterator[Row]:
        """Yield the rows with this id, even redacted ones, for `line`; the author (identity) is the last column."""
        if self.end == 1:
            return iter(())
        return self.select(_OF_ID, (self.row_of_id(id_), self.row_of_id(id_ + 1)))

    def reaction(self, id_: int) -> KeptReaction | None:
        """Return the reaction with this id."""
        return next(map(_kept, self.select(f"{_REACTIONS} r.id = ?", (id_,))), None)

    def reactions(self, messages: Collection[int] | None = None) -> Iterator[KeptReaction]:
        """Yield the reactions to the messages with these ids, or all reactions, in the order of their own ids."""
        if messages is None:
            yield from map(_kept, self.select(f"{_REACTIONS} 1 ORDER BY r.id"))
        elif any(self.select("SELECT 1 FROM reaction LIMIT 1")):
            ids = iter(messages)
            while some := tuple(islice(ids, _AT_ONCE)):
                chosen = f"r.message IN ({','.join('?' * len(some))})"
                yield from map(_kept, self.select(f"{_REACTIONS} {chosen} ORDER BY r.id", some))

    def first_of(self, place: int, first: int, end: int, *, is_backward: bool) -> tuple[int, int] | None:
        """Return the number and id of a place's first (or last) row from `first` up to but not including `end`."""
        return next(self.select(_LAST if is_backward else _FIRST, (place, first, end)), None)

    def line(self, row: Row) -> Recorded:
        """Return a line as it was sent."""
        _, id_, place, time_ms, order_ms, form, tags, text, source, account = row[:10]
        if form in _BEGIN:
            text = f"{_BEGIN[form]} {self._name(place >> 1)} :{text}"
        order_ms = time_ms if order_ms is None else order_ms
        return Recorded(id_, time_ms, order_ms, source, account or None, tags or "", text)

    def _name(self, audience: int) -> str:
        name = self._names.get(audience)
        if name is None:
            ((name,),) = self.select("SELECT name FROM audience WHERE number = ?", (audience,))
            self._names[audience] = name
        return name

    def _first_row(self, statement: str, wanted: int) -> int:
        low, high = 1, self.end
        if low == high or self._value(statement, low) >= wanted:
            return low
        if self._value(statement, high - 1) < wanted:
            return high
        while low < high:
            middle = (low + high) // 2
            if self._value(statement, middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def _value(self, statement: str, row: int) -> int:
        ((found,),) = self.select(statement, (row,))
        assert isinstance(found, int)
        return found


def _kept(row: Row) -> KeptReaction:
    message, audience, id_, time_ms, order_ms, source, account, tags, text, author = row
    line = Recorded(id_, time_ms, order_ms, source, account or None, tags, text, author)
    return KeptReaction(message, audience, line)


def _pausing(is_late: Callable[[], bool]) -> Callable[[], bool]:
    """Return a progress handler for SQLite, which pauses and checks the time."""

    def pause() -> bool:
        select([], [], [], _PAUSE_S)  # not sleep(), which fails in CPython under libfaketime
        return is_late()

    return pause
