"""History in memory: the last lines of each place, for as long as the place exists. Delivery's thread only."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence

from chatcore.protocol.names import casefold
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.tails import Attached, Tail
from chatcore.state.erasure import Erasure
from chatcore.state.history import (
    MAX_FORMER_NAMES,
    REDACTABLE,
    HistoryQuery,
    Kinds,
    Past,
    Place,
    Reference,
    RoomPlace,
    is_wanted,
    select,
)
from chatcore.state.reactions import Reaction

_GIVEN_BACK = 1 / 64
"""The part of the memory that is freed when none is left: little enough for a short pause, enough for a while."""

_BEFORE_ALL_IDS = "0"

_REDACTED = 10_000
"""Number of redactions remembered until the archive has them, too: it takes them twice a second."""


class MemoryHistories:
    """All histories. Each keeps `limit` messages and as many events, all together `max_bytes` (0: no limit).

    When the memory is used up, the largest lose their oldest lines. So filling a few rooms with long lines does not
    shorten anybody else's history; that would take thousands of rooms.
    """

    def __init__(self, limit: int, max_bytes: int = 0, sequence: str = "") -> None:
        """`sequence` is the stream's, with which all kept msgids end."""
        self.limit = limit
        self.max_bytes = max_bytes or sys.maxsize
        self.sequence = sequence
        self.used_bytes = 0
        self._redacted: dict[int, None] = {}  # ids of the messages redacted last
        self._places: dict[Place, MemoryHistory] = {}

    def begin(self, place: Place) -> MemoryHistory:
        """See Histories.begin."""
        history = self._places[place] = MemoryHistory(self, place)
        return history

    def forget(self, place: Place) -> None:
        """Forget a place and its past."""
        self.used_bytes -= sum(tail.size for tail in self._places.pop(place).tails)

    def rename(self, place: Place, name: str) -> Place:
        """Move a room's past to this name; return its new place."""
        assert isinstance(place, RoomPlace), "private conversations have no name"
        renamed = place._replace(name=name)
        self._places[renamed] = self._places.pop(place)
        return renamed

    def is_redacted(self, id_: int) -> bool:
        """See Histories."""
        return id_ in self._redacted

    def note_redacted(self, id_: int) -> None:
        """Note that a message was redacted, kept here or not."""
        self._redacted[id_] = None
        if len(self._redacted) > _REDACTED:
            del self._redacted[next(iter(self._redacted))]

    def forget_in_renamed(self, message: int, name: str) -> None:
        """Forget a message sent in a room that once had this name (casefolded), and redacted in another room."""
        for history in self._places.values():
            if history.was_called(name):
                history.remove(message)

    def erase(self, erasure: Erasure, up_to: int) -> None:
        """See Histories."""
        is_by = _By(erasure)
        for history in self._places.values():
            history.erase(is_by, erasure, up_to)

    def make_room(self) -> None:
        """Shorten the largest histories until they fit the memory again."""
        tails = [tail for history in self._places.values() for tail in history.tails]
        most = _even_share([tail.size for tail in tails], int(self.max_bytes * (1 - _GIVEN_BACK)))
        for tail in tails:
            tail.shrink(most)


