"""Searches one file by words, author, place and time, within what the seeker may read.

The audiences that may be read are part of the FTS5 query as tokens, so that it looks at nothing else; each row that it
finds is then checked once more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice

from chatcore.errors import NothingToFind
from chatcore.server.archive.reading.readable import Readable, readable
from chatcore.server.archive.reading.volume import LINE, Row, Volume
from chatcore.server.archive.storage.schema import REDACTED
from chatcore.server.archive.storage.words import (
    audience_token,
    expression,
    identity_token,
    name_token,
)
from chatcore.state.history import Recorded, SearchQuery, Seeker

_MAX_RANGES = 64
"""The maximum number of an account's stays in rooms that are searched one by one; with more, neighbours are joined."""
_FEW = 4
"""The maximum number of audience tokens in the first query. With more, it is cheaper to filter all matches first..."""
_LOOKED_AT = 1000
"""... but no more matches than this, or a common word would be looked up everywhere for the few readable lines."""

_FOUND = (
    f"SELECT {LINE}, a.room, a.one, a.other FROM words JOIN message AS m ON m.row = words.rowid "
    "JOIN source AS s ON s.number = m.source JOIN audience AS a ON a.number = m.place >> 1 "
    f"WHERE words MATCH ? AND words.rowid >= ? AND words.rowid < ? AND m.form <> {REDACTED} ORDER BY words.rowid"
)
_FOUND_BACKWARD = _FOUND + " DESC"


class Search:
    """One search, in one file after the other. `seeker` and `query.partner` have their lasting identities."""

    def __init__(self, seeker: Seeker, query: SearchQuery, eras: frozenset[int], oldest_ms: int) -> None:
        """Raises NothingToFind if the query is empty or has no searchable word."""
        self._seeker = seeker
        self._query = query
        self._eras = eras
        self._oldest_ms = oldest_ms
        words = expression(query.text)
        by = f"meta : {name_token(query.author)}" if query.author else ""
        self._wanted = " AND ".join(filter(None, (f"text : ({words})" if words else "", by)))
        filters = (query.room, query.partner, query.author, query.after_ms, query.before_ms)
        if not words and not any(each not in ("", None) for each in filters):
            raise NothingToFind("There is no word in that to search for")
        self.is_backward = query.after_ms is None

    def find(self, volume: Volume, limit: int) -> list[Recorded]:
        """Return at most `limit` matches of a file: newest first or, after a time in the query, oldest first."""
        first = volume.row_since(self._oldest_ms)
        after_ms, before_ms = self._query.after_ms, self._query.before_ms
        if after_ms is not None:
            first = max(first, volume.row_of_time(after_ms))
        end = volume.end_as_of(self._seeker)
        if before_ms is not None:
            end = min(end, volume.row_of_time(before_ms + 1))
        rooms = readable(volume, self._seeker, self._rooms(volume), self._eras)
        former = _Former(self._seeker, rooms)
        rows = list(islice(self._free(volume, rooms, former, first, end), limit))
        if any(reading.presences for reading in rooms.values()):
            visited = (row for row in self._visited(volume, rooms, first, end) if former.name(row) is None)
            rows.extend(islice(visited, limit))
            rows.sort(reverse=self.is_backward, key=lambda row: row[0])
        return [former.as_now(row, volume.line(row)) for row in rows[:limit]]

    def _rooms(self, volume: Volume) -> Collection[str]:
        """Return the rooms to search: the one in the query, or all that may have something to read."""
        if self._query.partner:
            return ()
        if self._query.room:
            return (self._query.room,)
        account_id = self._seeker.account_id
        return {*self._seeker.rooms, *(volume.rooms_of(account_id) if account_id else ())}

    def _free(self, volume: Volume, rooms: dict[str, Readable], former: _Former, first: int, end: int) -> Iterator[Row]:
        """Yield matches that the seeker may read through their identity and their present rooms."""
        numbers = frozenset(number for reading in rooms.values() for number in reading.free)
        readers = [audience_token(number) for number in numbers | former.numbers]
        me, partner = self._seeker.identity, self._query.partner
        if partner:
            readers = [f"({identity_token(me)} AND {identity_token(partner)})"]
        elif not self._query.room:
            readers.append(identity_token(me))

        def may_read(row: Row) -> bool:
            people = row[-2:]
            if partner:
                return people in ((me, partner), (partner, me))
            return row[2] >> 1 in numbers or me in people or former.name(row) is not None

        if self._wanted and len(readers) > _FEW:
            for looked_at, row in enumerate(self._matches(volume, self._wanted, first, end), 1):
                if may_read(row):
                    yield row
                if looked_at == _LOOKED_AT:
                    first, end = (first, row[0]) if self.is_backward else (row[0] + 1, end)
                    break
            else:
                return
        yield from filter(may_read, self._matches(volume, self._read_by(readers), first, end))

    def _visited(self, volume: Volume, rooms: dict[str, Readable], first: int, end: int) -> Iterator[Row]:
        """Yield matches that the seeker may read because their account was in the room when they were said."""
        visited = {room: reading for room, reading in rooms.items() if reading.presences}
        numbers = frozenset(number for reading in visited.values() for number in reading.others)
        ranges = _ranges(volume, visited.values(), first, end)
        spans = _Spans(volume, numbers) if len(numbers) > _FEW and len(ranges) > 1 else None
        for entered, left in reversed(ranges) if self.is_backward else ranges:
            there = numbers if spans is None else spans.within(entered, left)
            by_others = self._read_by([audience_token(number) for number in there])
            for row in self._matches(volume, by_others, entered, left):
                room = row[-3]
                if row[2] >> 1 in numbers and visited[room].is_present(row[1]):
                    yield row

    def _read_by(self, readers: Collection[str]) -> str:
        """Return the FTS5 expression for what is wanted, limited to these audience tokens; '' if there are none."""
        return " AND ".join(filter(None, (self._wanted, f"meta : ({' OR '.join(readers)})"))) if readers else ""

    def _matches(self, volume: Volume, expression: str, first: int, end: int) -> Iterator[Row]:
        """Yield the rows from `first` up to but not including `end` that FTS5 finds."""
        if not expression or first >= end or not volume.file.is_indexed:
            return iter(())
        return volume.select(_FOUND_BACKWARD if self.is_backward else _FOUND, (expression, first, end))


