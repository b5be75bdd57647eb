"""A tracker's footing: it runs alone, or as one of several trackers of one chat (clustered)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic, time
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from chatcore.commands.context import Context, Local
from chatcore.commands.departure import leave
from chatcore.commands.dispatch import dispatch
from chatcore.commands.response import Response
from chatcore.commands.steps import take
from chatcore.commands.table import Command
from chatcore.protocol.message import Message
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.server.access.bans import Bans
from chatcore.server.access.cloak import Cloak
from chatcore.server.access.invitations import Invitations
from chatcore.server.archive.holdings import Holdings
from chatcore.server.audit.log import AuditLog
from chatcore.server.metrics.exposition import Value
from chatcore.server.outgoing.delivery import Delivery
from chatcore.server.premises import Premises
from chatcore.server.presence import Presence
from chatcore.server.roster import Roster
from chatcore.server.services import TrackerServices
from chatcore.server.standing import Standing
from chatcore.state.client import Client
from chatcore.state.dormant import DormantRoom
from chatcore.state.events import Event
from chatcore.state.registry import Registry
from chatcore.state.steps import Step
from chatcore.state.stream import QueueStream, Stream

if TYPE_CHECKING:
    from chatcore.server.access.shared.resumption import SharedResumption


class House(NamedTuple):
    """The parts of a tracker that its footing works with."""

    registry: Registry
    services: TrackerServices
    visits: Roster
    presence: Presence
    delivery: Delivery
    log: AuditLog
    on_change: Callable[[], None]
    number_clients: Callable[[int], None]  # give clients ids from this one on
    address: Callable[[], TrackerAddress]  # how clients reach this tracker
    pin: Callable[[], str]  # the SHA-256 of its certificate


class Bar(Protocol):
    """Shows the progress of something that may take long."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def add(self, count: int) -> None:
        """Note that `count` more units are done."""


class NoBar:
    """Shows nothing. See Bar."""

    def __init__(self, total: int) -> None:
        """Ignore how much there is to do."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def add(self, count: int) -> None:
        """See Bar."""


class Access(NamedTuple):
    """What decides who may come in. `resumer` is None if the tracker resumes lost visits by itself."""

    bans: Bans
    invitations: Invitations
    cloak: Cloak
    resumer: SharedResumption | None = None


class Footing(Protocol):
    """A tracker's footing.

    Main thread, except where noted, and except `now`, `clock`, `say_here` and the methods of server.conduct.
    """

    run: int
    """The number of this run of the chat, which tells its visits from those of other runs."""
    first_instance: int
    """A number that no room has ever had."""
    has_others: bool
    """Whether the chat went on while this tracker was down, so that nobody has left because of that. From `open` on."""

    @property
    def stream(self) -> Stream:
        """Return the stream that delivery takes events from."""

    @property
    def has_ended(self) -> bool:
        """Return whether all trackers of this chat agree that it is over. Any thread."""

    @property
    def refusal(self) -> str:
        """Return why nobody can come in at the moment, in words; '' if people can. Any thread."""

    @property
    def dispatch(self) -> Callable[[Context, Message, Command | None], Response]:
        """See Conduct."""

    @property
    def carry(self) -> Callable[[Context, Step, Local | None], bool]:
        """See Conduct."""

    def settle(self, client: Client) -> None:
        """See Conduct."""

    def leave(self, ctx: Context, reason: str, *, is_lost: bool) -> None:
        """See Conduct."""

    def clock(self) -> float:
        """Return the Unix time (s) for events that happen now."""

    def now(self) -> float:
        """Return the time (s) of a clock that is never set back, for clients' idle times."""

    def is_ours(self, client: int) -> bool:
        """Return whether a client (id) is connected to this tracker, not to another of the chat. Any thread."""

    def others(self) -> tuple[str, ...]:
        """Return the names that operators use for the other trackers taking part. Any thread."""

    def standing(self) -> Standing | None:
        """Return the state of all trackers and the engine; None if this tracker is alone. May take a moment."""

    def measures(self) -> Iterable[tuple[str, Value]]:
        """Return its metrics, by their names in metrics.catalogue. Any thread."""

    def tracker_of(self, client: int) -> str:
        """Return the tracker that a client (id) uses; '' if there is only one, or that one has gone. Any thread."""

    def end_room(self, room: DormantRoom) -> bool:
        """End a room that waits for its people on all trackers, and return True; False if there is only one tracker.

        Any thread. Raises StreamClosed.
        """

    def furnish(self, registry: Registry) -> None:
        """Put into the registry what the last run left behind."""

    def access(self, premises: Premises, registry: Registry) -> Access:
        """Return what decides who may come in; the keyring in `premises` follows it too."""

    def shut_out(self, address: str) -> None:
        """Note that this tracker has shut an address out. Any thread."""

    def move_in(self, house: House) -> None:
        """Take over the tracker's parts, before it starts."""

    def say_here(self, event: Event) -> None:
        """Append an event for this tracker's log alone. Raises StreamClosed."""

    def open(self) -> None:
        """Bring everything to the state that all trackers share. Before delivery runs. Raises ConfigError."""

    def begin(self, show: Callable[[int], Bar]) -> None:
        """Begin to take part, while delivery runs and nobody is let in yet. Raises ConfigError.

        If there is anything to catch up with, `show` is called with how much, in any unit.
        """

    def end(self, reason: str) -> None:
        """Stop taking part, for this reason; nobody is let in any more."""

    def close(self) -> None:
        """Release all resources, once delivery has ended."""


class Alone:
    """The footing of a tracker that runs alone: commands take effect at once, in the client's thread."""

    dispatch = staticmethod(dispatch)
    carry = staticmethod(take)
    leave = staticmethod(leave)
    now = staticmethod(monotonic)
    has_ended = False
    refusal = ""
    has_others = False

    def __init__(self, holdings: Holdings) -> None:
        positions = holdings.positions
        self._holdings = holdings
        self.clock: Callable[[], float] = time
        self.run = positions.run
        self.first_instance = holdings.first_instance
        self.stream: Stream = QueueStream(time, positions.sequence, positions.first)

    def is_ours(self, client: int) -> bool:
        """See Footing."""
        return True

    def others(self) -> tuple[str, ...]:
        """See Footing."""
        return ()

    def standing(self) -> None:
        """See Footing."""

    def measures(self) -> tuple[tuple[str, Value], ...]:
        """See Footing."""
        return ()

    def tracker_of(self, client: int) -> str:
        """See Footing."""
        return ""

    def end_room(self, room: DormantRoom) -> bool:
        """See Footing."""
        return False

    def furnish(self, registry: Registry) -> None:
        """See Footing."""
        registry.lay_down(self._holdings.dormant_rooms)
        registry.keep_metadata(self._holdings.belongings.metadata)

    def access(self, premises: Premises, registry: Registry) -> Access:
        """See Footing."""
        return Access(premises.bans, premises.invitations, Cloak())

    def shut_out(self, address: str) -> None:
        """See Footing. There is no other tracker to tell."""

    def settle(self, client: Client) -> None:
        """See Conduct."""

    def move_in(self, house: House) -> None:
        """See Footing."""

    def say_here(self, event: Event) -> None:
        """See Footing."""
        self.stream.append((event,))

    def open(self) -> None:
        """See Footing."""

    def begin(self, show: Callable[[int], Bar]) -> None:
        """See Footing."""

    def end(self, reason: str) -> None:
        """See Footing."""

    def close(self) -> None:
        """See Footing."""
