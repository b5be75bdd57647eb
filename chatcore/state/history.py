"""Questions about what was said before, and what is found (https://ircv3.net/specs/extensions/chathistory). Pure."""

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
"""Of a msgid, before those of the sequence: a line's id."""

_HEX = re.compile(r"[0-9a-f]+")
MAX_POSITION = 1 << 46
"""A line's id has 16 bits more, and fits SQLite's 63."""

_END_OF_IDS = MAX_POSITION << 16

MAX_FORMER_NAMES = 16
"""So many names that a room had are known; of more, the oldest is forgotten."""

LAST_INDEX = (1 << 16) - 1
"""Of an entry; no line has it."""


class Remembered(Protocol):
    """What a history keeps: anything with a time (Unix, s), and an id that sorts in the order of the stream."""

    @property
    def order_time(self) -> float:
        """Return the time that questions go by, which never goes back from one line to a later one."""

    @property
    def msgid(self) -> str:
        """Return the id."""


class FormerName(NamedTuple):
    """A name (casefolded) that a room had, and the id of the last line that may have been said in it under that."""

    room: str
    up_to: int


class Called(NamedTuple):
    """What a room is called now, and what it was called before, the oldest first."""

    name: str
    former: tuple[FormerName, ...] = ()


class Kinds(Flag):
    """What of a past is wanted beside what was said."""

    NONE = 0
    EVENTS = auto()
    """Joins, topics and the like."""
    TAGMSGS = auto()
    REACTIONS = auto()
    """Each comes right after its message, and does not count."""
    REDACTIONS = auto()
    RENAMES = auto()
    """Of rooms."""


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
    """Return what somebody with these capabilities is shown of a past."""
    if capabilities & _PLAYBACK != _PLAYBACK:
        return Kinds.NONE
    return reduce(or_, (kinds for needed, kinds in _NEEDS.items() if capabilities & needed), Kinds.EVENTS)


def is_wanted(command: str, kinds: Kinds) -> bool:
    """Return whether messages with this command are among those that are wanted."""
    return _KINDS.get(command, Kinds.EVENTS) in kinds


REDACTABLE = frozenset(("PRIVMSG", "NOTICE", "TAGMSG"))
"""The messages that can be redacted (https://ircv3.net/specs/extensions/message-redaction)."""


class RoomPlace(NamedTuple):
    """A room: its name, and which of all rooms that ever were it is."""

    name: str
    instance: int


Place = RoomPlace | frozenset[str]
"""A room, or the identities of a private conversation."""


class Reference(NamedTuple):
    """A place in a history: a msgid, or a time (Unix, ms)."""

    msgid: str = ""
    ms: int = 0


class HistoryQuery(NamedTuple):
    """LATEST, BEFORE, AFTER, BETWEEN or AROUND, with its references and the most messages wanted."""

    subcommand: str
    limit: int
    first: Reference | None = None
    second: Reference | None = None


class Recorded(NamedTuple):
    """A line as the archive keeps it.

    `id` is the message's position in the stream and its index in that entry (`line_id`), times are Unix, in ms:
    the one that is shown, and the one that questions go by, which never goes back. `rest` is what came after the
    source: command, target and text, as in a line of the protocol. `tags` are client-only ones, written as in a line.
    `author` is the identity of whoever said it, '' if that is not known, or if nobody said it.
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
        """Return the nick that whoever it is from had."""
        return self.source.partition("!")[0]


class Gap(NamedTuple):
    """Lines that may be missing: from one id to another, said between these times (Unix, ms; 0: it is not known)."""

    first_id: int
    last_id: int
    from_ms: int
    to_ms: int


class Utterance(NamedTuple):
    """A message that is kept: its id, when it was said (Unix, ms), by whom (identity, and the nick of then).

    `instance` is that of the room; 0 if it is not known, or if it was said to a person. `room` is what the room was
    called then (casefolded), if the instance is not known.
    """

    id: int
    time_ms: int
    author: str
    nick: str
    instance: int = 0
    room: str = ""


class Past(NamedTuple):
    """What the archive holds of an answer, oldest first: all that was delivered up to the line `up_to` and is needed.

    `place` is what was read: a room's instance, or the identities of a private conversation. `reactions` are those to
    messages among the lines, each with the id of its message, in order.
    """

    place: int | frozenset[str]
    lines: tuple[Recorded, ...]
    up_to: int
    reactions: tuple[tuple[int, Recorded], ...] = ()

    def without(self, is_left_out: Callable[[int], bool]) -> Past:
        """Return it without lines and reactions whose ids say so."""
        lines = tuple(line for line in self.lines if not is_left_out(line.id))
        reactions = tuple(each for each in self.reactions if not is_left_out(each[1].id))
        return self._replace(lines=lines, reactions=reactions)


class Conversation(NamedTuple):
    """A private conversation in the archive: the other identity, its name when it last spoke, and when that was."""

    identity: str
    name: str
    order_ms: int
    time_ms: int


class Seeker(NamedTuple):
    """Who asks the archive. `rooms` are the casefolded names of the rooms that they are in, with their instances.

    `called` has those of them that had other names, by the casefolded one of now.

    `as_of` is the last position in the stream when that was so: who is put out of a room while the archive looks is
    found nothing of what came then.
    """

    identity: str
    account_id: str
    rooms: Mapping[str, int]
    as_of: int = MAX_POSITION
    called: Mapping[str, Called] = MappingProxyType({})
    client: int = 0


class SearchQuery(NamedTuple):
    """What SEARCH looks for; '' and None ask for nothing. The newest `limit` are wanted, or the oldest after a time.

    `room` and `author` (a nick, or an account's name) are casefolded, `partner` is an identity, times are Unix, in ms,
    and inclusive.
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
    """Return the id of a line by its msgid; None for one that this sequence of positions can not have given."""
    digits, found = msgid[:ID_DIGITS], msgid[ID_DIGITS:]
    id_ = int(digits, 16) if found == sequence and _HEX.fullmatch(digits) else None
    return id_ if id_ is not None and id_ < _END_OF_IDS else None


def line_id(position: int, index: int) -> int:
    """Return the id of the line at this index of the entry at this position of the stream."""
    return position << 16 | index


T = TypeVar("T", bound=Remembered)
K = TypeVar("K", str, int)


def select(items: Sequence[T], query: HistoryQuery) -> list[T]:
    """Return what `query` asks of `items`, which are in order. The references are left out, except by AROUND."""
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
