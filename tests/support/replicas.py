"""Several trackers in one process, without sockets, threads or an engine: a list of batches, which each carries out.

A tracker reads new batches at moments of its own, or when it has to wait for something; so each lags behind, and
its clients say things that others have not received yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any, cast, get_args

from chatcore.cluster.codec import pack
from chatcore.cluster.common import Common, Home, first_client
from chatcore.cluster.courier import Courier
from chatcore.cluster.engine import Batch
from chatcore.cluster.flights import Flights, Pending
from chatcore.cluster.marking import Marking
from chatcore.cluster.members import Members
from chatcore.cluster.proposer import Proposer
from chatcore.cluster.registry_snapshot import registry_state, restore_registry
from chatcore.cluster.replica import Replica, StreamState
from chatcore.cluster.shared_services import SharedServices
from chatcore.cluster.shelves import Shelves, ShelvesState
from chatcore.cluster.snapshot import decode, encode
from chatcore.commands.context import Context
from chatcore.commands.dispatch import read_command
from chatcore.commands.services import Services
from chatcore.errors import StreamClosed
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.server.cluster.checkpoints import TrackersState
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.dormant import DormantRoom
from chatcore.state.events import Event
from chatcore.state.facts import Fact
from chatcore.state.notes import Note
from chatcore.state.records import Beat, Published, Record, RowsSet, TrackerJoined, TrackerLeft
from chatcore.state.registry import Registry
from chatcore.state.registry_state import RegistryState
from chatcore.state.stream import Entry, Label, Stream
from chatcore.state.turns import Turn
from tests.support.dormant import dormant
from tests.support.following import state_of
from tests.support.stage import Actor, Outcome, Stage
from tests.support.stage_admission import STARTED_AT
from tests.support.stage_services import StageArchive

SEQUENCE = "0123456789"
_KINDS = {"registry": RegistryState, "trackers": TrackersState, "shelves": ShelvesState, "stream": StreamState}
_SHARED = (*get_args(Fact), Note)

Logged = list[tuple[int, float, int, Event]]
"""What the log has of a batch: the position, the time and the index of each event, from which its line's id comes."""


def logged(entries: list[Entry]) -> Logged:
    """Return what the log has of entries."""
    return [
        (entry.position, entry.time, at, event)
        for entry in entries
        for at, event in enumerate(entry.events)
        if isinstance(event, _SHARED)
    ]


class Replicas:
    """The stream, and the log lines of each batch, from the first tracker that carried it out."""

    def __init__(self, **settings: object) -> None:
        """`settings` are of the Config of all trackers."""
        self.settings = settings
        self.batches: list[Batch] = []
        self.logged: dict[int, Logged] = {}  # by the batch's number
        self.time = STARTED_AT
        self._incarnations = count(1)

    def tracker(self, folder: str = "", like: Replicated | None = None) -> Replicated:
        """Add a tracker, after it has carried out all batches, or those since a snapshot.

        The snapshot is of `like`. `folder` is that of an earlier run; by default it is new.
        """
        tracker = Replicated(self, next(self._incarnations), folder)
        if like is not None:
            tracker.restore(*like.snapshot())
        tracker.catch_up()
        tracker.submit(TrackerJoined("tracker", tracker.folder, TrackerAddress(()), "1"))
        tracker.catch_up()
        return tracker

    def append(self, data: bytes) -> None:
        """Append a batch at the present time."""
        self.batches.append(Batch(f"{int(self.time * 1000)}-{len(self.batches)}", data))

    def compare(self, trackers: Iterable[Replicated]) -> None:
        """Let all trackers carry out all batches. Raises AssertionError if the results differ."""
        states = []
        for tracker in trackers:
            tracker.catch_up()
            states.append((state_of(tracker.registry), tracker.snapshot()))
        for state in states[1:]:
            assert state == states[0]


class _Turn:
    """A client's turn: when it is given up before a wait, its tracker reads on, as no other thread does that here."""

    def __init__(self, tracker: Replicated, client: int) -> None:
        self._tracker = tracker
        self._client = client
        self.is_over = True

    def give(self) -> None:
        """See Turn."""
        self._tracker.catch_up()
        flight = self._tracker.flights.of(self._client)
        assert self._tracker.is_fenced or flight.first() is None, "the command would never be answered"


class _Actor(Actor):
    """A client of one of the trackers."""

    def __init__(self, tracker: Replicated, ctx: Context) -> None:
        super().__init__(tracker, ctx)
        self._tracker = tracker

    def says(self, line: str | bytes) -> Outcome:
        """See Actor. The effects may come later."""
        message, command = read_command(line.encode() if isinstance(line, str) else line)
        response = self._tracker.conduct.dispatch(self.ctx, message, command)
        return Outcome([*response.replies], (), response.tokens, response.end_reason)


