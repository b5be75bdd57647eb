"""How many people are here, for LUSERS and the welcome."""

from __future__ import annotations

from time import monotonic

from chatcore.commands.services import Headcount
from chatcore.server.roster import Roster
from chatcore.state.registry import Registry


class Census:
    """Counts the people and rooms, and remembers the most people there ever were. Any thread, except `note_arrival`."""

    def __init__(self, registry: Registry, visits: Roster) -> None:
        self._registry = registry
        self._visits = visits
        self._most_clients = 0
        self._last: tuple[float, Headcount | None] = (0.0, None)  # time (monotonic s) and result of the last count

    def note_arrival(self) -> None:
        """Note that somebody has come in. Delivery's thread."""
        self._most_clients = max(self._most_clients, self._registry.client_count())

    def headcount(self, max_age_s: float = 0.0) -> Headcount:
        """Count all people and rooms, or return a count that is at most this old."""
        now = monotonic()
        counted_at, heads = self._last
        if heads is None or now - counted_at >= max_age_s:
            clients = self._registry.clients()
            heads = Headcount(
                invisible=sum(client.is_invisible for client in clients),
                operators=sum(client.is_operator for client in clients),
                unknown=self._visits.count_unregistered(),
                most=self._most_clients,
                rooms=self._registry.public_channel_count(),
            )
            self._last = (now, heads)
        return heads
