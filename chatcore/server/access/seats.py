"""The seats that people keep in rooms after losing their connection: finding the rooms, and clearing the seats."""

from __future__ import annotations

from collections.abc import Iterable

from chatcore.state.client import Client
from chatcore.state.history_identity import visit_identity
from chatcore.state.kept_visit import Seat
from chatcore.state.registry import Registry


class Seats:
    """The seats in one registry. Any thread that holds no lock."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def homes(self, rooms: Iterable[Seat]) -> tuple[str, ...]:
        """Return the names of the rooms to join. A closed room that has ended is left out: anew it would be open."""
        seats = tuple(rooms)
        names = self._names(seats)
        return tuple(
            names.get(seat.instance, seat.room) for seat in seats if seat.instance in names or not seat.was_closed
        )

    def not_entered(self, client: Client, before: Iterable[Seat], left: Iterable[Seat]) -> tuple[Seat, ...]:
        """Return seats that a client still has from the time it was lost `before`, in rooms other than those it has
        `left` now: the rooms that refused it when it came back.
        """
        instances = {seat.instance for seat in left}
        others = tuple(seat for seat in before if seat.instance not in instances)
        names = self._names(others)
        return tuple(seat for seat in others if self._registry.has_seat(names.get(seat.instance, ""), client.seat))

    def clear(self, lost: Iterable[tuple[str, Iterable[Seat]]]) -> None:
        """Clear the seats of lost visits. Do it for all at once: looking for renamed rooms goes through all rooms."""
        seats = [(visit_identity(visit), seat) for visit, rooms in lost for seat in rooms]
        names = self._names(seat for _, seat in seats)
        for identity, seat in seats:
            if seat.instance in names:
                self._registry.clear_seat(names[seat.instance], identity)

    def _names(self, rooms: Iterable[Seat]) -> dict[int, str]:
        """Return the current names, by instance, of those rooms that still exist."""
        registry, names = self._registry, {seat.instance: seat.room for seat in rooms}
        found = {instance: name for instance, name in names.items() if registry.past_of(name)[0] == instance}
        missed = names.keys() - found.keys()
        return found | (registry.names_of(missed) if missed else {})
