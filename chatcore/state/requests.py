"""Requests: what concerns one client or visit alone, or the tracker. Applied in their place, and never logged."""

from __future__ import annotations

from typing import NamedTuple

from chatcore.protocol.modes import ModeChange
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.state.client_id import ClientId
from chatcore.state.history import Conversation, HistoryQuery, Past, Place, Recorded

Reply = tuple[str, ...]
"""A command or numeric with its parameters, without the target nick that comes first in a numeric.

Before registration, when nobody else writes to the client, tags may stand before it (`@batch=1`).
"""


class Replied(NamedTuple):
    """Answers to one client alone; `is_answer` is False for what it is told besides, and which has no label."""

    client: ClientId
    replies: tuple[Reply, ...]
    is_answer: bool = True


class RepliedInBatch(NamedTuple):
    """Answers to one client alone, which belong together: `batch` is the batch's type and its parameters."""

    client: ClientId
    batch: tuple[str, ...]
    replies: tuple[Reply, ...]


class Pinged(NamedTuple):
    """The tracker asks whether a client is there. Never held back by the log, which would look like silence."""

    client: ClientId


class CapabilitiesChanged(NamedTuple):
    """CAP REQ after registration; the ACK is in the same append, before it."""

    client: ClientId
    capabilities: int


class UserModesChanged(NamedTuple):
    """A client changed its own modes; nobody else is told."""

    client: ClientId
    changes: tuple[ModeChange, ...]


class MonitorChanged(NamedTuple):
    """MONITOR +, - and C: the nicks whose coming and going a client is told of."""

    client: ClientId
    added: tuple[str, ...]
    removed: tuple[str, ...]


class MonitorRequested(NamedTuple):
    """MONITOR S: which of these nicks are here."""

    client: ClientId
    nicks: tuple[str, ...]


class SubscriptionsChanged(NamedTuple):
    """METADATA SUB and UNSUB: the keys of metadata that a client is told of, all of them."""

    client: ClientId
    keys: tuple[str, ...]


class MetadataRequested(NamedTuple):
    """METADATA SYNC: what a client has subscribed to, of a channel and its members, a nick, or of `metadata.ALL`."""

    client: ClientId
    target: str


class NamesRequested(NamedTuple):
    """NAMES of channels that are visible to one client; `given` is how it asked."""

    client: ClientId
    given: str
    channels: tuple[str, ...]


class HistoryRequested(NamedTuple):
    """CHATHISTORY of a channel or of a conversation with a nick, for one client.

    `account_id` is that of the account of this name, if there is one: its owner need not be here. `past` is what the
    archive holds of the answer.
    """

    client: ClientId
    target: str
    query: HistoryQuery
    account_id: str = ""
    past: Past | None = None


class HistoryTargetsRequested(NamedTuple):
    """CHATHISTORY TARGETS: where something was said between two Unix times (ms), for one client.

    `limit` counts from the earliest, or from the latest. `rooms` and `conversations` are what the archive knows: when
    something was last said in the client's rooms (casefolded; order time and shown one, ms), and with whom.
    """

    client: ClientId
    after_ms: int
    before_ms: int
    limit: int
    from_latest: bool = False
    rooms: tuple[tuple[str, int, int], ...] = ()
    conversations: tuple[Conversation, ...] = ()


class MarkerRequested(NamedTuple):
    """MARKREAD of a channel or a person, for one client: until when it has read there (Unix, ms), or None to ask.

    `account_id` and `account` are those of the account of this name, if there is one and nobody is called that.
    """

    client: ClientId
    target: str
    time_ms: int | None
    account_id: str = ""
    account: str = ""


class SearchRequested(NamedTuple):
    """SEARCH, for one client, with what the archive has found, oldest first."""

    client: ClientId
    found: tuple[Recorded, ...]


class UtteranceSought(NamedTuple):
    """A client's thread waits to hear who said the message with this id, and when. `number` is that of its question."""

    client: ClientId
    number: int
    place: Place
    id: int


class WaitingRequested(NamedTuple):
    """A client has come in with an account, or logged in to one: it gets what waits for that, and its read markers."""

    client: ClientId


class VisitForgotten(NamedTuple):
    """A visit that was lost (`Client.visit`) cannot be resumed any more: nobody comes back to what was kept for it."""

    visit: str


class TrackersRequested(NamedTuple):
    """A client has come in, or wants to know from now on, where else the chat can be reached."""

    client: ClientId


class TrackersChanged(NamedTuple):
    """The other trackers of this chat are these from now on."""

    trackers: tuple[TrackerAddress, ...]


class RoomLaidDown(NamedTuple):
    """The last member of a channel is lost with its tracker: it waits for its people, as after a restart."""

    channel: str


class Closed(NamedTuple):
    """The client's thread is done with the connection; its descriptor can be closed."""

    client: ClientId


Request = (
    Replied
    | RepliedInBatch
    | Pinged
    | CapabilitiesChanged
    | UserModesChanged
    | MonitorChanged
    | MonitorRequested
    | SubscriptionsChanged
    | MetadataRequested
    | NamesRequested
    | HistoryRequested
    | HistoryTargetsRequested
    | MarkerRequested
    | SearchRequested
    | UtteranceSought
    | WaitingRequested
    | VisitForgotten
    | TrackersRequested
    | TrackersChanged
    | RoomLaidDown
    | Closed
)
