"""Queries of history and their results (https://ircv3.net/specs/extensions/chathistory). Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from enum import Flag, auto
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeVar

from chatcore.protocol.capabilities import BATCH, CHANNEL_RENAME, EVENT_PLAYBACK, MESSAGE_REDACTION, MESSAGE_TAGS

ID_DIGITS = 16
"""How many digits of a msgid are the line's id; the sequence's digits follow."""

_HEX = re.compile(r"[0-9a-f]+")
MAX_POSITION = 1 << 46
"""A line's id has 16 bits more, which fits SQLite's 63."""

_END_OF_IDS = MAX_POSITION << 16

MAX_FORMER_NAMES = 16
"""How many former names of a room are remembered; beyond that, the oldest is forgotten."""

LAST_INDEX = (1 << 16) - 1
"""The last index within an entry; no line has it."""


class Remembered(Protocol):
    """What a history keeps: anything with a time (Unix, s), and an id that sorts in the order of the stream."""

    @property
    def order_time(self) -> float:
        """Return the time that queries go by, which never goes back from one line to the next."""

    @property
    def msgid(self) -> str:
        """Return the id."""


class FormerName(NamedTuple):
    """A former name of a room (casefolded), and the id of the last line that may have been said under it."""

    room: str
    up_to: int


class Called(NamedTuple):
    """A room's current name, and its former names, oldest first."""

    name: str
    former: tuple[FormerName, ...] = ()


class Kinds(Flag):
    """What a client wants from history besides messages."""

    NONE = 0
    EVENTS = auto()
    """Joins, topics and the like."""
    TAGMSGS = auto()
    REACTIONS = auto()
    """Each comes right after its message, and does not count towards the limit."""
    REDACTIONS = auto()
    RENAMES = auto()
    """Renamed rooms."""


_PLAYBACK = EVENT_PLAYBACK | BATCH  # without batches old events would look like new ones
_NEEDS = {
    CHANNEL_RENAME: Kinds.RENAMES,
    MESSAGE_REDACTION: Kinds.REDACTIONS,
    MESSAGE_TAGS: Kinds.TAGMSGS | Kinds.REACTIONS,
}
_KINDS = {
    "PRIVMSG": Kinds.NONE,
    "NOTICE": Kinds.NONE,
    "TAGMSG": Kinds.TAGMSGS,
    "REDACT": Kinds.REDACTIONS,
    "RENAME": Kinds.RENAMES,
}


def kinds_for(capabilities: int) -> Kinds:
    """Return what a client with these capabilities is shown besides messages."""
    if capabilities & _PLAYBACK != _PLAYBACK:
        return Kinds.NONE
    return reduce(or_, (kinds for needed, kinds in _NEEDS.items() if capabilities & needed), Kinds.EVENTS)


def is_wanted(command: str, kinds: Kinds) -> bool:
    """Return whether lines with this command are wanted."""
    return _KINDS.get(command, Kinds.EVENTS) in kinds


REDACTABLE = frozenset(("PRIVMSG", "NOTICE", "TAGMSG"))
"""The messages that can be redacted (https://ircv3.net/specs/extensions/message-redaction)."""


class RoomPlace(NamedTuple):
    """A room: its name, and its instance, which no other room ever had."""

    name: str
    instance: int


Place = RoomPlace | frozenset[str]
"""A room, or the identities in a private conversation."""


class Reference(NamedTuple):
    """A place in a history: a msgid, or a time (Unix, ms)."""

    msgid: str = ""
    ms: int = 0


class HistoryQuery(NamedTuple):
    """LATEST, BEFORE, AFTER, BETWEEN or AROUND, with its references and the maximum number of messages."""

    subcommand: str
    limit: int
    first: Reference | None = None
    second: Reference | None = None


class Recorded(NamedTuple):
    """A line as the archive keeps it.

    `id` combines the entry's position in the stream and the line's index in it (`line_id`). Times are Unix, in ms:
    `time_ms` is shown, and queries go by `order_ms`, which never goes back. `rest` is what follows the source in a
    protocol line: command, target and text. `tags` are the client-only ones, as in a protocol line. `author` is the
    author's identity, '' if it is unknown or there is none.
    """

    id: int
    time_ms: int
    order_ms: int
    source: str
    account: str | None
    tags: str
    rest: str
    author: str = ""

    @property
    def command(self) -> str:
        """Return the command: PRIVMSG, JOIN and so on."""
        return self.rest.partition(" ")[0]

    @property
    def nick(self) -> str:
        """Return the nick of the source."""
        return self.source.partition("!")[0]


