"""Facts: what happened in the chat. Each is logged, then applied to what all readers see.

They are plain data: ids, names and texts, no sockets, threads or rendered lines. Channels are given by name.
"""

from __future__ import annotations

from typing import NamedTuple

from chatcore.protocol.modes import ModeChange
from chatcore.state.channel import Topic
from chatcore.state.client_id import ClientId
from chatcore.state.erasure import Erasure


class Connected(NamedTuple):
    """Registration is complete; from now on delivery writes to this client. `host` is the one shown to others."""

    client: ClientId
    nick: str
    user: str
    host: str
    address: str
    realname: str
    capabilities: int
    account: str | None = None
    account_id: str = ""
    visit: str = ""  # see Client; '' stands for the client's id


class Said(NamedTuple):
    """PRIVMSG, NOTICE or TAGMSG to a channel; `tags` are client-only tags."""

    source: ClientId
    channel: str
    command: str
    text: str
    tags: tuple[tuple[str, str], ...] = ()


class SaidToStatus(NamedTuple):
    """PRIVMSG, NOTICE or TAGMSG to a channel's members with this prefix or a higher one (STATUSMSG)."""

    source: ClientId
    channel: str
    prefix: str
    command: str
    text: str
    tags: tuple[tuple[str, str], ...] = ()


class SaidPrivately(NamedTuple):
    """PRIVMSG, NOTICE or TAGMSG to one client."""

    source: ClientId
    target: ClientId
    command: str
    text: str
    tags: tuple[tuple[str, str], ...] = ()


class SaidToAbsent(NamedTuple):
    """PRIVMSG to an account whose owner is absent; it is kept for them."""

    source: ClientId
    account: str
    account_id: str
    command: str
    text: str
    tags: tuple[tuple[str, str], ...] = ()


class Redacted(NamedTuple):
    """A message in a channel was redacted: its id, its author's nick, and when it was said (Unix, ms)."""

    source: ClientId
    channel: str
    message: int
    author: str
    said_ms: int
    reason: str


class RedactedPrivately(NamedTuple):
    """A client redacted a private message to another identity (`partner`), which it calls `name`."""

    source: ClientId
    partner: str
    name: str
    message: int
    said_ms: int
    reason: str


class Joined(NamedTuple):
    """A client entered a channel, with these mode letters. The other fields describe the channel."""

    client: ClientId
    channel: str
    letters: str
    instance: int = 0
    created_at: int = 0  # Unix time, s


class RoomRestored(NamedTuple):
    """A dormant room becomes a channel again, as it was before the restart, because a client enters it.

    `modes` are all but its lists; `absent` are the accounts (ids) that were in it and have not returned yet.
    """

    channel: str
    instance: int
    modes: tuple[ModeChange, ...]
    topic: Topic | None
    absent: tuple[str, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()


class RoomForgotten(NamedTuple):
    """A dormant room was dropped and will not come back."""

    channel: str
    instance: int


class RoomRenamed(NamedTuple):
    """A channel was renamed; everything else stays the same."""

    source: ClientId
    channel: str
    name: str
    reason: str


class Parted(NamedTuple):
    """A client left a channel."""

    client: ClientId
    channel: str
    reason: str


class Kicked(NamedTuple):
    """A member was removed from a channel by another."""

    source: ClientId
    channel: str
    target: ClientId
    reason: str


class Renamed(NamedTuple):
    """A client changed its nick."""

    client: ClientId
    nick: str


class Quit(NamedTuple):
    """A client left the tracker. `is_lost`: its connection broke, so it may come back.

    `may_return`: its visit may be resumed, and keeps its seats in rooms until then.
    """

    client: ClientId
    reason: str
    is_lost: bool
    may_return: bool = False


class TopicChanged(NamedTuple):
    """A channel's topic was set, or removed if the text is empty."""

    source: ClientId
    channel: str
    text: str
    setter: str
    set_at: int


class ModesChanged(NamedTuple):
    """Modes of a channel changed. `members` are the ids of the clients whose membership modes changed, in order.

    `set_at` is the time (Unix, s) that is stored with a mask on a list.
    """

    source: ClientId
    channel: str
    changes: tuple[ModeChange, ...]
    members: tuple[ClientId, ...] = ()
    set_at: int = 0


class Invited(NamedTuple):
    """A client was invited to a channel."""

    source: ClientId
    target: ClientId
    channel: str


class AwayChanged(NamedTuple):
    """A client went away, or came back (None)."""

    client: ClientId
    text: str | None


class AccountChanged(NamedTuple):
    """A registered client logged in to an account, or out of it (None)."""

    client: ClientId
    account: str | None
    account_id: str = ""


class RealnameChanged(NamedTuple):
    """SETNAME."""

    client: ClientId
    realname: str


class MetadataChanged(NamedTuple):
    """A metadata value was set, or removed if empty. If `channel` is '', it is the source's own."""

    source: ClientId
    channel: str
    key: str
    value: str


class Wallops(NamedTuple):
    """An IRC operator sent a message to every client with +w."""

    source: ClientId
    text: str


class Announced(NamedTuple):
    """The tracker's operator sent an announcement to everybody."""

    text: str


class ClockStepped(NamedTuple):
    """The clock was set: what it should have shown, and what it shows now (Unix time, s)."""

    expected: float
    now: float


class HistoryErased(NamedTuple):
    """The operator had everything erased that was said up to here and that `erasure` concerns.

    `up_to`, if not 0, is the id of the last line concerned. `number` identifies the thread waiting for this.
    """

    number: int
    erasure: Erasure
    up_to: int = 0


class Stopped(NamedTuple):
    """The tracker is closing: everybody is told. Always the last entry."""

    reason: str


Speech = Said | SaidToStatus | SaidPrivately | SaidToAbsent
"""Refused while the log cannot be written; the client that said it is told."""

Change = (
    Connected
    | RoomRestored
    | RoomForgotten
    | RoomRenamed
    | Redacted
    | RedactedPrivately
    | Joined
    | Parted
    | Kicked
    | Renamed
    | Quit
    | TopicChanged
    | ModesChanged
    | Invited
    | AwayChanged
    | AccountChanged
    | RealnameChanged
    | MetadataChanged
    | Wallops
    | Announced
    | ClockStepped
    | HistoryErased
    | Stopped
)
"""Has already happened; while the log cannot be written, it waits, in order."""

Fact = Speech | Change
