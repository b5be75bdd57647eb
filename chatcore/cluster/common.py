"""What carrying out a record needs: the state all trackers share, this tracker's own part, and the place."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from chatcore.cluster.members import Members
from chatcore.cluster.shelves import Shelves
from chatcore.commands.services import Services
from chatcore.config import Config
from chatcore.state.client import Client
from chatcore.state.client_id import ClientId
from chatcore.state.registry import Registry

_INCARNATION_BITS = 32


class Common(NamedTuple):
    """The state that all trackers share, as handlers get it."""

    registry: Registry
    config: Config
    services: Services
    members: Members
    shelves: Shelves


class Home(Protocol):
    """What a record means for this tracker alone. Delivery's thread."""

    def client(self, client: int) -> Client | None:
        """Return one of this tracker's clients, which may not be in yet; None if it has gone."""

    def ask(self, client: int, reason: str) -> None:
        """End one of this tracker's visits or, without a reason, check that its client is still there."""

    def joined(self) -> None:
        """All know that this tracker takes part."""

    def fenced(self) -> None:
        """All trackers consider this one gone."""

    def regrouped(self) -> None:
        """The members, or the addresses where clients reach them, have changed."""

    def beaten(self, incarnation: int) -> None:
        """A tracker has beaten: publish what is due by time with `Replica.publish`."""

    def tell(self, text: str) -> None:
        """Tell the operator something."""

    def compared(self, incarnation: int, position: int, digest: bytes) -> None:
        """A tracker had this digest of all state at a position."""

    def ended(self) -> None:
        """The chat is over."""


class Place(Protocol):
    """The current record's position in the stream, its Unix time (s), and the tracker that carries it out."""

    position: int
    time: float
    incarnation: int


def incarnation_of(client: ClientId) -> int:
    """Return the incarnation of a client's tracker."""
    return client >> _INCARNATION_BITS


def first_client(incarnation: int) -> ClientId:
    """Return the id of a tracker's first client; those after it are counted from there."""
    return (incarnation << _INCARNATION_BITS) + 1
