"""What clients may ask of the archive: it implements `commands.services.Archive`. Any thread, without a lock."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from time import time
from typing import TypeVar

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.reading.questions import Question, Questions
from chatcore.server.archive.reading.readable import Readable, readable
from chatcore.server.archive.reading.search import Search
from chatcore.server.archive.reading.trail import Spot, Trail, answer
from chatcore.server.archive.reading.volume import Partner, Volume
from chatcore.server.archive.storage import schema
from chatcore.state.history import Conversation, HistoryQuery, Past, Recorded, SearchQuery, Seeker, is_account, line_id

MOST_VISITS = 10_000
"""With so many without an account somebody's conversations are listed: strangers can begin any number of them."""

_DAY_MS = 86_400_000
_LATE = "The archive did not answer in time, try again in a moment"
_LATE_SEARCH = "That took too long: search for something rarer"
_NO_FTS5 = "This tracker cannot search: its SQLite was made without FTS5"
_Answer = TypeVar("_Answer")


class Reader:
    """Answers once SQLite has all that was in the stream when it was asked, if it gets that in time.

    Every method waits for that and for a disk, 2 s each at most, and raises ArchiveUnavailable.
    """

    is_on = True

    def __init__(
        self,
        questions: Questions,
        *,
        sequence: str,
        eras: frozenset[int],
        days: int,
        catch_up: Callable[[], object] = lambda: None,
        now: Callable[[], float] = time,
    ) -> None:
        """`sequence` ends all msgids, `eras` may be read in the present one.

        `catch_up` waits until SQLite has what was said by now; `now` returns the Unix time, s.
        """
        self._questions = questions
        self._sequence = sequence
        self._eras = eras
        self._days = days
        self._catch_up = catch_up
        self._now = now

    def room_past(self, seeker: Seeker, room: str, query: HistoryQuery, *, with_events: bool) -> Past:
        """See Archive.room_past."""

        def ask(question: Question) -> Past:
            trail = self._room(question, seeker, room, with_events=with_events)
            return self._past(question, seeker.rooms[room], trail, query)

        return self._ask(ask, _LATE)

    def dialog_past(self, seeker: Seeker, other: str, query: HistoryQuery, *, with_events: bool) -> Past:
        """See Archive.dialog_past."""

        def reading(volume: Volume) -> Readable:
            return Readable(volume.dialog(seeker.identity, other), (), ())

        def ask(question: Question) -> Past:
            trail = Trail(question, reading, self._oldest_ms(), with_events=with_events)
            return self._past(question, frozenset((seeker.identity, other)), trail, query)

        return self._ask(ask, _LATE)

    def latest_times(self, seeker: Seeker) -> dict[str, tuple[int, int]]:
        """See Archive.latest_times."""

        def ask(question: Question) -> dict[str, tuple[int, int]]:
            times = {}
            later = line_id(seeker.as_of + 1, 0)
            for room in seeker.rooms:
                trail = self._room(question, seeker, room, with_events=False)
                for line in islice(trail.lines(None, Spot(False, later, later), is_backward=True), 1):
                    times[room] = line.order_ms, line.time_ms
            return times

        return self._ask(ask, _LATE)

    def conversations(self, seeker: Seeker) -> list[Conversation]:
        """See Archive.conversations."""

        def ask(question: Question) -> list[Conversation]:
            found: dict[str, Conversation] = {}
            visits_left = MOST_VISITS
            for volume in question.volumes(is_backward=True):
                oldest = volume.row_since(self._oldest_ms())
                for partner in volume.partners(seeker.identity):
                    is_visit = not is_account(partner.identity)
                    if partner.identity in found or (is_visit and not visits_left):
                        continue
                    visits_left -= is_visit
                    if (latest := _latest(volume, partner, oldest)) is not None:
                        times = latest.order_ms, latest.time_ms
                        found[partner.identity] = Conversation(partner.identity, partner.name, *times)
            return sorted(found.values(), key=lambda each: each.order_ms, reverse=True)

        return self._ask(ask, _LATE)

    def search(self, seeker: Seeker, query: SearchQuery) -> tuple[Recorded, ...]:
        """See Archive.search."""
        if not schema.can_search():
            raise ArchiveUnavailable(_NO_FTS5)
        search = Search(seeker, query, self._eras, self._oldest_ms())

        def ask(question: Question) -> tuple[Recorded, ...]:
            found: list[Recorded] = []
            for volume in question.volumes(is_backward=search.is_backward):
                found.extend(search.find(volume, query.limit - len(found)))
                if len(found) >= query.limit:
                    break
            return tuple(reversed(found) if search.is_backward else found)

        return self._ask(ask, _LATE_SEARCH)

    def _ask(self, question: Callable[[Question], _Answer], too_late: str) -> _Answer:
        self._catch_up()
        return self._questions.ask(question, too_late)

    def _room(self, question: Question, seeker: Seeker, room: str, *, with_events: bool) -> Trail:
        def reading(volume: Volume) -> Readable:
            return readable(volume, seeker, (room,), self._eras)[room]

        return Trail(question, reading, self._oldest_ms(), with_events=with_events)

    def _past(self, question: Question, place: int | frozenset[str], trail: Trail, query: HistoryQuery) -> Past:
        up_to = question.newest_id
        lines = answer(trail, query, self._sequence)
        return Past(place, tuple(line for line in lines if line.id <= up_to), up_to)

    def _oldest_ms(self) -> int:
        """Return since when things may be read (Unix, ms)."""
        return int(self._now() * 1000) - self._days * _DAY_MS


def _latest(volume: Volume, partner: Partner, oldest: int) -> Recorded | None:
    """Return what was said last in a conversation."""
    rows = volume.rows(partner.audience * 2, oldest, volume.end, is_backward=True)
    return next((volume.line(row) for row in rows), None)
