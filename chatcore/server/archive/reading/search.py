"""Finds what was said in one file: by its words, by who said it, where and when, as far as the seeker may read it.

What may be read goes into the question to FTS5 as tokens, so that it looks at nothing else; and each row that it finds
is compared with what may be read once more.
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
"""So many visits of an account to its rooms are looked through one by one; of more, neighbours together."""
_FEW = 4
"""So many readers FTS5 is asked about at once. With more it is cheaper to look at what is found for anybody first..."""
_LOOKED_AT = 1000
"""... but no more than this, or a common word would be looked at everywhere, for the little that may be read."""

_FOUND = (
    f"SELECT {LINE}, a.room, a.one, a.other FROM words JOIN message AS m ON m.row = words.rowid "
    "JOIN source AS s ON s.number = m.source JOIN audience AS a ON a.number = m.place >> 1 "
    f"WHERE words MATCH ? AND words.rowid >= ? AND words.rowid < ? AND m.form <> {REDACTED} ORDER BY words.rowid"
)
_FOUND_BACKWARD = _FOUND + " DESC"


class Search:
    """One search, in one file after the other. `seeker` has its lasting identity, and so has `query.partner`."""

    def __init__(self, seeker: Seeker, query: SearchQuery, eras: frozenset[int], oldest_ms: int) -> None:
        """Raises NothingToFind if the query asks for nothing, or for no word that can be found."""
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
        """Return at most so many lines of a file: the newest, or the oldest after a time, in this order."""
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
        """Return the rooms that are asked for and in which something may be read."""
        if self._query.partner:
            return ()
        if self._query.room:
            return (self._query.room,)
        account_id = self._seeker.account_id
        return {*self._seeker.rooms, *(volume.rooms_of(account_id) if account_id else ())}

    def _free(self, volume: Volume, rooms: dict[str, Readable], former: _Former, first: int, end: int) -> Iterator[Row]:
        """Yield what the seeker may read by being who and where they are."""
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
        """Yield what the seeker may read because their account was in a room when it was said."""
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
        """Return the expression of FTS5 for all that is wanted and that one of these may read; '' without readers."""
        return " AND ".join(filter(None, (self._wanted, f"meta : ({' OR '.join(readers)})"))) if readers else ""

    def _matches(self, volume: Volume, expression: str, first: int, end: int) -> Iterator[Row]:
        """Yield the rows from `first` to before `end` that FTS5 finds."""
        if not expression or first >= end or not volume.file.is_indexed:
            return iter(())
        return volume.select(_FOUND_BACKWARD if self.is_backward else _FOUND, (expression, first, end))


class _Former:
    """What may be read because a room of the seeker's had other names."""

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
        """Return what the room is called now in which a line was said; None for any other line."""
        up_to, name = self._names.get(row[2] >> 1, (-1, ""))
        return name if row[1] <= up_to else None

    def as_now(self, row: Row, line: Recorded) -> Recorded:
        """Return a line as if it had been said under the present name, by which its room can be found."""
        name = self.name(row)
        if name is None:
            return line
        command, _, text = line.rest.split(" ", 2)
        return line._replace(rest=f"{command} {name} {text}")


class _Spans:
    """From which row to which something was said to each of many audiences."""

    def __init__(self, volume: Volume, numbers: Iterable[int]) -> None:
        spans = []
        for number in numbers:
            first = volume.first_of(number * 2, 1, volume.end, is_backward=False)
            last = volume.first_of(number * 2, 1, volume.end, is_backward=True)
            if first and last:
                spans.append((first[0], last[0], number))
        self._spans = spans

    def within(self, first: int, end: int) -> list[int]:
        """Return the audiences to which something may have been said from row `first` to before `end`."""
        return [number for begins, ends, number in self._spans if begins < end and ends >= first]


def _ranges(volume: Volume, readings: Iterable[Readable], first: int, end: int) -> list[tuple[int, int]]:
    """Return the ranges of rows in which somebody was in any of the rooms, in order; not too many."""
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
