"""The footing of a tracker that is one of several (ARCHITECTURE, "Many trackers, one chat")."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import monotonic, sleep

from chatcore import __version__
from chatcore.cluster.agreement import agreed_settings
from chatcore.cluster.common import Common, first_client, incarnation_of
from chatcore.cluster.courier import Courier
from chatcore.cluster.flights import CUT_OFF, Flights
from chatcore.cluster.lookout import objection
from chatcore.cluster.members import BEAT_S, Members
from chatcore.cluster.peers import Transfer
from chatcore.cluster.proposer import AWAY, Proposer, refusal
from chatcore.cluster.replica import Replica
from chatcore.cluster.segment_file import SegmentUnusable
from chatcore.cluster.segment_upkeep import SegmentUpkeep
from chatcore.cluster.segments import Segments
from chatcore.cluster.shared_services import SharedServices
from chatcore.cluster.shared_shelf import SharedShelf
from chatcore.cluster.shared_stream import SharedStream
from chatcore.cluster.shelves import Shelves
from chatcore.cluster.snapshot import SnapshotError
from chatcore.cluster.valkey_engine import ValkeyEngine
from chatcore.config import Config
from chatcore.errors import ArchiveUnavailable, ConfigError, EngineAway, EngineLost, StreamClosed
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.server.archive.holdings import Holdings
from chatcore.server.audit.recovery import RecoveringLog
from chatcore.server.cluster.carrier import Carrier
from chatcore.server.cluster.catching_up import CatchingUp, Sources
from chatcore.server.cluster.checkpoints import Checkpoints, Shared
from chatcore.server.cluster.entrance import Entrance, Ways
from chatcore.server.cluster.folder_id import folder_id
from chatcore.server.cluster.home import Home
from chatcore.server.cluster.overview import Overview, Parts
from chatcore.server.footing import Access, Bar, House
from chatcore.server.metrics.exposition import Value
from chatcore.server.premises import Premises
from chatcore.server.standing import Standing
from chatcore.state.client import Client
from chatcore.state.dormant import DormantRoom
from chatcore.state.events import Event
from chatcore.state.records import Asked, Beat, RoomEnded, TrackerJoined, TrackerLeft, TrackerMoved
from chatcore.state.registry import Registry
from chatcore.state.requests import TrackersChanged

_MB = 1 << 20
_JOIN_S = 30.0
_LEAVE_S = 3.0
_FOUND_S, _BEGIN_S = 10.0, 60
_POLL_S = 0.01
_AWAY = "The engine cannot be reached: what is said waits, and is refused after 10 s, until it is back."
_BACK = "The engine can be reached again."
_OPEN = "Others on the network can read what goes between this tracker and the engine: use valkeys:// (TLS)."
_FENCED = "This tracker was cut off from the others; it goes on as a new one, and its people come back by themselves."


class Clustered:
    """The footing. The main thread puts it together and takes it down; the rest says who may call."""

    def __init__(self, config: Config, holdings: Holdings, tell: Callable[[str], None]) -> None:
        """Reach the engine, and find out which chat it is. Raises ConfigError in words for the operator."""
        self._config = config
        self._holdings = holdings
        self._tell = tell
        self._engine = ValkeyEngine(config.cluster)
        self._engine.check_fit()
        if self._engine.address.is_open:
            tell(_OPEN)
        self._token = secrets.token_hex(8)
        try:
            self._chat = chat = self._claim_chat()
            self.incarnation = self._engine.new_incarnation()
            self._is_first = chat["id"] == self._token or self._is_abandoned()
        except EngineAway as error:
            raise ConfigError(str(error)) from error
        holdings.positions.adopt(chat["sequence"], int(chat["run"]))
        if not self._is_first:
            holdings.leave_to_others()
        self.has_others = not self._is_first
        self.run, self.first_instance = int(chat["run"]), int(chat["instance"])
        self._flights = Flights()
        self.members, self.shelves = Members(), Shelves()
        self.stream = SharedStream(chat["sequence"], self._flights)
        self._courier = self.stream.courier = Courier(
            self._engine,
            self.stream.deliver,
            lambda late: self.stream.refuse(late, refusal),
            self.lose,
            lambda is_away: tell(_AWAY if is_away else _BACK),
        )
        conduct = Proposer(self._courier, self._flights)
        self.dispatch, self.carry, self.settle, self.leave = (
            conduct.dispatch,
            conduct.carry,
            conduct.settle,
            conduct.leave,
        )
        self.propose, self.post = conduct.propose, conduct.post
        self._append_markers = conduct.append_markers
        self.segments = Segments(config.state_dir / "cluster", tell)
        self._upkeep = SegmentUpkeep(
            self.segments, days=config.history_days, max_bytes=config.history_mb * _MB, tell=tell
        )
        self.segments.on_roll = self._upkeep.wake
        self._folder = folder_id(self.segments.folder)
        self._transfer = Transfer(self._engine, self.segments, str(self.incarnation))
        self._stopping = threading.Event()
        self._others: tuple[TrackerAddress, ...] = ()  # of whom clients were told
        self._home: Home
        self._replica: Replica
        self._checkpoints: Checkpoints
        self._catching_up: CatchingUp
        self._house: House
        self._entrance: Entrance
        self._overview: Overview

    @property
    def has_ended(self) -> bool:
        """See Footing."""
        return self._home.has_ended

    def is_ours(self, client: int) -> bool:
        """See Footing."""
        return incarnation_of(client) == self.incarnation

    @property
    def refusal(self) -> str:
        """See Footing."""
        return "" if self._courier.is_reachable else AWAY

    def others(self) -> tuple[str, ...]:
        """See Footing."""
        return tuple(joined.name for each, joined in self.members.all().items() if each != self.incarnation)

    def standing(self) -> Standing:
        """See Footing."""
        return self._overview.standing()

    def measures(self) -> Iterable[tuple[str, Value]]:
        """See Footing."""
        return self._overview.measures()

    def tracker_of(self, client: int) -> str:
        """See Footing."""
        found = self.members.all().get(incarnation_of(client))
        return found.name if found is not None else ""

    def end_room(self, room: DormantRoom) -> bool:
        """See Footing."""
        self._courier.submit(RoomEnded(room.instance))
        return True

    def clock(self) -> float:
        """See Footing: the time of the record that is being carried out."""
        return self._replica.time

    def now(self) -> float:
        """See Footing: the clock that all trackers share."""
        return self._replica.now()

    def furnish(self, registry: Registry) -> None:
        """See Footing: all that the first tracker of a chat has left is everybody's."""
        registry.lay_down(self._holdings.dormant_rooms)
        registry.keep_metadata(self._holdings.belongings.metadata)

    def access(self, premises: Premises, registry: Registry) -> Access:
        """See Footing."""

        def shelf(name: str) -> SharedShelf:
            return SharedShelf(name, self.shelves, self.propose, self.post)

        self._entrance = Entrance(self._config, shelf, premises, self._tell)
        return self._entrance.access(registry, Ways(self.clock, self._publish, self._end))

    def shut_out(self, address: str) -> None:
        """See Footing."""
        self._entrance.shut_out(address)

    def move_in(self, house: House) -> None:
        """See Footing."""
        self._house = house
        house.services.elsewhere = self.ask
        assert isinstance(house.log, RecoveringLog)
        self._log = house.log
        self._number_clients()
        home = self._home = Home(self._config, house, self._fence, self._regroup, self._entrance.beat)
        self._entrance.move_in(house.services.doorkeeper, house.visits)
        services = SharedServices(house.services, self.clock, home.end_own)
        common = Common(house.registry, self._config, services, self.members, self.shelves)
        position = int(self._chat["first"]) - 1
        self._replica = Replica(common, self._flights, home, self.stream.sequence, position)
        shared = Shared(house.registry, house.delivery, self.members, self.shelves, self._replica)
        self._checkpoints = Checkpoints(
            shared, self.segments, self._engine, self._chat["id"], self._log.place, self.lose
        )
        home.compare = self._checkpoints.compare
        parts = Parts(self._engine, house.registry, self.members, self.stream, self._replica, self._checkpoints)
        self._overview = Overview(parts)
        sources = Sources(self._engine, self.segments, self._holdings, self._log, self._chat)
        self._catching_up = CatchingUp(sources, shared, house, self.stream, self.lose)
        self.stream.runner = Carrier(self._replica, self.segments, self._checkpoints, self.members)
        self.stream.is_held = lambda: not house.log.is_writable or house.delivery.is_holding

    def say_here(self, event: Event) -> None:
        """See Footing."""
        self.stream.append_here((event,))

    def open(self) -> None:
        """See Footing: find out what the chat is like, and from where everything since comes."""
        try:
            self._opening = self._catching_up.begin_chat() if self._is_first else self._catching_up.find_chat()
        except (ArchiveUnavailable, EngineAway, EngineLost, SegmentUnusable, SnapshotError, OSError) as error:
            raise ConfigError(str(error)) from error

    def begin(self, show: Callable[[int], Bar]) -> None:
        """See Footing: catch up with the others, and take part."""
        self._catching_up.catch_up(self._opening, show)
        self._house.presence.begin_anew()
        self._courier.start(self._replica.batch)
        joined = self._joined()
        if words := objection(self.members, joined):
            raise ConfigError(f"this tracker cannot take part: {words}")
        self._replica.incarnation = self._home.incarnation = self.incarnation
        self._courier.begin(self.incarnation, joined)
        self._upkeep.start()
        self._transfer.start()
        if not self._home.has_joined.wait(_JOIN_S):
            raise ConfigError("the engine does not answer in time")
        threading.Thread(target=self._beat, name="beat", daemon=True).start()
        self._entrance.found(lambda: list(self.members.all()) == [self.incarnation])

    def end(self, reason: str) -> None:
        """See Footing: its people may go on with the others."""
        self._stopping.set()
        self._entrance.stop()
        try:
            self._courier.submit(TrackerLeft(reason))
        except StreamClosed:
            return
        deadline = monotonic() + _LEAVE_S
        while self.incarnation in self.members and monotonic() < deadline:
            sleep(_POLL_S)
        self._courier.stop(max(deadline - monotonic(), 0.0))
        self._transfer.stop()
        self._upkeep.stop()

    def close(self) -> None:
        """See Footing."""
        self.segments.close()

    def ask(self, client: Client, reason: str) -> None:
        """Ask the tracker of a client to end its visit or, without a reason, whether it is there. Any thread."""
        self._courier.submit(Asked(client.id, reason))

    def _publish(self, event: Event) -> None:
        """Add to what the record comes to that is being carried out. Delivery's thread."""
        self._replica.publish(event)

    def _end(self, client: int, reason: str) -> None:
        """Have a visit end, on whichever tracker. Any thread, without a lock."""
        if self.is_ours(client):
            self._home.ask(client, reason)
            return
        with suppress(StreamClosed):
            self._courier.submit(Asked(client, reason))

    def lose(self, reason: str) -> None:
        """End this tracker: it cannot know what the others know. Any thread."""
        self._tell(reason)
        self._house.presence.fail()

    def _claim_chat(self) -> dict[str, str]:
        positions = self._holdings.positions
        return self._engine.claim_chat(
            {
                "id": self._token,
                "sequence": positions.sequence,
                "first": str(positions.first),
                "instance": str(self._holdings.first_instance),
                "run": str(positions.run),
            }
        )

    def _is_abandoned(self) -> bool:
        """Return whether whoever has begun the chat has ended before it was there, and this tracker is to begin it."""
        deadline = monotonic() + _FOUND_S
        while not self._engine.snapshots():
            if monotonic() > deadline:
                return self._engine.claim("beginning", _BEGIN_S)
            sleep(_POLL_S)
        return False

    def _joined(self) -> TrackerJoined:
        settings = agreed_settings(self._config)
        address = self._house.address()
        return TrackerJoined(address.addresses[0], self._folder, address, __version__, settings)

    def _beat(self) -> None:
        """Say from time to time that this tracker is alive, whether it has anybody, and how clients reach it now."""
        pin = self._house.pin()
        while not self._stopping.wait(BEAT_S):
            try:
                self._append_markers()
                if self._courier.is_going(Beat):
                    continue  # those of an outage would all come at once, and others' after them
                is_idle = not self._config.keep_alive and self._house.presence.ends_in() == 0.0
                self._courier.submit(Beat(is_idle, *self._checkpoints.latest()))
                if self._house.pin() != pin:
                    pin = self._house.pin()
                    self._courier.submit(TrackerMoved(self._house.address()))
            except StreamClosed:
                return

    def _regroup(self) -> None:
        """Tell clients where else they may go. Delivery's thread."""
        others = self.members.others(self.incarnation)
        if others != self._others:
            self._others = others
            with suppress(StreamClosed):
                self.stream.append_here((TrackersChanged(others),))

    def _fence(self) -> None:
        """Take part again, as a new incarnation: all others take this one for gone. Delivery's thread."""
        if not self._stopping.is_set():
            self._flights.void(first_client(self.incarnation + 1))
            self._tell(_FENCED)
            threading.Thread(target=self._rejoin, name="rejoin", daemon=True).start()

    def _rejoin(self) -> None:
        incarnation = 0
        while not incarnation and not self._stopping.wait(_POLL_S):
            try:
                incarnation = self._engine.new_incarnation()
            except EngineAway:
                self._stopping.wait(1.0)
        if not incarnation:
            return  # this tracker ends
        self.incarnation = self._replica.incarnation = self._home.incarnation = incarnation
        self._number_clients()
        for visit in self._house.visits.all():
            if incarnation_of(visit.client.id) != incarnation:
                visit.end(CUT_OFF, is_lost=True)
        if words := objection(self.members, joined := self._joined()):
            self.lose(f"This tracker cannot take part any more: {words}")
            return
        self._courier.begin(incarnation, joined, lambda: self._flights.void(first_client(incarnation)))

    def _number_clients(self) -> None:
        self._house.number_clients(first_client(self.incarnation))
