"""History in memory: the last lines of each place, for as long as the place exists. Delivery's thread only."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Sequence

from chatcore.server.outgoing.history import Place
from chatcore.server.outgoing.lines import Line
from chatcore.state.history import HistoryQuery, Reference, select

_GIVEN_BACK = 1 / 64
"""The part of the memory that is freed when none is left: a short pause, then a while until the next."""

_BEFORE_ALL_IDS = "0"


class MemoryHistories:
    """All histories. Each keeps `limit` messages and as many events, all together `max_bytes` (0: no limit).

    When the memory is used up, the largest lose their oldest lines: filling a few rooms with long lines shortens nobody
    else's past; it takes thousands.
    """

    def __init__(self, limit: int, max_bytes: int = 0, run: str = "") -> None:
        """`run` is the stream's, with which the msgids of all that is kept end."""
        self.limit = limit
        self.max_bytes = max_bytes or sys.maxsize
        self.run = run
        self.used_bytes = 0
        self._places: dict[Place, MemoryHistory] = {}

    def begin(self, place: Place) -> MemoryHistory:
        """See Histories.begin."""
        history = self._places[place] = MemoryHistory(self, place)
        return history

    def forget(self, place: Place) -> None:
        """Forget a place and its past."""
        self.used_bytes -= sum(tail.size for tail in self._places.pop(place).tails)

    def make_room(self) -> None:
        """Shorten the largest histories until there is memory again."""
        tails = [tail for history in self._places.values() for tail in history.tails]
        most = _even_share([tail.size for tail in tails], int(self.max_bytes * (1 - _GIVEN_BACK)))
        for tail in tails:
            tail.shrink(most)


class MemoryHistory:
    """The past of one place. See History."""

    __slots__ = ("_events", "_histories", "_place", "_said", "add_said")

    def __init__(self, histories: MemoryHistories, place: Place) -> None:
        self._histories = histories
        self._place = place
        self._said = _Tail(histories)
        self._events = _Tail(histories)
        self.add_said: Callable[[Line], None] = self._said.add
        """See History. A method would be one more call for every message."""

    @property
    def tails(self) -> tuple[_Tail, ...]:
        """What is kept."""
        return self._said, self._events

    def add_event(self, line: Line) -> None:
        """See History."""
        self._events.add(line)

    def select(self, query: HistoryQuery, *, with_events: bool = False, with_tagmsgs: bool = False) -> list[Line]:
        """See History."""
        lines: Sequence[Line] = list(self._said.lines)
        if with_events:
            events = [line for line in self._events.lines if with_tagmsgs or not _is_tagmsg(line)]
            lines = sorted((*lines, *events), key=lambda line: line.serial or ())  # as by msgid, but cheaper
        query = query._replace(first=self._comparable(query.first), second=self._comparable(query.second))
        return select(lines, query)

    def latest(self) -> Line | None:
        """See History."""
        return self._said.lines[-1] if self._said.lines else None

    def end(self) -> None:
        """See History."""
        self._histories.forget(self._place)

    def _comparable(self, reference: Reference | None) -> Reference | None:
        """Return a reference within this run: the ids of any other are from before all that is kept."""
        if reference is None or not reference.msgid or reference.msgid.endswith(self._histories.run):
            return reference
        return Reference(_BEFORE_ALL_IDS)


class _Tail:
    """The last lines of one kind in one place, oldest first."""

    __slots__ = ("_histories", "_limit", "lines", "size")

    def __init__(self, histories: MemoryHistories) -> None:
        self.size = 0  # bytes
        self.lines: deque[Line] = deque()
        self._histories = histories
        self._limit = histories.limit

    def add(self, line: Line) -> None:
        """Keep a line; when there are too many, the oldest goes."""
        lines, histories = self.lines, self._histories
        grown = line.size
        if len(lines) == self._limit:
            if not lines:
                return
            grown -= lines.popleft().size
        lines.append(line)
        self.size += grown
        histories.used_bytes += grown
        if histories.used_bytes > histories.max_bytes:
            histories.make_room()

    def shrink(self, size: int) -> None:
        """Forget the oldest lines until the rest takes at most `size` bytes."""
        while self.size > size:
            freed = self.lines.popleft().size
            self.size -= freed
            self._histories.used_bytes -= freed


def _even_share(sizes: list[int], total: int) -> int:
    """Return how large each may be for all together to take at most `total`."""
    for index, size in enumerate(sorted(sizes)):
        share = total // (len(sizes) - index)
        if size >= share:
            return share
        total -= size
    return total


def _is_tagmsg(line: Line) -> bool:
    return line.body.split(b" ", 2)[1] == b"TAGMSG"
