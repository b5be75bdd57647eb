"""Admission to a tracker among several: the shared permissions, in the form the rest of the tracker uses."""

from __future__ import annotations

from collections.abc import Callable
from time import time
from typing import NamedTuple

from chatcore.config import Config
from chatcore.server.access.cloak import Cloak
from chatcore.server.access.doorkeeper import SHUT_OUT, Doorkeeper
from chatcore.server.access.shared.access import Own, SharedAccess
from chatcore.server.access.shared.resumption import SharedResumption, Surroundings
from chatcore.server.access.shared.shut_outs import ShutOuts
from chatcore.server.footing import Access
from chatcore.server.premises import Premises
from chatcore.server.roster import Roster
from chatcore.state.registry import Registry
from chatcore.state.requests import VisitForgotten
from chatcore.state.shelf import Shelf


class Ways(NamedTuple):
    """How the entrance reaches the rest.

    `now` is the time of the record that is being carried out (Unix, s), `publish` adds to what that comes to, and `end`
    has a client's visit end, on whichever tracker.
    """

    now: Callable[[], float]
    publish: Callable[[VisitForgotten], None]
    end: Callable[[int, str], None]


class Entrance:
    """One tracker's entrance. Main thread, unless a method says otherwise."""

    def __init__(
        self, config: Config, shelf: Callable[[str], Shelf], premises: Premises, tell: Callable[[str], None]
    ) -> None:
        """Have the keyring go by the accounts of all. `shelf` returns that of a name."""
        self._config = config
        self._shelf = shelf
        self._premises = premises
        own = Own(premises.bans, premises.keys.accounts, premises.invited, config.state_dir, premises.password)
        self._shared = SharedAccess(shelf, own, tell)
        premises.keys.accounts = self._shared.accounts
        self._resumption: SharedResumption
        self._shut_outs: ShutOuts
        self._visits: Roster

    def access(self, registry: Registry, ways: Ways) -> Access:
        """Return who knows who may come in."""
        shared = self._shared
        around = Surroundings(
            registry,
            self._premises.keys,
            shared.bans,
            ways.now,
            shared.keys.digest,
            ways.publish,
            ways.end,
            self._take_home,
            self._config.limits.ghost_timeout_s,
        )
        self._resumption = SharedResumption(self._shelf("visits"), around)
        for name in ("accounts", "bans"):
            self._shelf(name).watch(lambda rows: self._resumption.look_again())
        return Access(shared.bans, shared.invitations, Cloak(shared.keys.cloak), self._resumption)

    def move_in(self, doorkeeper: Doorkeeper, visits: Roster) -> None:
        """Take up who guards the door, and whom it let in."""
        self._visits = visits

        def shut_out(address: str, seconds: float) -> None:
            doorkeeper.shut_out(address, seconds)
            visits.end_strangers(address, SHUT_OUT)

        self._shut_outs = ShutOuts(self._shelf("shut-outs"), self._config.limits.failure_ban_s, time, shut_out)
        self._shared.add_duty(self._shut_outs.tick)

    def found(self, is_alone: Callable[[], bool]) -> None:
        """Bring what this tracker has, or take what the chat has. Raises ConfigError."""
        self._shared.found(is_alone)

    def stop(self) -> None:
        """Follow the others no longer."""
        self._shared.stop()

    def beat(self) -> None:
        """End the visits whose time is up. Delivery, whenever a tracker has beaten."""
        self._resumption.beat()

    def shut_out(self, address: str) -> None:
        """Have all trackers shut out an address that this one has shut out. Any thread."""
        self._shut_outs.tell(address)

    def _take_home(self, client: int, homes: tuple[str, ...]) -> None:
        visit = self._visits.get(client)
        if visit is not None:
            visit.arrival.homes = homes
