"""The footing of a tracker that is one of several (ARCHITECTURE, "Many trackers, one chat"). Imported only then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from chatcore import __version__
from chatcore.cluster.courier import Courier
from chatcore.cluster.flights import Flights
from chatcore.cluster.members import BEAT_S, Members
from chatcore.cluster.proposer import Proposer, refusal
from chatcore.cluster.replica import INCARNATION_BITS, Common, Replica
from chatcore.cluster.shared_services import SharedServices
from chatcore.cluster.shared_stream import SharedStream
from chatcore.cluster.shelves import Shelves
from chatcore.cluster.valkey_engine import ValkeyEngine
from chatcore.config import Config
from chatcore.errors import ConfigError, StreamClosed
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.server import ghosts
from chatcore.server.archive.holdings import Holdings
from chatcore.server.footing import House
from chatcore.state.client import Client
from chatcore.state.events import Event
from chatcore.state.records import Asked, Beat, Record, TrackerJoined, TrackerLeft, TrackerMoved
from chatcore.state.registry import Registry
from chatcore.state.requests import TrackersChanged

_JOIN_S = 30.0
_LEAVE_S = 3.0
_FIRST = "0-0"  # the id before all batches
_FENCED = "This tracker was cut off from the others; it goes on as a new one, and its people come back by themselves."
_AWAY = "The engine cannot be reached: what is said waits, and is refused after 10 s, until it is back."
_BACK = "The engine can be reached again."


class Clustered:
    """The footing. The main thread puts it together and takes it down; the rest says who may call."""

    def __init__(self, config: Config, holdings: Holdings, tell: Callable[[str], None]) -> None:
        """Reach the engine, and find out which chat it is. Raises ConfigError in words for the operator."""
        self._config = config
        self._holdings = holdings
        self._tell = tell
        self._engine = ValkeyEngine(config.cluster)
        self._engine.check_fit()
        self._chat = chat = self._claim_chat(holdings)
        self.run, self.first_instance = int(chat["run"]), int(chat["instance"])
        self.incarnation = self._engine.new_incarnation()
        self._flights = Flights()
        self.members, self.shelves = Members(), Shelves()
        self.stream = SharedStream(chat["sequence"], self._flights)
        self._courier = self.stream.courier = Courier(
            self._engine,
            self.stream.deliver,
            lambda late: self.stream.refuse(late, refusal),
            self._lose,
            lambda is_away: tell(_AWAY if is_away else _BACK),
        )
        conduct = Proposer(self._courier, self._flights)
        self.dispatch, self.carry, self.leave, self.propose = (
            conduct.dispatch,
            conduct.carry,
            conduct.leave,
            conduct.propose,
        )
        self.has_ended = False
        self._others: tuple[TrackerAddress, ...] = ()  # of whom clients were told
        self._has_joined = threading.Event()
        self._stopping = threading.Event()
        self._replica: Replica
        self._house: House

    def clock(self) -> float:
        """Return the time (Unix, s) of the record that is being carried out. Any thread."""
        return self._replica.time

    def now(self) -> float:
        """Return the Unix time (s) by the clock that all trackers share. Any thread."""
        return self._replica.now()

    def is_ours(self, client: int) -> bool:
        """See Footing."""
        return client >> INCARNATION_BITS == self.incarnation

    def furnish(self, registry: Registry) -> None:
        """Put into the registry what was there before."""
        registry.lay_down(self._holdings.dormant_rooms)
        registry.keep_metadata(self._holdings.belongings.metadata)

    def move_in(self, house: House) -> None:
        """Take up what the tracker has put together."""
        self._house = house
        house.number_clients((self.incarnation << INCARNATION_BITS) + 1)
        services = SharedServices(house.services, self.clock, self._ask)
        common = Common(house.registry, self._config, services, self.members, self.shelves)
        position = int(self._chat["first"]) - 1
        self._replica = Replica(common, self._flights, self, self.stream.sequence, position)
        self.stream.runner = self._replica

    def say_here(self, event: Event) -> None:
        """Append an event for this tracker's log alone. Any thread. Raises StreamClosed."""
        self.stream.append_here((event,))

    def begin(self) -> None:
        """Catch up with the others, and take part. Delivery runs. Raises ConfigError."""
        self._courier.begin(self.incarnation, self._joined())
        self._replica.incarnation = self.incarnation
        self._courier.start(_FIRST)
        if not self._has_joined.wait(_JOIN_S):
            raise ConfigError("The engine does not answer in time")
        threading.Thread(target=self._beat, name="beat", daemon=True).start()

    def end(self, reason: str) -> None:
        """Leave the others, for this reason: its people may go on with them."""
        self._stopping.set()
        try:
            self._courier.submit(TrackerLeft(reason))
        except StreamClosed:
            return
        deadline = monotonic() + _LEAVE_S
        while self.incarnation in self.members and monotonic() < deadline:
            self._stopping.wait(0.01)
        self._courier.stop(_LEAVE_S)

    # Home: delivery's thread

    def client(self, client: int) -> Client | None:
        """See Home."""
        visit = self._house.visits.get(client)
        return visit.client if visit is not None else None

    def ask(self, client: int, reason: str) -> None:
        """See Home."""
        visit = self._house.visits.get(client)
        if visit is None:
            return
        if reason:
            visit.end(reason, is_lost=False)
        else:
            ghosts.probe(visit, self._config.limits.ghost_timeout_s)

    def joined(self) -> None:
        """See Home."""
        self._has_joined.set()

    def fenced(self) -> None:
        """See Home."""
        if not self._stopping.is_set():
            self._tell(_FENCED)
            threading.Thread(target=self._rejoin, name="rejoin", daemon=True).start()

    def regrouped(self) -> None:
        """See Home. Clients are told where else they may go."""
        others = self.members.others(self.incarnation)
        if others != self._others:
            self._others = others
            with suppress(StreamClosed):
                self.stream.append_here((TrackersChanged(others),))

    def beaten(self) -> None:
        """See Home."""

    def compared(self, incarnation: int, position: int, digest: bytes) -> None:
        """See Home."""

    def ended(self) -> None:
        """See Home."""
        if not self.has_ended:
            self.has_ended = True
            self._house.on_change()

    def _claim_chat(self, holdings: Holdings) -> dict[str, str]:
        positions = holdings.positions
        chat = self._engine.claim_chat(
            {
                "sequence": positions.sequence,
                "first": str(positions.first),
                "instance": str(holdings.first_instance),
                "run": str(positions.run),
            }
        )
        positions.adopt(chat["sequence"], int(chat["run"]))
        return chat

    def _joined(self) -> Record:
        folder = str(self._config.state_dir.absolute())
        return TrackerJoined(self._config.server_name, folder, self._house.address(), __version__)

    def _beat(self) -> None:
        """Say from time to time that this tracker is alive, whether it has anybody, and how clients reach it now."""
        is_idle, pin = False, self._house.address().pin
        while not self._stopping.wait(BEAT_S):
            is_idle = self._house.presence.ends_in() == 0.0 or self._is_empty()
            try:
                self._courier.submit(Beat(is_idle))
                if self._house.pin() != pin:
                    pin = self._house.pin()
                    self._courier.submit(TrackerMoved(self._house.address()))
            except StreamClosed:
                return

    def _is_empty(self) -> bool:
        return False

    def _ask(self, client: Client, reason: str) -> None:
        """Have a client's tracker end its visit. Delivery's thread, where all come to the same."""
        if client.id >> INCARNATION_BITS == self.incarnation:
            self.ask(client.id, reason)

    def ask_elsewhere(self, client: Client, reason: str) -> None:
        """Ask the tracker of a client to end its visit or, without a reason, whether it is there. Any thread."""
        self._courier.submit(Asked(client.id, reason))

    def _rejoin(self) -> None:
        """Take part again, as a new incarnation."""

    def _lose(self, reason: str) -> None:
        """End this tracker: it cannot know what the others know. The courier's thread."""
        self._tell(reason)
        self._house.presence.fail()
