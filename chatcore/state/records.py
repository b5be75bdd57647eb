"""Records: what several trackers append to one stream, so that all of them do the same in the same order.

A closed set of plain data. Each record gets its own position, and the time at which the stream accepted it.
"""

from __future__ import annotations

from typing import NamedTuple

from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.state.client_id import ClientId
from chatcore.state.events import Event
from chatcore.state.steps import Step


class Commanded(NamedTuple):
    """A client's command that all trackers carry out, with the fields of `protocol.message.Message`."""

    client: ClientId
    command: str
    params: tuple[str, ...]
    tags: tuple[tuple[str, str], ...] = ()


class Stepped(NamedTuple):
    """A client's command was accepted by its own tracker; all trackers take this step."""

    client: ClientId
    step: Step
    has_replies: bool = False  # its own tracker sends replies before those of the step


class Left(NamedTuple):
    """A client's visit has ended. `is_lost`: its connection broke, so it may come back."""

    client: ClientId
    reason: str
    is_lost: bool


class Published(NamedTuple):
    """Events from a tracker or its operator, for the log or for everybody."""

    events: tuple[Event, ...]


class Asked(NamedTuple):
    """Asks this client's tracker to end its visit, or if `reason` is '', to check whether it is still there."""

    client: ClientId
    reason: str


class RoomEnded(NamedTuple):
    """The operator has ended a dormant room (instance)."""

    instance: int


class RowsSet(NamedTuple):
    """Sets rows of an access shelf: key and value, None to remove the row.

    They are set only if each key that `expected` names has the expected value.
    """

    shelf: str
    rows: tuple[tuple[str, bytes | None], ...]
    expected: tuple[tuple[str, bytes | None], ...] = ()
    number: int = 0  # by which its own tracker recognizes it while it waits for the outcome


class TrackerJoined(NamedTuple):
    """A tracker begins to serve, under the incarnation that sent this record.

    `folder` identifies its state folder, whose earlier incarnation has ended; `name` is what operators call the
    tracker, `address` how clients reach it, `settings` what all trackers must agree on.
    """

    name: str
    folder: str
    address: TrackerAddress
    version: str
    settings: tuple[tuple[str, str], ...] = ()


class TrackerMoved(NamedTuple):
    """The sending tracker is reached differently from now on, for example with a new certificate."""

    address: TrackerAddress


class TrackerLeft(NamedTuple):
    """The sending tracker stops, for this reason. Its clients may reconnect to another tracker."""

    reason: str = ""


class Beat(NamedTuple):
    """The sending tracker is alive. `is_idle`: it has no clients, and none is expected back.

    `digest`, if not b'', is the digest of all state at `position`.
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