class Gap(NamedTuple):
    """Lines that may be missing: from one id to another, said between these times (Unix, ms; 0: unknown)."""

    first_id: int
    last_id: int
    from_ms: int
    to_ms: int


class Utterance(NamedTuple):
    """A kept message: its id, when it was said (Unix, ms), its author's identity, and the author's nick at that time.

    `instance` is the room's; 0 if it is unknown or the message was private. `room` is the room's name at that time
    (casefolded), if the instance is unknown.
    """

    id: int
    time_ms: int
    author: str
    nick: str
    instance: int = 0
    room: str = ""


class Past(NamedTuple):
    """The archive's part of an answer, oldest first: everything needed that was delivered up to the line `up_to`.

    `place` is what was read: a room's instance, or the identities in a private conversation. `reactions` are the ones
    to messages among the lines, each with the id of its message, in order.
    """

    place: int | frozenset[str]
    lines: tuple[Recorded, ...]
    up_to: int
    reactions: tuple[tuple[int, Recorded], ...] = ()

    def without(self, is_left_out: Callable[[int], bool]) -> Past:
        """Return a copy without the lines and reactions whose ids `is_left_out` selects."""
        lines = tuple(line for line in self.lines if not is_left_out(line.id))
        reactions = tuple(each for each in self.reactions if not is_left_out(each[1].id))
        return self._replace(lines=lines, reactions=reactions)


class Conversation(NamedTuple):
    """A private conversation in the archive: the other identity, its last known name, and the time of the last line."""

    identity: str
    name: str
    order_ms: int
    time_ms: int


class Seeker(NamedTuple):
    """A client that queries the archive. `rooms` maps the casefolded names of the client's rooms to their instances.

    `called` has the rooms that had other names, by their current casefolded names.

    `as_of` is the last position in the stream at which this was true: a client that is removed from a room during the
    query finds nothing that was said there later.
    """

    identity: str
    account_id: str
    rooms: Mapping[str, int]
    as_of: int = MAX_POSITION
    called: Mapping[str, Called] = MappingProxyType({})
    client: int = 0


class SearchQuery(NamedTuple):
    """What SEARCH looks for; '' and None are no condition. The newest `limit` lines, or the oldest after a time.

    `room` and `author` (a nick or an account name) are casefolded, `partner` is an identity, times are Unix, in ms, and
    inclusive.
    """

    text: str
    limit: int
    room: str = ""
    partner: str = ""
    author: str = ""
    after_ms: int | None = None
    before_ms: int | None = None


def msgid_of(id_: int, sequence: str) -> str:
    """Return the msgid of a line. `sequence` is the stream's."""
    return f"{id_:0{ID_DIGITS}x}{sequence}"


def id_in(msgid: str, sequence: str) -> int | None:
    """Return the id of a line by its msgid; None for a msgid that this sequence of positions cannot have issued."""
    digits, found = msgid[:ID_DIGITS], msgid[ID_DIGITS:]
    id_ = int(digits, 16) if found == sequence and _HEX.fullmatch(digits) else None
    return id_ if id_ is not None and id_ < _END_OF_IDS else None


def line_id(position: int, index: int) -> int:
    """Return the id of the line at this index of the entry at this position of the stream."""
    return position << 16 | index


T = TypeVar("T", bound=Remembered)
K = TypeVar("K", str, int)


def select(items: Sequence[T], query: HistoryQuery) -> list[T]:
    """Return the items that match `query`; `items` are in order. Only AROUND includes its reference."""
    limit = query.limit
    before, after = _around(items, query.first)
    if query.subcommand == "LATEST":
        return list(items[after:][-limit:] if query.first else items[-limit:])
    if query.subcommand == "BEFORE":
        return list(items[:before][-limit:])
    if query.subcommand == "AFTER":
        return list(items[after:][:limit])
    if query.subcommand == "AROUND":
        start = max(0, before - limit // 2)
        return list(items[start : start + limit])
    second_before, second_after = _around(items, query.second)
    if after <= second_before:
        return list(items[after:second_before][:limit])
    return list(items[second_after:before][-limit:])


def _around(items: Sequence[T], reference: Reference | None) -> tuple[int, int]:
    """Return how many items are before the reference, and how many are not after it."""
    if reference is None:
        return 0, 0
    if reference.msgid:
        return _bounds(items, reference.msgid, lambda item: item.msgid)
    return _bounds(items, reference.ms, lambda item: int(item.order_time * 1000))


def _bounds(items: Sequence[T], place: K, key: Callable[[T], K]) -> tuple[int, int]:
    """Return how many keys are before the place, and how many are not after it, without computing them all."""
    return bisect_left(items, place, key=key), bisect_right(items, place, key=key)
