"""Carry out the records of all trackers in stream order, with the same effect on each tracker.

A record's effect depends only on the record, its time, and the state that all trackers share.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic
from time import time as unix_time
from typing import Any, NamedTuple

from chatcore.cluster.client_records import ClientRecords
from chatcore.cluster.codec import CodecError, unpack
from chatcore.cluster.common import Common, Home
from chatcore.cluster.engine import FIRST, Batch
from chatcore.cluster.flights import Flights, Pending
from chatcore.cluster.tracker_records import Erased, TrackerRecords
from chatcore.state.client import Client
from chatcore.state.events import Event
from chatcore.state.records import (
    Asked,
    Beat,
    Commanded,
    Left,
    Published,
    Record,
    RoomEnded,
    RowsSet,
    Stepped,
    TrackerJoined,
    TrackerLeft,
    TrackerMoved,
)
from chatcore.state.stream import Entry

CHECKPOINT_RECORDS, CHECKPOINT_S, FEW, RARELY_S = 100_000, 60.0, 2000, 3600.0
"""A snapshot is due after the first of these; after the second if FEW records have come; after the last if any has."""

_CarryOut = Callable[[int, Any, Pending | None, list[Entry]], None]
_logger = logging.getLogger(__name__)


class StreamState(NamedTuple):
    """Where in the stream a snapshot is: the last position, its time (Unix, s), when rooms were last looked at."""

    position: int
    time: float
    rooms_checked_at: float = 0.0
    erasures: tuple[Erased, ...] = ()


class Replica:
    """Delivery's thread, but for `position`, `time` and `now`, which any thread may read."""

    def __init__(
        self, common: Common, flights: Flights, home: Home, sequence: str, position: int, time: float = 0.0
    ) -> None:
        """Go on after this position, whose time was that (Unix, s); 0 before the first."""
        self.position = position
        self.time = time
        self.batch = FIRST
        """The id of the last batch that was carried out."""
        self.incarnation = 0  # this tracker's own
        self._checkpoint = position, time  # the last
        self._changes = 0  # records since, but for beats
        self._read_at = monotonic()
        self._members = common.members
        self._home = home
        self._clients = ClientRecords(common, flights, home, self, sequence)
        self._trackers = TrackerRecords(common, home, self, self._clients)
        self._kinds = _kinds(self._clients, self._trackers)

    def begin_time(self, time: float) -> None:
        """Begin the chat at this Unix time (s): no later record is earlier."""
        self.time = self._trackers.rooms_checked_at = time
        self._checkpoint = self.position, time

    def state(self) -> StreamState:
        """Return what a snapshot has to keep."""
        trackers = self._trackers
        return StreamState(self.position, self.time, trackers.rooms_checked_at, tuple(trackers.erasures))

    def restore(self, state: StreamState, batch: str) -> None:
        """Go on after a snapshot, which was made after the batch of this id."""
        self.position, self.time, self._trackers.rooms_checked_at, erasures = state
        self._trackers.erasures.extend(erasures)
        self.batch, self._read_at = batch, monotonic()
        self._checkpoint = self.position, self.time

    @property
    def erasures(self) -> tuple[Erased, ...]:
        """Return what was erased lately."""
        return tuple(self._trackers.erasures)

    @property
    def has_erased(self) -> bool:
        """Return whether something was erased of what is kept of before the next checkpoint."""
        return self._trackers.has_erased

    @property
    def is_due(self) -> bool:
        """Return whether a snapshot is due here; that follows from the records alone."""
        position, time = self._checkpoint
        if self.has_erased or self.position - position >= CHECKPOINT_RECORDS:
            return True
        elapsed_s = self.time - time
        return (elapsed_s >= CHECKPOINT_S and self._changes >= FEW) or (elapsed_s >= RARELY_S and self._changes > 0)

    def note_checkpoint(self) -> None:
        """Note that a snapshot is made."""
        self._checkpoint, self._changes = (self.position, self.time), 0
        self._trackers.has_erased = False

    def now(self) -> float:
        """Return the Unix time (s) by the clock that all trackers share: no later than that of what comes next."""
        return self.time + monotonic() - self._read_at if self.time else unix_time()

    def adopt(self, client: Client) -> None:
        """Take up a client of another tracker from a snapshot."""
        self._clients.adopt(client)

    def publish(self, event: Event) -> None:
        """Add to what the record comes to that is being carried out."""
        self._clients.publish(event)

    def run(self, batch: Batch) -> list[Entry]:
        """Carry out all records of a batch, and return what delivery gets of them."""
        entries: list[Entry] = []
        self._read_at, self.time, self.batch = monotonic(), max(self.time, batch.time), batch.id
        try:
            incarnation, sequence, records = unpack(batch.data)
        except CodecError as error:  # not written by a tracker of this chat, and meaningless to all of them
            self._home.tell(f"Something else has written into the stream of this chat ({error}): it is passed over.")
            return entries
        if records and self._counts(incarnation, sequence, records):
            for record in records:
                self._carry_out(incarnation, record, entries)
        return entries

    def _counts(self, incarnation: int, sequence: int, records: list[Record]) -> bool:
        members = self._members
        first = records[0]
        if isinstance(first, TrackerJoined):
            return members.join(incarnation, sequence, first)
        return members.take(incarnation, sequence)

    def _carry_out(self, incarnation: int, record: Record, entries: list[Entry]) -> None:
        if incarnation not in self._members:
            return  # it was fenced by an earlier record of the same batch
        self.position += 1
        self._changes += not isinstance(record, Beat)
        pending = self._clients.pending(incarnation, record)
        try:
            self._kinds[type(record)](incarnation, record, pending, entries)
        except Exception:  # a fault of the program, and so the same on all trackers
            _logger.exception("%s could not be carried out", type(record).__name__)
            self._clients.give_up(pending, entries)


def _kinds(clients: ClientRecords, trackers: TrackerRecords) -> dict[type[Any], _CarryOut]:
    """Return what carries each kind of record out."""
    return {
        Commanded: clients.command,
        Stepped: clients.step,
        Left: clients.left,
        Published: trackers.publish,
        Asked: trackers.ask,
        RoomEnded: trackers.forget,
        RowsSet: trackers.set_rows,
        TrackerJoined: trackers.join,
        TrackerMoved: trackers.move,
        TrackerLeft: trackers.go,
        Beat: trackers.beat,
    }
