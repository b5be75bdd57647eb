"""Records: what several trackers put into one stream, so that all of them do the same in the same order.

A closed set of plain data. Each record gets a position of its own, and the time at which the stream took it.
"""

from __future__ import annotations

from typing import NamedTuple

from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.state.client_id import ClientId
from chatcore.state.events import Event
from chatcore.state.steps import Step


class Commanded(NamedTuple):
    """A client gave a command that all trackers carry out: what `protocol.message.Message` has of it."""

    client: ClientId
    command: str
    params: tuple[str, ...]
    tags: tuple[tuple[str, str], ...] = ()


class Stepped(NamedTuple):
    """A client's command was found good by its own tracker; this is what all do of it."""

    client: ClientId
    step: Step
    has_replies: bool = False  # its own tracker answers something before what comes of it


class Left(NamedTuple):
    """A client's visit has ended. `is_lost`: its connection broke, so it may come back."""

    client: ClientId
    reason: str
    is_lost: bool


class Published(NamedTuple):
    """A tracker, or its operator, has something for the log or for everybody."""

    events: tuple[Event, ...]


class Asked(NamedTuple):
    """The tracker of this client is asked to end its visit, or ('') to find out whether it is still there."""

    client: ClientId
    reason: str


class RoomEnded(NamedTuple):
    """The operator has ended a room (instance) that waits for its people."""

    instance: int


class RowsSet(NamedTuple):
    """Rows of a shelf of what lets people in: by key, a value or None for none.

    They count if each key has the value of `expected`, where that names it.
    """

    shelf: str
    rows: tuple[tuple[str, bytes | None], ...]
    expected: tuple[tuple[str, bytes | None], ...] = ()
    number: int = 0  # by which its tracker waits for it


class TrackerJoined(NamedTuple):
    """A tracker begins to serve, under the incarnation that this record comes from.

    `folder` names its state folder, whose earlier incarnation has ended; `name` is what operators call it, `address`
    how clients reach it, `settings` what all must agree on.
    """

    name: str
    folder: str
    address: TrackerAddress
    version: str
    settings: tuple[tuple[str, str], ...] = ()


class TrackerMoved(NamedTuple):
    """Clients reach the tracker whose record this is in another way from now on, as with a new certificate."""

    address: TrackerAddress


class TrackerLeft(NamedTuple):
    """The tracker whose record this is stops, for this reason. Its people may come back to another."""

    reason: str = ""


class Beat(NamedTuple):
    """The tracker whose record this is, is alive. `is_idle`: it has no client, and nobody is expected back.

    `digest` is that of all state at `position`, if it is not b''.
    """

    is_idle: bool = False
    position: int = 0
    digest: bytes = b""


Record = (
    Commanded
    | Stepped
    | Left
    | Published
    | Asked
    | RoomEnded
    | RowsSet
    | TrackerJoined
    | TrackerMoved
    | TrackerLeft
    | Beat
)
