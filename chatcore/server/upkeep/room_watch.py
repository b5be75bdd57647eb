"""Ends rooms from before a restart if nobody comes back to them, or if the operator uses `forget`.

A room's age depends on the system clock, which may be wrong just after the machine has booted. So no room is ended in
the first minutes, and from then on time counts only as far as the system clock and the monotonic one agree.
"""

from __future__ import annotations

from collections.abc import Callable

from chatcore.protocol.names import casefold
from chatcore.state.dormant import DORMANT_S, DormantRoom
from chatcore.state.facts import RoomForgotten
from chatcore.state.registry import Registry

CHECK_S = 600.0


class RoomWatch:
    """Checks dormant rooms every ten minutes. `tick` is for heartbeat's thread, the rest for any thread."""

    def __init__(
        self,
        registry: Registry,
        publish: Callable[[RoomForgotten], None],
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        end_for_all: Callable[[DormantRoom], bool] = lambda room: False,
    ) -> None:
        """`publish` appends to the stream and raises StreamClosed; `clock` returns the Unix time, s.

        `end_for_all` ends a room on all trackers of the chat; it returns False if there is only one tracker.
        """
        self._registry = registry
        self._publish = publish
        self._clock = clock
        self._monotonic = monotonic
        self._end_for_all = end_for_all
        self._began_at, self._began = clock(), monotonic()
        self._next_s = CHECK_S

    def tick(self) -> None:
        """End the rooms to which nobody has come back for too long."""
        elapsed_s = self._monotonic() - self._began
        if elapsed_s < self._next_s:
            return
        self._next_s = elapsed_s + CHECK_S
        now = min(self._clock(), self._began_at + elapsed_s)
        for room in self._registry.dormant_rooms():
            if now - room.since >= DORMANT_S:
                self._end(room)

    def forget(self, name: str) -> DormantRoom | None:
        """End the dormant room with this name and return it; None if there is none. Raises StreamClosed."""
        wanted = casefold(name)
        found = (room for room in self._registry.dormant_rooms() if casefold(room.name) == wanted)
        return next((room for room in found if self._end(room)), None)

    def _end(self, room: DormantRoom) -> bool:
        if self._end_for_all(room):
            return True
        event = RoomForgotten(room.name, room.instance)
        return self._registry.forget_dormant(room, lambda: self._publish(event))