class MemoryHistory:
    """The past of one place. See History."""

    __slots__ = ("_events", "_former", "_histories", "_place", "_said", "add_said")

    def __init__(self, histories: MemoryHistories, place: Place) -> None:
        self._histories = histories
        self._place = place
        self._former: tuple[
            tuple[str, int], ...
        ] = ()  # a room's former names (casefolded), each with the id at its end
        self._said = Tail(histories)
        self._events = Tail(histories)
        self.add_said: Callable[[Line], None] = self._said.add
        """See History. A method would cost one more call for each message."""

    @property
    def tails(self) -> tuple[Tail, ...]:
        """Return the kept messages and the kept events."""
        return self._said, self._events

    def add_event(self, line: Line) -> None:
        """See History."""
        self._events.add(line)

    def react(self, reaction: Reaction, line: Line) -> None:
        """See History."""
        self._said.attach(reaction, line)

    def find(self, id_: int) -> Line | None:
        """See History. Of the events, only TAGMSGs are messages."""
        found = self._said.find(id_) or self._events.find(id_)
        return found if found is not None and found.command in REDACTABLE else None

    def redact(self, message: int, line: Line) -> None:
        """See History."""
        if self.find(message) is not None or not isinstance(self._place, RoomPlace):
            self.remove(message)
        else:
            self._histories.forget_in_renamed(message, _room_of(self._place))
        self._histories.note_redacted(message)
        self._events.add(line)

    def remove(self, message: int) -> None:
        """Forget a message, a TAGMSG or a reaction, kept here or not."""
        for tail in self.tails:
            tail.remove(message)

    def was_called(self, name: str) -> bool:
        """Return whether the room was renamed and once had this name (casefolded)."""
        return any(former == name for former, _ in self._former)

    def select(self, query: HistoryQuery, kinds: Kinds = Kinds.NONE, past: Past | None = None) -> list[Line]:
        """See History."""
        lines = list(self._said.lines)
        if kinds:
            lines += (line for line in self._events.lines if is_wanted(line.command, kinds))
            lines.sort(key=_place_in_stream)
        if past is not None and max(tail.forgotten for tail in self.tails) > past.up_to:
            # The archive does not yet have some lines forgotten here, and no answer may have a gap.
            past, lines = (None, lines) if query.subcommand == "LATEST" else (past, [])
        return answer(query, lines, past, self._histories.sequence, kinds, self._said.attached)

    def latest(self) -> Line | None:
        """See History."""
        return self._said.lines[-1] if self._said.lines else None

    def set_closed(self, is_closed: bool) -> None:
        """See History. Does nothing, because only members read this history."""

    def rename(self, name: str, at: int) -> None:
        """See History."""
        self._former = (*self._former, (_room_of(self._place), at))[-MAX_FORMER_NAMES:]
        self._place = self._histories.rename(self._place, name)

    def erase(self, is_by: _By, erasure: Erasure, up_to: int) -> None:
        """Drop the lines up to an id that an erasure covers; for a room, those sent while it had that name."""
        if erasure.room in ("", _room_of(self._place), *(name for name, _ in self._former)):
            for tail in self.tails:
                tail.erase(
                    lambda line: (
                        is_by[line.source, line.account]
                        and _is_before(line, erasure, up_to)
                        and erasure.room in ("", self._room_at(line.id))
                    )
                )

    def _room_at(self, id_: int) -> str:
        """Return the room's name (casefolded) at the time of a line."""
        return next((name for name, end in self._former if id_ < end), _room_of(self._place))

    def enter(self, account_id: str) -> None:
        """See History."""

    def leave(self, account_id: str) -> None:
        """See History."""

    def set_names(self, names: Mapping[str, str]) -> None:
        """See History."""

    def end(self) -> None:
        """See History."""
        self._histories.forget(self._place)


class _By(dict[tuple[bytes, str | None], bool]):
    """Whether the lines of a source and account are to be erased; each pair is examined once."""

    def __init__(self, erasure: Erasure) -> None:
        super().__init__()
        self._erasure = erasure

    def __missing__(self, by: tuple[bytes, str | None]) -> bool:
        source, account = by
        found = self[by] = not self._erasure.nick or self._erasure.is_by(source.decode(), account)
        return found


def _room_of(place: Place) -> str:
    return casefold(place.name) if isinstance(place, RoomPlace) else ""


def _is_before(line: Line, erasure: Erasure, up_to: int) -> bool:
    before_ms = erasure.before_ms
    return line.id <= up_to and (before_ms is None or int(line.time * 1000) < before_ms)


def _even_share(sizes: list[int], total: int) -> int:
    """Return the size to which each must be cut for all together to take at most `total`."""
    for index, size in enumerate(sorted(sizes)):
        share = total // (len(sizes) - index)
        if size >= share:
            return share
        total -= size
    return total


def answer(
    query: HistoryQuery,
    kept: list[Line],
    past: Past | None,
    sequence: str,
    kinds: Kinds,
    attached: Mapping[int, Sequence[Attached]] | None = None,
) -> list[Line]:
    """Return the lines that a query asks for from memory (`kept`, in order) and the archive, each once. Pure.

    Usually memory has all that the archive has found, so no lines are made from `past`. `attached` are the reactions to
    the kept lines.
    """
    lines = kept
    known: set[int] = set()
    if past is not None and past.lines:
        known = {line.id for line in kept[bisect_left(kept, past.lines[0].id, key=lambda line: line.id) :]}
        others = [found for found in past.lines if found.id not in known]
        if others:
            older = [Line.recorded(found, sequence) for found in others if is_wanted(found.command, kinds)]
            lines = sorted((*older, *kept), key=_place_in_stream)
    first, second = _comparable(query.first, sequence), _comparable(query.second, sequence)
    found = select(lines, query._replace(first=first, second=second))
    if Kinds.REACTIONS not in kinds:
        return found
    reactions: dict[int, list[Line]] = {}
    for message, reaction in past.reactions if past is not None else ():
        if message not in known:
            reactions.setdefault(message, []).append(Line.recorded(reaction, sequence))
    for line in found:
        if attached and line.id in attached:
            reactions.setdefault(line.id, [])[:0] = [each.line for each in attached[line.id]]
    return [each for line in found for each in (line, *reactions.get(line.id, ()))]


def _place_in_stream(line: Line) -> tuple[object, ...]:
    """Return a key that sorts lines as their msgids do, without making those."""
    return line.serial or ()


def _comparable(reference: Reference | None, sequence: str) -> Reference | None:
    """Return a comparable reference: an id of another sequence is older than everything kept."""
    if reference is None or not reference.msgid or reference.msgid.endswith(sequence):
        return reference
    return Reference(_BEFORE_ALL_IDS)
