"""The lines of one room or conversation through all files, forward or backward, read only as far as needed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from heapq import heapify, heappop, heapreplace, merge
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from chatcore.server.archive.reading.questions import Question
from chatcore.server.archive.reading.readable import Readable
from chatcore.server.archive.reading.volume import Row, Volume
from chatcore.state.history import ID_DIGITS, HistoryQuery, Kinds, Recorded, Reference, is_wanted

_FEW = 16
"""The maximum number of places merged at once. Most rooms have two; one that was made again and again has thousands."""

Presences = tuple[tuple[int, int], ...]


class Spot(NamedTuple):
    """A reference as two ids or times (ms): lines below `first` are before it, lines from `second` on are after it."""

    is_time: bool
    first: int
    second: int

    def rows(self, volume: Volume) -> tuple[int, int]:
        """Return the first row that is not before the reference, and the first row after it."""
        find = volume.row_of_time if self.is_time else volume.row_of_id
        first = find(self.first)
        return first, first if self.second == self.first else find(self.second)


class Trail:
    """The readable lines of one room or conversation."""

    def __init__(self, question: Question, reading: Callable[[Volume], Readable], oldest_ms: int, kinds: Kinds) -> None:
        """`reading` returns what may be read in each file; nothing from before `oldest_ms` may be."""
        self._question = question
        self._reading = reading
        self._oldest_ms = oldest_ms
        self._kinds = kinds

    def lines(self, after: Spot | None, before: Spot | None, *, is_backward: bool) -> Iterator[Recorded]:
        """Yield the lines after one reference and before another; they are read as they are needed."""
        for volume in self._question.volumes(is_backward=is_backward):
            first = volume.row_since(self._oldest_ms)
            if after is not None:
                first = max(first, after.rows(volume)[1])
            end = volume.end if before is None else before.rows(volume)[0]
            if first < end:
                rows = self._rows(volume, first, end, is_backward=is_backward)
                yield from map(volume.line, rows)

    def reactions(self, lines: Sequence[Recorded]) -> Iterator[tuple[int, Recorded]]:
        """Yield the reactions to these lines, in order, each with its message's id; none if they are not wanted."""
        if Kinds.REACTIONS not in self._kinds or not lines:
            return
        for volume in self._question.volumes(is_backward=True):
            reading = self._reading(volume)
            for message, audience, line in volume.reactions([line.id for line in lines]):
                if reading.has(audience, line.id):
                    yield message, line
            if volume.row_of_id(lines[0].id) > 1:
                return

    def some(self, lines: Iterable[Recorded], limit: int) -> list[Recorded]:
        """Return the first `limit` of the lines that are wanted."""
        return [*islice((line for line in lines if is_wanted(line.command, self._kinds)), limit)]

    def from_(self, spot: Spot) -> Iterator[Recorded]:
        """Yield the line that a reference names, and those after it."""
        return self.lines(Spot(spot.is_time, spot.first, spot.first), None, is_backward=False)

    def _rows(self, volume: Volume, first: int, end: int, *, is_backward: bool) -> Iterator[Row]:
        reading = self._reading(volume)
        streams = {
            place: partial(volume.rows, place, first, end, is_backward=is_backward)
            for number in reading.free
            for place in self._places(number)
        }
        for number, up_to in reading.former.items():
            last = min(end, volume.row_of_id(up_to + 1))
            for place in self._places(number):
                streams.setdefault(place, partial(volume.rows, place, first, last, is_backward=is_backward))
        if reading.presences:
            visited = _visited_backward if is_backward else _visited
            streams |= {
                place: partial(visited, volume, place, reading.presences, first, end)
                for number in reading.others
                for place in self._places(number)
            }
        if len(streams) > _FEW:
            return _in_turn(volume, streams, first, end, is_backward=is_backward)
        return merge(*(begin() for begin in streams.values()), key=itemgetter(0), reverse=is_backward)

    def _places(self, number: int) -> tuple[int, ...]:
        return (number * 2, number * 2 + 1) if self._kinds else (number * 2,)


def _visited(volume: Volume, place: int, presences: Presences, first: int, end: int) -> Iterator[Row]:
    """Yield the rows of a place that fall into the presences."""
    while found := volume.first_of(place, first, end, is_backward=False):
        at = bisect_left(presences, found[1], key=itemgetter(1))
        if at == len(presences):
            return
        from_id, to_id = presences[at]
        left = min(end, volume.row_of_id(to_id + 1))
        yield from volume.rows(place, max(found[0], volume.row_of_id(from_id)), left, is_backward=False)
        first = left


def _visited_backward(volume: Volume, place: int, presences: Presences, first: int, end: int) -> Iterator[Row]:
    """Yield the same rows as `_visited`, backward."""
    while found := volume.first_of(place, first, end, is_backward=True):
        at = bisect_right(presences, found[1], key=itemgetter(0)) - 1
        if at < 0:
            return
        from_id, to_id = presences[at]
        entered = max(first, volume.row_of_id(from_id))
        yield from volume.rows(place, entered, min(found[0] + 1, volume.row_of_id(to_id + 1)), is_backward=True)
        end = entered


def _in_turn(
    volume: Volume, streams: Mapping[int, Callable[[], Iterator[Row]]], first: int, end: int, *, is_backward: bool
) -> Iterator[Row]:
    """Merge the rows of places. There may be thousands, so each query starts only when its first row may be next."""
    sign = -1 if is_backward else 1
    waiting: list[tuple[int, int, Row | None, Iterator[Row]]] = []
    for place, begin in streams.items():
        if found := volume.first_of(place, first, end, is_backward=is_backward):
            waiting.append((sign * found[0], place, None, _begun(begin)))
    heapify(waiting)
    while waiting:
        _, place, row, rows = waiting[0]
        if row is not None:
            yield row
        following = next(rows, None)
        if following is None:
            heappop(waiting)
        else:
            heapreplace(waiting, (sign * following[0], place, following, rows))


def _begun(begin: Callable[[], Iterator[Row]]) -> Iterator[Row]:
    yield from begin()


def spot(reference: Reference, sequence: str) -> Spot:
    """Return the spot of a reference. A msgid that does not end in `sequence` counts as older than all lines."""
    if not reference.msgid:
        return Spot(True, reference.ms, reference.ms + 1)
    if not reference.msgid.endswith(sequence):
        return Spot(False, 0, 0)
    id_ = int(reference.msgid[:ID_DIGITS], 16)
    own = reference.msgid[:ID_DIGITS] + sequence
    return Spot(False, id_ + (own < reference.msgid), id_ + (own <= reference.msgid))


def answer(trail: Trail, query: HistoryQuery, sequence: str) -> tuple[Recorded, ...]:
    """Return all archived lines that may be part of the answer; `select` merges them with memory and makes it exact."""
    first = spot(query.first, sequence) if query.first else None
    second = spot(query.second, sequence) if query.second else None
    limit = query.limit
    if query.subcommand == "LATEST":
        found = trail.some(trail.lines(first, None, is_backward=True), limit)
    elif query.subcommand == "BEFORE":
        found = trail.some(trail.lines(None, first, is_backward=True), limit)
    elif query.subcommand == "AFTER":
        found = trail.some(trail.lines(first, None, is_backward=False), limit)
    elif query.subcommand == "AROUND":
        assert first is not None
        found = trail.some(trail.lines(None, first, is_backward=True), limit // 2) + trail.some(
            trail.from_(first), limit
        )
    else:
        found = trail.some(trail.lines(first, second, is_backward=False), limit)
        found = found or trail.some(trail.lines(second, first, is_backward=True), limit)
    return tuple(sorted(found, key=itemgetter(0)))
