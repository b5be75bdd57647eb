"""Requests: events that concern one client or visit, or the tracker itself. Applied in order, and never logged."""

from __future__ import annotations

from typing import NamedTuple

from chatcore.protocol.modes import ModeChange
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.state.client_id import ClientId
from chatcore.state.history import Conversation, HistoryQuery, Past, Place, Recorded

Reply = tuple[str, ...]
"""A command or numeric with its parameters, without a numeric's first parameter, the target nick.

Before registration, when nobody else writes to the client, tags may precede it (`@batch=1`).
"""


class Replied(NamedTuple):
    """Replies to one client; `is_answer` is False for lines that do not answer its command and so get no label."""

    client: ClientId
    replies: tuple[Reply, ...]
    is_answer: bool = True


class RepliedInBatch(NamedTuple):
    """Replies to one client that form a batch: `batch` is its type and its parameters."""

    client: ClientId
    batch: tuple[str, ...]
    replies: tuple[Reply, ...]


class Pinged(NamedTuple):
    """The tracker pings a client. Never held back by the log, because that would look like the client's silence."""

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
    """MONITOR +, - and C: changes to the nicks that a client monitors."""

    client: ClientId
    added: tuple[str, ...]
    removed: tuple[str, ...]


class MonitorRequested(NamedTuple):
    """MONITOR S: which of these nicks are here."""

    client: ClientId
    nicks: tuple[str, ...]


class SubscriptionsChanged(NamedTuple):
    """METADATA SUB and UNSUB: all metadata keys that a client is now subscribed to."""

    client: ClientId
    keys: tuple[str, ...]


class MetadataRequested(NamedTuple):
    """METADATA SYNC: the subscribed metadata of a channel and its members, of a nick, or of `metadata.ALL`."""

    client: ClientId
    target: str


class NamesRequested(NamedTuple):
    """NAMES of channels that are visible to one client; `given` is the parameter as it was sent."""

    client: ClientId
    given: str
    channels: tuple[str, ...]


class HistoryRequested(NamedTuple):
    """CHATHISTORY of a channel or of a conversation with a nick, for one client.

    `account_id` is the id of the account with this name, if there is one: its owner may be absent. `past` is the
    archive's part of the answer.
    """

    client: ClientId
    target: str
    query: HistoryQuery
    account_id: str = ""
    past: Past | None = None


class HistoryTargetsRequested(NamedTuple):
    """CHATHISTORY TARGETS: the conversations with messages between two Unix times (ms), for one client.

    `limit` counts from the earliest, or from the latest. `rooms` and `conversations` come from the archive: the
    client's rooms (casefolded name, order time and shown time of the last message, ms) and its private conversations.
    """

    client: ClientId
    after_ms: int
    before_ms: int
    limit: int
    from_latest: bool = False
    rooms: tuple[tuple[str, int, int], ...] = ()
    conversations: tuple[Conversation, ...] = ()


class MarkerRequested(NamedTuple):
    """MARKREAD of a channel or a user, for one client: the time up to which it has read (Unix, ms), or None to ask.

    `account_id` and `account` belong to the account with this name, if there is one and no client has that nick.
    """

    client: ClientId
    target: str
    time_ms: int | None
    account_id: str = ""
    account: str = ""


class SearchRequested(NamedTuple):
    """SEARCH, for one client, with the lines that the archive found, oldest first."""

    client: ClientId
    found: tuple[Recorded, ...]


class UtteranceSought(NamedTuple):
    """A client's thread asks who said the message with this id, and when. `number` identifies the question."""

    client: ClientId
    number: int
    place: Place
    id: int


class WaitingRequested(NamedTuple):
    """A client has logged in to an account: it is sent the account's waiting messages and read markers."""

    client: ClientId


class VisitForgotten(NamedTuple):
    """A lost visit (`Client.visit`) can no longer be resumed: drop what was kept for it."""

    visit: str


class TrackersRequested(NamedTuple):
    """A client is to be sent the addresses of the chat's other trackers: it has just entered, or has just asked."""

    client: ClientId


class TrackersChanged(NamedTuple):
    """The list of this chat's other trackers has changed."""

    trackers: tuple[TrackerAddress, ...]


class RoomLaidDown(NamedTuple):
    """The last member of a channel was lost with its tracker: the room becomes dormant, as after a restart."""

    channel: str


class Closed(NamedTuple):
    """The client's thread has finished with the connection; its descriptor can be closed."""

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
