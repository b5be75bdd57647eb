"""The footing of a tracker that is one of several (ARCHITECTURE, "Many trackers, one chat")."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

from chatcore.cluster.common import Common, incarnation_of
from chatcore.cluster.courier import Courier
from chatcore.cluster.engine import Batch
from chatcore.cluster.flights import Flights
from chatcore.cluster.members import Members
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
from chatcore.server.archive.holdings import Holdings
from chatcore.server.audit.recovery import RecoveringLog
from chatcore.server.cluster.archived import Archived
from chatcore.server.cluster.carrier import Carrier
from chatcore.server.cluster.catching_up import CatchingUp, Sources
from chatcore.server.cluster.checkpoints import Checkpoints, Shared
from chatcore.server.cluster.claimed_chat import claim_chat
from chatcore.server.cluster.entrance import Entrance, Ways
from chatcore.server.cluster.folder_id import folder_id
from chatcore.server.cluster.held import Held
from chatcore.server.cluster.home import Home
from chatcore.server.cluster.overview import Overview, Parts
from chatcore.server.cluster.taking_part import Needs, TakingPart
from chatcore.server.footing import Access, Bar, House
from chatcore.server.metrics.exposition import Value
from chatcore.server.premises import Premises
from chatcore.server.standing import Standing
from chatcore.state.client import Client
from chatcore.state.dormant import DormantRoom
from chatcore.state.events import Event
from chatcore.state.records import Asked, RoomEnded
from chatcore.state.registry import Registry

_MB = 1 << 20
_AWAY = "The engine cannot be reached: messages wait for up to 10 s and are then refused; nobody can join."
_BACK = "The engine can be reached again."
_DROPPED = " {} events, such as refused logins, are missing from the log: there were too many meanwhile."
_TRIMMED = "This tracker was cut off for too long: the engine no longer has everything it missed. It asks the others."
_OPEN = "Others on the network can read the connection between this tracker and the engine: use valkeys:// (TLS)."


class Clustered:
    """The footing. The main thread assembles it and takes it down; each other method names the threads that call it."""

    def __init__(self, config: Config, holdings: Holdings, tell: Callable[[str], None]) -> None:
        """Reach the engine, and find out which chat it is. Raises ConfigError in words for the operator."""
        self._config = config
        self._holdings = holdings
        self._tell = tell
        self._engine = ValkeyEngine(config.cluster)
        try:
            self._engine.check_fit()
            self._claimed = claim_chat(self._engine, holdings)
        except ConfigError:
            self._engine.close()
            raise
        if self._engine.address.is_open:
            tell(_OPEN)
        self._chat = chat = self._claimed.facts
        holdings.positions.adopt(chat["sequence"], int(chat["run"]))
        if not self._claimed.is_first:
            holdings.leave_to_others()
        self.has_others = not self._claimed.is_first
        self.run, self.first_instance = int(chat["run"]), int(chat["instance"])
        self._flights = Flights()
        self.members, self.shelves = Members(), Shelves()
        self.stream = SharedStream(chat["sequence"], self._flights)
        self._held = Held(self.stream)
        self._courier = self.stream.courier = Courier(
            self._engine,
            self.stream.deliver,
            lambda late: self.stream.refuse(late, refusal),
            self._held.begin,
            self.lose,
            self._note_away,
            self._missed,
        )
        conduct = Proposer(self._courier, self._flights, self._held.dismiss)
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
        self._transfer = Transfer(self._engine, self.segments, str(self._claimed.incarnation))
        self._home: Home
        self._part: TakingPart
        self._replica: Replica
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
        return incarnation_of(client) == self._part.incarnation

    @property
    def refusal(self) -> str:
        """See Footing."""
        return "" if self._courier.is_reachable else AWAY

    def others(self) -> tuple[str, ...]:
        """See Footing."""
        return tuple(joined.name for each, joined in self.members.all().items() if each != self._part.incarnation)

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
        self._held.visits = house.visits
        home = self._home = Home(self._config, house, self._entrance.beat)
        self._entrance.move_in(house.services.doorkeeper, house.visits)
        self._replica = self._new_replica(house, home)
        shared = Shared(house.registry, house.delivery, self.members, self.shelves, self._replica)
        checkpoints = Checkpoints(shared, self.segments, self._engine, self._chat["id"], self._log.place, self.lose)
        home.compare = checkpoints.compare
        parts = Parts(self._engine, house.registry, self.members, self.stream, self._replica, checkpoints)
        self._overview = Overview(parts)
        archived = self._follow_archive(checkpoints)
        sources = Sources(self._engine, self.segments, self._holdings, self._log, archived, self._chat)
        self._catching_up = CatchingUp(sources, shared, house, self.stream, self.lose)
        self.stream.runner = Carrier(self._replica, self.segments, checkpoints, self.members)
        self.stream.is_held = lambda: not house.log.is_writable or house.delivery.is_holding
        self.stream.has_failed = lambda: house.presence.has_failed
        needs = self._needs(home, checkpoints)
        self._part = TakingPart(self._config, needs, house, self._claimed.incarnation, self._folder, self.lose)
        home.fenced, home.regrouped = self._part.fence, self._part.regroup
        self._part.number_clients()

    def _new_replica(self, house: House, home: Home) -> Replica:
        """Return what carries out the records of all trackers."""
        services = SharedServices(house.services, self.clock, home.end_own)
        common = Common(house.registry, self._config, services, self.members, self.shelves)
        position = int(self._chat["first"]) - 1
        return Replica(common, self._flights, home, self.stream.sequence, position)

    def _follow_archive(self, checkpoints: Checkpoints) -> Archived:
        """Have each checkpoint noted once the archive is on the disk up to there."""
        archived = Archived(self.segments.folder, self._chat["id"], self._holdings, is_on=self._config.is_archive_on)
        checkpoints.on_made = archived.note_checkpoint
        self._holdings.archivist.add_duty(archived.tick)
        return archived

    def _needs(self, home: Home, checkpoints: Checkpoints) -> Needs:
        return Needs(
            self._engine,
            self._courier,
            self._flights,
            self.stream,
            self.members,
            self._replica,
            home,
            checkpoints.latest,
            self._append_markers,
        )

    def say_here(self, event: Event) -> None:
        """See Footing."""
        self.stream.append_here((event,))

    def open(self) -> None:
        """See Footing: find out what the chat is like, and from where everything since comes."""
        try:
            self._opening = self._catching_up.begin_chat() if self._claimed.is_first else self._catching_up.find_chat()
        except (ArchiveUnavailable, EngineAway, EngineLost, SegmentUnusable, SnapshotError, OSError) as error:
            raise ConfigError(str(error)) from error

    def begin(self, show: Callable[[int], Bar]) -> None:
        """See Footing: catch up with the others, and take part."""
        self._catching_up.catch_up(self._opening, show)
        self._house.presence.begin_anew()
        self._part.begin()
        self._upkeep.start()
        self._transfer.start()
        self._entrance.found(lambda: list(self.members.all()) == [self._part.incarnation])

    def end(self, reason: str) -> None:
        """See Footing: its people may go on with the others."""
        self._part.stop()
        self._entrance.stop()
        self._part.leave(reason)
        self._transfer.stop()
        self._upkeep.stop()

    def close(self) -> None:
        """See Footing."""
        self.segments.close()

    def ask(self, client: Client, reason: str) -> None:
        """Ask the tracker of a client to end its visit or, without a reason, whether it is there. Any thread."""
        self._courier.submit(Asked(client.id, reason))

    def _missed(self, after: str) -> Iterator[Sequence[Batch]]:
        """Yield what came while this tracker was cut off for longer than the engine keeps it. The courier's thread."""
        self._tell(_TRIMMED)
        return self._catching_up.missed(after)

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
        """Stop this tracker: it has lost track of the others' state. Any thread."""
        self._tell(reason)
        self._house.presence.fail()

    def _note_away(self, is_away: bool, dropped: int) -> None:
        """Tell the operator that the engine is away, or back. The courier's thread."""
        self._tell(_AWAY if is_away else _BACK + (_DROPPED.format(dropped) if dropped else ""))