class Replicated(Stage):
    """One tracker, with a stage for its clients. It is its own courier, home and stream as well."""

    is_reachable = True

    def __init__(self, replicas: Replicas, incarnation: int, folder: str = "") -> None:
        """`folder` is that of an earlier run; by default it is new."""
        super().__init__(**replicas.settings)
        self.folder = folder or f"/{incarnation}"
        self.incarnation = incarnation
        self.is_fenced = False
        self.asked: list[tuple[int, str]] = []
        self.appended: list[tuple[Event, ...]] = []
        self._replicas = replicas
        self._read, self._sent = 0, count(1)
        self._clients: dict[int, Context] = {}
        self._ids = count(first_client(incarnation))
        self.flights = Flights()
        self.conduct = Proposer(cast("Courier", self), self.flights, lambda client, words: None)
        self.conduct._marking = Marking(lambda: self._replicas.time)  # so that a seed always gives the same result
        self.replica = self._replica()
        accounts = {f"id-of-{name}": letters for name, letters in (("dora", "o"), ("emil", "v"))}
        rooms = [dormant(name, values={"k": "key"}, accounts=dict(accounts)) for name in ("#other", "#third")]
        self.registry.lay_down(rooms)
        self.services.archive = StageArchive()
        self.services.keys.accounts["dora"] = "secret"
        self.stream = cast("Any", self)  # where reports read what was appended

    def _replica(self) -> Replica:
        """Return a new replica."""
        self.registry = Registry(lambda: self.replica.time)
        self.services.people = self.registry.clients
        local = cast("Services", self.services)
        self.shared = SharedServices(local, lambda: self.replica.time, lambda client, reason: None)
        self.members, self.shelves = Members(), Shelves()
        common = Common(self.registry, self.config, self.shared, self.members, self.shelves)
        replica = Replica(common, self.flights, cast("Home", self), SEQUENCE, 0)
        replica.incarnation = self.incarnation
        return replica

    @property
    def position(self) -> int:
        """See Stream."""
        return self.replica.position

    @property
    def sequence(self) -> str:
        """See Stream."""
        return SEQUENCE

    def catch_up(self, most: int = 1 << 30) -> None:
        """Carry out pending batches, up to a maximum."""
        batches, logs = self._replicas.batches, self._replicas.logged
        for number in range(self._read, min(len(batches), self._read + most)):
            self._read = number + 1
            entries = self.replica.run(batches[number])
            self.appended += [entry.events for entry in entries]
            mine = logged(entries)
            assert logs.setdefault(number, mine) == mine

    def snapshot(self) -> tuple[bytes, int]:
        """Return all that trackers must agree on, and after how many batches."""
        trackers = TrackersState(tuple(self.members.state()), self.members.gone())
        states = (registry_state(self.registry), trackers, self.shelves.state(), self.replica.state())
        return encode(dict(zip(_KINDS, states, strict=True))), self._read

    def restore(self, data: bytes, read: int) -> None:
        """Go on from a snapshot."""
        registry, trackers, shelves, stream = decode(data, _KINDS).values()
        self.replica = self._replica()
        nobody = Credit(1 << 30)
        restore_registry(self.registry, registry, lambda id_, host, port: Client(id_, host, port, nobody))
        self.members.restore(trackers.members, trackers.gone)
        self.shelves.restore(shelves)
        self._read = read
        self.replica.restore(stream, self._replicas.batches[read - 1].id)
        for client in self.registry.clients():
            self.replica.adopt(client)

    # As a courier

    def submit(self, record: Record, pending: Pending | None = None) -> None:
        """Append a record. Nobody waits here for rows, so they are read at once. Raises StreamClosed."""
        if self.is_fenced:
            raise StreamClosed
        if pending is not None:
            pending.flight.begin(pending)
        self._replicas.time = max(self._replicas.time, self.services.time)
        self._replicas.append(pack(self.incarnation, next(self._sent), [record]))
        if isinstance(record, RowsSet):
            self.catch_up()

    # As a home

    def client(self, client: int) -> Client | None:
        """See Home."""
        ctx = self._clients.get(client)
        return ctx.client if ctx is not None else None

    def ask(self, client: int, reason: str) -> None:
        """See Home."""
        self.asked.append((client, reason))

    def fenced(self) -> None:
        """See Home. Its clients' commands will not be answered."""
        self.is_fenced = True
        self.flights.close()

    def __getattr__(self, name: str) -> Any:
        if name in ("joined", "regrouped", "beaten", "compared", "ended", "tell"):
            return lambda *_: None
        raise AttributeError(name)

    # As a stream

    def append(self, events: tuple[Event, ...], credit: Credit | None = None, label: Label | None = None) -> None:
        """See SharedStream.append."""
        shared = tuple(event for event in events if isinstance(event, _SHARED))
        self.appended.append(events)
        if shared:
            self.submit(Published(shared))

    # As a stage

    def lay_down(self, rooms: Iterable[DormantRoom]) -> None:
        """See Stage: they are there."""

    def actor(self, nick: str, *rooms: str, caps: str = "", host: str = "192.0.2.1") -> Actor:
        """See Stage. Nicks contain the tracker's number, so that they differ from those of other trackers."""
        return super().actor(
            nick if self.incarnation == 1 else f"{nick}{self.incarnation}", *rooms, caps=caps, host=host
        )

    def stranger(self, host: str = "192.0.2.1") -> Actor:
        """See Stage."""
        number = next(self._ids)
        client = Client(number, host, number % 60000, Credit(1 << 30, cast("Turn", _Turn(self, number))))
        client.connected_at = self.services.now()
        stream, services = cast("Stream", self), cast("Services", self.services)
        ctx = Context(client, self.registry, self.config, stream, services, self.conduct.carry)
        self._clients[number] = ctx
        return _Actor(self, ctx)

    def leave(self, client: Client) -> None:
        """See Stage. Clients of other trackers stay."""
        ctx = self._clients.pop(client.id, None)
        if ctx is not None:
            self.conduct.leave(ctx, "Quit", is_lost=client.id % 2 == 0)

    # As a tracker

    def beat(self) -> None:
        """Publish that it is alive."""
        self.submit(Beat())

    def end(self) -> None:
        """Leave the chat."""
        self.submit(TrackerLeft("Back soon"))
