"""One file of the archive as a question reads it: as it was at one moment, by one thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from itertools import islice
from select import select
from typing import Any, NamedTuple

from chatcore.server.archive.storage.files import HistoryFile, month_span_ms
from chatcore.server.archive.storage.schema import NOTICE, PRIVMSG, is_damage
from chatcore.state.history import Recorded, Seeker, line_id

LINE = "m.row, m.id, m.place, m.time_ms, m.order_ms, m.form, m.tags, m.text, s.source, s.account"
"""What `Volume.line` makes a line of: of `message AS m JOIN source AS s`."""

_LINES = f"SELECT {LINE} FROM message AS m JOIN source AS s ON s.number = m.source WHERE m.place = ? AND m.row >= ? "
_FORWARD = _LINES + "AND m.row < ? ORDER BY m.row"
_BACKWARD = _FORWARD + " DESC"
_FIRST = "SELECT row, id FROM message WHERE place = ? AND row >= ? AND row < ? ORDER BY row LIMIT 1"
_LAST = "SELECT row, id FROM message WHERE place = ? AND row >= ? AND row < ? ORDER BY row DESC LIMIT 1"
_AUDIENCES = "SELECT room, number, kind, name, instance, era FROM audience WHERE room IN"
_AT_ONCE = 500  # parameters of one statement
_DIALOGS = (
    "SELECT number, other, other_name FROM audience WHERE one = ?1 "
    "UNION ALL SELECT number, one, one_name FROM audience WHERE other = ?1 AND one <> ?1 ORDER BY 1 DESC"
)
_DIALOG = "SELECT number FROM audience WHERE one = ? AND other = ?"
_PRESENCES = "SELECT from_id, to_id FROM presence WHERE account_id = ? AND room = ? ORDER BY from_id"
_BEGIN = {PRIVMSG: "PRIVMSG", NOTICE: "NOTICE"}
_STEPS = 1_000  # of SQLite's machine between two pauses: well below a millisecond
_PAUSE_S = 20e-6
"""Clients' threads interrupt nobody (`incoming.scheduling`): a question that never paused would hold up for some ms
each message that somebody sends meanwhile."""
_NO_END = (1 << 63) - 2

Row = tuple[Any, ...]


class DamagedFile(Exception):
    """A file cannot be read as it should."""

    def __init__(self, file: HistoryFile) -> None:
        super().__init__(file.path.name)
        self.file = file


class TooLate(Exception):
    """The question that reads a file has taken too long."""


class Audience(NamedTuple):
    """Who may read what was said in a room: while it was open (no instance), or closed."""

    number: int
    is_open: bool
    instance: int | None
    era: int


class Partner(NamedTuple):
    """Somebody with whom there is a private conversation, by the name of when it last went on."""

    audience: int
    identity: str
    name: str


class Volume:
    """A file's tables, within one transaction: nothing changes while it is read."""

    def __init__(
        self, file: HistoryFile, connection: sqlite3.Connection, is_late: Callable[[], bool] = lambda: False
    ) -> None:
        """`is_late` is asked while SQLite works, and before each statement, as many short ones take long, too."""
        self.file = file
        self.connection = connection
        self._is_late = is_late
        connection.set_progress_handler(_pausing(is_late), _STEPS)
        self._cursors: set[sqlite3.Cursor] = set()  # that may have more rows
        self._names: dict[int, str] = {}
        connection.execute("BEGIN")
        ((self.newest_id,),) = self.select("SELECT newest_id FROM state")
        ((last,),) = self.select("SELECT coalesce(max(row), 0) FROM message")
        self.end: int = last + 1
        """The row behind the last."""

    def close(self) -> None:
        """End the transaction; the connection can be used again."""
        self.connection.set_progress_handler(None, 0)
        for cursor in self._cursors:
            cursor.close()
        with suppress(sqlite3.Error):
            self.connection.execute("ROLLBACK")

    def select(self, statement: str, values: Row = ()) -> Iterator[Row]:
        """Yield rows as they are asked for. Raises DamagedFile, TooLate, sqlite3.Error."""
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
        """Return the row behind the last that came before the seeker asked."""
        later = line_id(seeker.as_of + 1, 0)
        return self.end if self.newest_id < later else self.row_of_id(later)

    def row_of_id(self, id_: int) -> int:
        """Return the first row with this id or a later one."""
        return self._first_row("SELECT id FROM message WHERE row = ?", id_)

    def row_of_time(self, ms: int) -> int:
        """Return the first row of this time (of order; Unix, ms) or a later one."""
        return self._first_row("SELECT coalesce(order_ms, time_ms) FROM message WHERE row = ?", ms)

    def row_since(self, oldest_ms: int) -> int:
        """Return the first row of what may be shown: nothing of a month that had ended before this time."""
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
        """Return all private conversations of somebody, the one that began last first."""
        return [Partner(*row) for row in self.select(_DIALOGS, (identity,))]

    def dialog(self, one: str, other: str) -> tuple[int, ...]:
        """Return the audience of a private conversation, if there is one."""
        return tuple(number for (number,) in self.select(_DIALOG, tuple(sorted((one, other)))))

    def presences(self, account_id: str, room: str) -> list[tuple[int, int]]:
        """Return from which id to which, inclusive, an account was in a room; apart from each other and in order."""
        merged: list[tuple[int, int]] = []
        for from_id, to_id in self.select(_PRESENCES, (account_id, room)):
            end = _NO_END if to_id is None else to_id
            if merged and from_id <= merged[-1][1] + 1:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((from_id, end))
        return merged

    def rooms_of(self, account_id: str) -> list[str]:
        """Return the rooms in which an account has been."""
        return [
            room for (room,) in self.select("SELECT DISTINCT room FROM presence WHERE account_id = ?", (account_id,))
        ]

    def rows(self, place: int, first: int, end: int, *, is_backward: bool) -> Iterator[Row]:
        """Yield the lines of a place from row `first` to before `end`, or backward, for `line`."""
        if first >= end:
            return iter(())
        return self.select(_BACKWARD if is_backward else _FORWARD, (place, first, end))

    def first_of(self, place: int, first: int, end: int, *, is_backward: bool) -> tuple[int, int] | None:
        """Return number and id of the first line of a place from row `first` to before `end`, or of the last."""
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


def _pausing(is_late: Callable[[], bool]) -> Callable[[], bool]:
    """Return what SQLite is to ask while it works."""

    def pause() -> bool:
        select([], [], [], _PAUSE_S)  # sleep() fails in CPython under libfaketime, and the question with it
        return is_late()

    return pause
