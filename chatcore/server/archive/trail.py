"""The lines of one place through all files, in order or backward, as far as somebody goes along it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from operator import itemgetter
from typing import NamedTuple

from chatcore.server.archive.questions import Question
from chatcore.server.archive.readable import Readable
from chatcore.server.archive.volume import Row, Volume
from chatcore.state.history import HistoryQuery, Recorded, Reference

_ID_DIGITS = 16  # of a msgid, before those of the run


class Spot(NamedTuple):
    """A reference as two ids or times (ms): before it is what is before the first, after it all from the second on."""

    is_time: bool
    first: int
    second: int

    def rows(self, volume: Volume) -> tuple[int, int]:
        """Return the first row that is not before the reference, and the first that is after it."""
        find = volume.row_of_time if self.is_time else volume.row_of_id
        first = find(self.first)
        return first, first if self.second == self.first else find(self.second)


class Trail:
    """What may be read of one place."""

    def __init__(
        self, question: Question, reading: Callable[[Volume], Readable], oldest_ms: int, *, with_events: bool
    ) -> None:
        """`reading` says what may be read of the place in each file; nothing from before `oldest_ms` is."""
        self._question = question
        self._reading = reading
        self._oldest_ms = oldest_ms
        self._with_events = with_events

    def lines(self, after: Spot | None, before: Spot | None, *, is_backward: bool) -> Iterator[Recorded]:
        """Yield what is after one reference and before another, as far as it is asked for."""
        for volume in self._question.volumes(is_backward=is_backward):
            first = volume.row_of_time(self._oldest_ms)
            if after is not None:
                first = max(first, after.rows(volume)[1])
            end = volume.end if before is None else before.rows(volume)[0]
            if first < end:
                rows = self._rows(volume, first, end, is_backward=is_backward)
                yield from map(volume.line, rows)

    def from_(self, spot: Spot) -> Iterator[Recorded]:
        """Yield what a reference names itself, and what is after it."""
        return self.lines(Spot(spot.is_time, spot.first, spot.first), None, is_backward=False)

    def _rows(self, volume: Volume, first: int, end: int, *, is_backward: bool) -> Iterator[Row]:
        reading = self._reading(volume)
        streams = [
            volume.rows(place, first, end, is_backward=is_backward)
            for number in reading.free
            for place in self._places(number)
        ]
        if reading.presences:
            streams.extend(
                self._visited(volume, place, reading.presences, first, end, is_backward=is_backward)
                for number in reading.others
                for place in self._places(number)
            )
        return merge(*streams, key=itemgetter(0), reverse=is_backward) if len(streams) > 1 else _all(streams)

    def _places(self, number: int) -> tuple[int, ...]:
        return (number * 2, number * 2 + 1) if self._with_events else (number * 2,)

    @staticmethod
    def _visited(
        volume: Volume, place: int, presences: tuple[tuple[int, int], ...], first: int, end: int, *, is_backward: bool
    ) -> Iterator[Row]:
        """Yield the rows of a place from while somebody was there."""
        for from_id, to_id in reversed(presences) if is_backward else presences:
            entered, left = volume.row_of_id(from_id), volume.row_of_id(to_id + 1)
            if left <= first if is_backward else entered >= end:
                return
            yield from volume.rows(place, max(first, entered), min(end, left), is_backward=is_backward)


def spot(reference: Reference, run: str) -> Spot:
    """Return where a reference is. `run` ends all msgids of the archive: any other is from before all of them."""
    if not reference.msgid:
        return Spot(True, reference.ms, reference.ms + 1)
    if not reference.msgid.endswith(run):
        return Spot(False, 0, 0)
    id_ = int(reference.msgid[:_ID_DIGITS], 16)
    own = reference.msgid[:_ID_DIGITS] + run
    return Spot(False, id_ + (own < reference.msgid), id_ + (own <= reference.msgid))


def answer(trail: Trail, query: HistoryQuery, run: str) -> tuple[Recorded, ...]:
    """Return all of a place that can be part of the answer, whatever else memory has: `select` makes it exact."""
    first = spot(query.first, run) if query.first else None
    second = spot(query.second, run) if query.second else None
    limit = query.limit
    if query.subcommand == "LATEST":
        found = _some(trail.lines(first, None, is_backward=True), limit)
    elif query.subcommand == "BEFORE":
        found = _some(trail.lines(None, first, is_backward=True), limit)
    elif query.subcommand == "AFTER":
        found = _some(trail.lines(first, None, is_backward=False), limit)
    elif query.subcommand == "AROUND":
        assert first is not None
        found = _some(trail.lines(None, first, is_backward=True), limit // 2) + _some(trail.from_(first), limit)
    else:
        found = _some(trail.lines(first, second, is_backward=False), limit)
        found = found or _some(trail.lines(second, first, is_backward=True), limit)
    return tuple(sorted(found, key=itemgetter(0)))


def _some(lines: Iterable[Recorded], limit: int) -> list[Recorded]:
    """Return the first lines, so many that enough are left for whoever wants TAGMSGs, and for whoever does not."""
    found: list[Recorded] = []
    left = limit
    for line in lines:
        if not left:
            break
        if not line.rest.startswith("TAGMSG "):
            left -= 1
        elif len(found) >= limit:
            continue
        found.append(line)
    return found


def _all(streams: list[Iterator[Row]]) -> Iterator[Row]:
    return streams[0] if streams else iter(())
