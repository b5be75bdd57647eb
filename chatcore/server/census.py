"""How many are here, for LUSERS and the welcome."""

from __future__ import annotations

from time import monotonic

from chatcore.commands.services import Headcount
from chatcore.server.roster import Roster
from chatcore.state.registry import Registry


class Census:
    """Counts who is here, and remembers the most there ever were. Any thread, except `note_arrival`."""

    def __init__(self, registry: Registry, visits: Roster) -> None:
        self._registry = registry
        self._visits = visits
        self._most_clients = 0
        self._last: tuple[float, Headcount | None] = (0.0, None)  # when it was counted (monotonic s), and what

    def note_arrival(self) -> None:
        """Note that somebody has come in. Delivery's thread."""
        self._most_clients = max(self._most_clients, self._registry.client_count())

    def headcount(self, max_age_s: float = 0.0) -> Headcount:
        """Count everybody and every room, or return a count that is at most this old."""
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