class _Former:
    """What may be read because a room of the seeker had other names before."""

    def __init__(self, seeker: Seeker, rooms: Mapping[str, Readable]) -> None:
        free = {number for reading in rooms.values() for number in reading.free}
        self._names = {
            number: (up_to, seeker.called[room].name)
            for room, reading in rooms.items()
            for number, up_to in reading.former.items()
            if number not in free
        }
        self.numbers = self._names.keys()

    def name(self, row: Row) -> str | None:
        """Return the present name of a line's room if the line was said under a former name; otherwise None."""
        up_to, name = self._names.get(row[2] >> 1, (-1, ""))
        return name if row[1] <= up_to else None

    def as_now(self, row: Row, line: Recorded) -> Recorded:
        """Return a line as if it had been said under its room's present name, so that clients know the room."""
        name = self.name(row)
        if name is None:
            return line
        command, _, text = line.rest.split(" ", 2)
        return line._replace(rest=f"{command} {name} {text}")


class _Spans:
    """The first and the last row with a message to each of many audiences."""

    def __init__(self, volume: Volume, numbers: Iterable[int]) -> None:
        spans = []
        for number in numbers:
            first = volume.first_of(number * 2, 1, volume.end, is_backward=False)
            last = volume.first_of(number * 2, 1, volume.end, is_backward=True)
            if first and last:
                spans.append((first[0], last[0], number))
        self._spans = spans

    def within(self, first: int, end: int) -> list[int]:
        """Return the audiences that may have messages from row `first` up to but not including `end`."""
        return [number for begins, ends, number in self._spans if begins < end and ends >= first]


def _ranges(volume: Volume, readings: Iterable[Readable], first: int, end: int) -> list[tuple[int, int]]:
    """Return the ranges of rows during which the account was in any of the rooms, in order; `_MAX_RANGES` at most."""
    ids = sorted(presence for reading in readings for presence in reading.presences)
    merged: list[tuple[int, int]] = []
    for from_id, to_id in ids:
        if merged and from_id <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(to_id, merged[-1][1])
        else:
            merged.append((from_id, to_id))
    step = -(-len(merged) // _MAX_RANGES)
    together = [(merged[at][0], merged[min(at + step, len(merged)) - 1][1]) for at in range(0, len(merged), step or 1)]
    rows = ((max(first, volume.row_of_id(low)), min(end, volume.row_of_id(high + 1))) for low, high in together)
    return [(entered, left) for entered, left in rows if entered < left]
