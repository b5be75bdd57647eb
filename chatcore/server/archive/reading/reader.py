"""Clients' queries on the archive: implements `commands.services.Archive`. Any thread, without a lock."""

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
from chatcore.state.history import (
    REDACTABLE,
    Conversation,
    Gap,
    HistoryQuery,
    Kinds,
    Past,
    Recorded,
    SearchQuery,
    Seeker,
    Utterance,
    line_id,
)
from chatcore.state.history_identity import is_account

MOST_VISITS = 10_000
"""The maximum number of listed conversations with people without an account: strangers can begin any number."""

_DAY_MS = 86_400_000
_LATE = "The archive did not answer in time, try again in a moment"
_LATE_SEARCH = "That took too long: search for something rarer"
_NO_FTS5 = "This tracker cannot search: its SQLite was built without FTS5"
Reading = Callable[[Volume], Readable]
_Answer = TypeVar("_Answer")


class Reader:
    """Answers queries, after SQLite has caught up with the stream, if it does so in time.

    Every method waits for that and for the disk, at most 2 s each, and raises ArchiveUnavailable.
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
        gaps: Callable[[], tuple[Gap, ...]] = lambda: (),
        now: Callable[[], float] = time,
    ) -> None:
        """`sequence` is the end of all msgids; `eras` are those that may be read in the current era.

        `catch_up` waits until SQLite has everything said so far; `gaps` returns where messages may be missing; `now`
        returns the Unix time, s.
        """
        self._questions = questions
        self._sequence = sequence
        self._eras = eras
        self._days = days
        self._catch_up = catch_up
        self._gaps = gaps
        self._now = now

    def room_past(self, seeker: Seeker, room: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """See Archive.room_past."""

        def ask(question: Question) -> Past:
            trail = Trail(question, self._room(seeker, room), self._oldest_ms(), kinds)
            return self._past(question, seeker.rooms[room], trail, query)

        return self._ask(ask, _LATE)

    def dialog_past(self, seeker: Seeker, other: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """See Archive.dialog_past."""

        def ask(question: Question) -> Past:
            trail = Trail(question, self._dialog(seeker, other), self._oldest_ms(), kinds)
            return self._past(question, frozenset((seeker.identity, other)), trail, query)

        return self._ask(ask, _LATE)

    def latest_times(self, seeker: Seeker) -> dict[str, tuple[int, int]]:
        """See Archive.latest_times."""

        def ask(question: Question) -> dict[str, tuple[int, int]]:
            times = {}
            later = line_id(seeker.as_of + 1, 0)
            for room in seeker.rooms:
                trail = Trail(question, self._room(seeker, room), self._oldest_ms(), Kinds.NONE)
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

    def find(self, seeker: Seeker, id_: int, *, room: str = "", other: str = "") -> Utterance | None:
        """See Archive.find."""
        reading = self._room(seeker, room) if room else self._dialog(seeker, other)

        def ask(question: Question) -> Utterance | None:
            found = (_find(volume, reading(volume), id_) for volume in question.volumes(is_backward=True))
            uttered = next(filter(None, found), None)
            if uttered is None or uttered.time_ms < self._oldest_ms():
                return None
            return uttered

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

    def gaps(self) -> tuple[Gap, ...]:
        """See Archive.gaps."""
        oldest_ms = self._oldest_ms()
        return tuple(gap for gap in self._gaps() if gap.to_ms > oldest_ms)

    def _ask(self, question: Callable[[Question], _Answer], too_late: str) -> _Answer:
        self._catch_up()
        return self._questions.ask(question, too_late)

    def _room(self, seeker: Seeker, room: str) -> Reading:
        return lambda volume: readable(volume, seeker, (room,), self._eras)[room]

    def _dialog(self, seeker: Seeker, other: str) -> Reading:
        return lambda volume: Readable(volume.dialog(seeker.identity, other), (), ())

    def _past(self, question: Question, place: int | frozenset[str], trail: Trail, query: HistoryQuery) -> Past:
        up_to = question.newest_id
        lines = answer(trail, query, self._sequence)
        lines = tuple(line for line in lines if line.id <= up_to)
        return Past(place, lines, up_to, tuple(trail.reactions(lines)))

    def _oldest_ms(self) -> int:
        """Return the time from which on lines may be read (Unix, ms)."""
        return int(self._now() * 1000) - self._days * _DAY_MS


def _find(volume: Volume, reading: Readable, id_: int) -> Utterance | None:
    """Return a file's message, TAGMSG or reaction with this id, if it may be read."""
    for row in volume.rows_of_id(id_):
        number, line, author = row[2] >> 1, volume.line(row), row[10]
        if line.command in REDACTABLE and reading.has(number, id_):
            return Utterance(id_, line.time_ms, author, line.nick, *volume.instance_of(number))
    kept = volume.reaction(id_)
    if kept is None or not reading.has(kept.audience, id_):
        return None
    return Utterance(id_, kept.line.time_ms, kept.line.author, kept.line.nick, *volume.instance_of(kept.audience))


def _latest(volume: Volume, partner: Partner, oldest: int) -> Recorded | None:
    """Return the last message of a conversation."""
    rows = volume.rows(partner.audience * 2, oldest, volume.end, is_backward=True)
    return next((volume.line(row) for row in rows), None)
