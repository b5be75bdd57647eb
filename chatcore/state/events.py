"""What can happen, as data: ids, names and texts; no sockets, threads or rendered lines.

A handler appends events to the stream; delivery applies them one after the other to its own view and writes each
recipient's lines from that. Clients are named by id, channels by their name; `source` 0 is the tracker itself.
"""

from __future__ import annotations

from typing import NamedTuple

from chatcore.protocol.modes import ModeChange
from chatcore.state.history import HistoryQuery

Reply = tuple[str, ...]
"""A command or numeric with its parameters, without the target nick that a numeric has first."""

TRACKER = 0


class Connected(NamedTuple):
    """Registration is complete: from here on delivery writes to this client. `host` is the one that is shown."""

    client: int
    nick: str
    user: str
    host: str
    address: str
    realname: str
    capabilities: int
    account: str | None = None
    account_id: str = ""


class Replied(NamedTuple):
    """Answers to one client alone."""

    client: int
    replies: tuple[Reply, ...]


class CapabilitiesChanged(NamedTuple):
    """CAP REQ after registration; the ACK is in the same append, before it."""

    client: int
    capabilities: int


class Said(NamedTuple):
    """PRIVMSG, NOTICE or TAGMSG to a channel; `tags` are client-only tags."""

    source: int
    channel: str
    command: str
    text: str
    tags: tuple[tuple[str, str], ...] = ()


class SaidPrivately(NamedTuple):
    """PRIVMSG, NOTICE or TAGMSG to one client."""

    source: int
    target: int
    command: str
    text: str
    tags: tuple[tuple[str, str], ...] = ()


class Joined(NamedTuple):
    """A client entered a channel, with these mode letters."""

    client: int
    channel: str
    letters: str


class Parted(NamedTuple):
    """A client left a channel."""

    client: int
    channel: str
    reason: str


class Kicked(NamedTuple):
    """A member was removed from a channel by another."""

    source: int
    channel: str
    target: int
    reason: str


class Renamed(NamedTuple):
    """A client has another nick."""

    client: int
    nick: str


class Quit(NamedTuple):
    """A client left the tracker. `is_lost`: its connection broke, so that it may come back."""

    client: int
    reason: str
    is_lost: bool


class Closed(NamedTuple):
    """The client's thread is done with the connection: its descriptor can be closed."""

    client: int


class TopicChanged(NamedTuple):
    """A channel's topic was set, or unset by an empty text."""

    source: int
    channel: str
    text: str
    setter: str
    set_at: int


class ModesChanged(NamedTuple):
    """Modes of a channel changed. `members` are the ids of those whose membership modes did, in order."""

    source: int
    channel: str
    changes: tuple[ModeChange, ...]
    members: tuple[int, ...] = ()


class UserModesChanged(NamedTuple):
    """A client changed its own modes; nobody else is told."""

    client: int
    changes: tuple[ModeChange, ...]


class Invited(NamedTuple):
    """A client was invited to a channel."""

    source: int
    target: int
    channel: str


class AwayChanged(NamedTuple):
    """A client went away, or came back (None)."""

    client: int
    text: str | None


class AccountChanged(NamedTuple):
    """A registered client logged in to an account, or out of it (None)."""

    client: int
    account: str | None
    account_id: str = ""


class RealnameChanged(NamedTuple):
    """SETNAME."""

    client: int
    realname: str


class Wallops(NamedTuple):
    """An IRC operator tells all who want to hear it (+w)."""

    source: int
    text: str


class MonitorChanged(NamedTuple):
    """MONITOR +, - and C: the nicks whose coming and going a client is told of."""

    client: int
    added: tuple[str, ...]
    removed: tuple[str, ...]


class MonitorRequested(NamedTuple):
    """MONITOR S: which of these nicks are here."""

    client: int
    nicks: tuple[str, ...]


class NamesRequested(NamedTuple):
    """NAMES of channels that are visible to one client; `given` is how it asked."""

    client: int
    given: str
    channels: tuple[str, ...]


class HistoryRequested(NamedTuple):
    """CHATHISTORY of a channel or of a conversation with a nick, for one client.

    `account_id` is of the account of that name, if there is one: its owner may not be here.
    """

    client: int
    target: str
    query: HistoryQuery
    account_id: str = ""


class HistoryTargetsRequested(NamedTuple):
    """CHATHISTORY TARGETS: where something was said between two Unix times (ms), for one client.

    `limit` counts from the earliest, or from the latest.
    """

    client: int
    after_ms: int
    before_ms: int
    limit: int
    from_latest: bool = False


class Announced(NamedTuple):
    """The operator tells everybody something."""

    text: str


class Noted(NamedTuple):
    """Something only the audit log hears about: a refused login, the tracker's start, a ban."""

    kind: str
    fields: tuple[str, ...] = ()
    text: str | None = None


class ClockStepped(NamedTuple):
    """The clock was set: what it should have said, and what it says now (Unix time, s)."""

    expected: float
    now: float


class Stopped(NamedTuple):
    """The tracker is closing: everybody is told, and this is the last entry."""

    reason: str


Event = (
    Connected
    | Replied
    | CapabilitiesChanged
    | Said
    | SaidPrivately
    | Joined
    | Parted
    | Kicked
    | Renamed
    | Quit
    | Closed
    | TopicChanged
    | ModesChanged
    | UserModesChanged
    | Invited
    | AwayChanged
    | AccountChanged
    | RealnameChanged
    | Wallops
    | MonitorChanged
    | MonitorRequested
    | NamesRequested
    | HistoryRequested
    | HistoryTargetsRequested
    | Announced
    | Noted
    | ClockStepped
    | Stopped
)
