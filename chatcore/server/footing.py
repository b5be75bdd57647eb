"""On what footing a tracker is: alone, or one of several that are one chat (clustered)."""

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
    """What the rest of a tracker is to its footing."""

    registry: Registry
    services: TrackerServices
    visits: Roster
    presence: Presence
    delivery: Delivery
    log: AuditLog
    on_change: Callable[[], None]
    number_clients: Callable[[int], None]  # from this id on
    address: Callable[[], TrackerAddress]  # how clients reach this tracker
    pin: Callable[[], str]  # the SHA-256 of its certificate


class Bar(Protocol):
    """Shows how much is done of something that may take long."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def add(self, count: int) -> None:
        """Note that so much more is done."""


class NoBar:
    """Shows nothing. See Bar."""

    def __init__(self, total: int) -> None:
        """Whatever there is to do."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def add(self, count: int) -> None:
        """See Bar."""


class Access(NamedTuple):
    """Who knows who may come in. `resumer` is None where a tracker takes lost visits up again by itself."""

    bans: Bans
    invitations: Invitations
    cloak: Cloak
    resumer: SharedResumption | None = None


class Footing(Protocol):
    """The main thread's, but for `now`, `clock`, `say_here` and what is a client's own (server.conduct)."""

    run: int
    """Which run of the chat this is: by that its visits are told from others'."""
    first_instance: int
    """A number that no room ever had."""
    has_others: bool
    """Whether the chat went on while this tracker did not run: nobody has left because of that. From `open` on."""

    @property
    def stream(self) -> Stream:
        """Return what delivery takes from."""

    @property
    def has_ended(self) -> bool:
        """Return whether all who have this chat agree that it is over. Any thread."""

    @property
    def refusal(self) -> str:
        """Return in words why nobody can come in at the moment, '' if people can. Any thread."""

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
        """Return the Unix time (s) of what happens now."""

    def now(self) -> float:
        """Return the time (s) of a clock that is never set back, by which clients are idle."""

    def is_ours(self, client: int) -> bool:
        """Return whether a client (id) is this tracker's, and not another's of the same chat. Any thread."""

    def others(self) -> tuple[str, ...]:
        """Return what operators call the other trackers that take part. Any thread."""

    def standing(self) -> Standing | None:
        """Return how this tracker stands among the others, None if it is alone. May take a moment."""

    def measures(self) -> Iterable[tuple[str, Value]]:
        """Return what is measured of that, by the names in metrics.catalogue. Any thread."""

    def tracker_of(self, client: int) -> str:
        """Return by which of them a client (id) is in; '' if this one is alone, or if that has gone. Any thread."""

    def end_room(self, room: DormantRoom) -> bool:
        """Have a room that waits for its people end, and return True; False if no other tracker has to know.

        Any thread. Raises StreamClosed.
        """

    def furnish(self, registry: Registry) -> None:
        """Put into the registry what was there before."""

    def access(self, premises: Premises, registry: Registry) -> Access:
        """Return who knows who may come in; the keyring of the premises goes by that, too."""

    def shut_out(self, address: str) -> None:
        """Note that this tracker has shut an address out. Any thread."""

    def move_in(self, house: House) -> None:
        """Take up what the tracker has put together, before it starts."""

    def say_here(self, event: Event) -> None:
        """Append an event for this tracker's log alone. Raises StreamClosed."""

    def open(self) -> None:
        """Have everything be as it is for all. Before delivery runs. Raises ConfigError."""

    def begin(self, show: Callable[[int], Bar]) -> None:
        """Begin to take part; delivery runs, nobody is let in yet. Raises ConfigError.

        `show` is given how much there is to catch up with, in whatever unit, if there is anything.
        """

    def end(self, reason: str) -> None:
        """Take part no longer, for this reason; nobody is let in any more."""

    def close(self) -> None:
        """Give back what is open, once delivery has ended."""


class Alone:
    """The footing of a tracker that is alone: everything happens at once, in the client's thread."""

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
        """See Footing: what the last run has left."""
        registry.lay_down(self._holdings.dormant_rooms)
        registry.keep_metadata(self._holdings.belongings.metadata)

    def access(self, premises: Premises, registry: Registry) -> Access:
        """See Footing."""
        return Access(premises.bans, premises.invitations, Cloak())

    def shut_out(self, address: str) -> None:
        """See Footing: there is nobody else."""

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
