"""Questions about what was said before, and what is found (https://ircv3.net/specs/extensions/chathistory). Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeVar

MAX_POSITION = 1 << 46
"""A line's id has 16 bits more, and fits SQLite's 63."""

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
    """

    id: int
    time_ms: int
    order_ms: int
    source: str
    account: str | None
    tags: str
    rest: str


class Past(NamedTuple):
    """What the archive holds of an answer, oldest first: all that was delivered up to the line `up_to` and is needed.

    `place` is what was read: a room's instance, or the identities of a private conversation.
    """

    place: int | frozenset[str]
    lines: tuple[Recorded, ...]
    up_to: int


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


def line_id(position: int, index: int) -> int:
    """Return the id of the line at this index of the entry at this position of the stream."""
    return position << 16 | index


def account_identity(account_id: str) -> str:
    """Return who an account is to history: not its name, which may have been another account's."""
    return f"account {account_id}"


def is_account(identity: str) -> bool:
    """Return whether somebody is an account to history, and not a visit."""
    return identity.startswith("account ")


def account_of(identity: str) -> str:
    """Return the id of the account that somebody is to history."""
    return identity.removeprefix("account ")


def is_visit(identity: str) -> bool:
    """Return whether somebody is a visit to history."""
    return identity.startswith("visit ")


def visit_identity(visit: str) -> str:
    """Return who a visit (`Client.visit`) without an account is to history, as long as it lasts."""
    return f"visit {visit}"


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
