"""A session's time, and its scheduled actions. Pure: the time comes from outside (`link`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chatcore.terminal.session.effects import Effect

Action = Callable[[], Iterable[Effect]]


class Clock:
    """A schedule. Times are in seconds, by a monotonic clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: dict[str, tuple[float, Action]] = {}

    @property
    def next(self) -> float | None:
        """The time of the next action, None if there is none."""
        return min((time for time, _ in self._waiting.values()), default=None)

    def call_in(self, delay_s: float, name: str, action: Action) -> None:
        """Schedule `action`, replacing any earlier action of the same name."""
        self._waiting[name] = (self.now + delay_s, action)

    def cancel(self, name: str) -> None:
        """Cancel the action of this name."""
        self._waiting.pop(name, None)

    def due(self, now: float) -> list[Effect]:
        """Carry out the actions that are due by now, in order; return their effects."""
        self.now = now
        due = sorted((time, name) for name, (time, _) in self._waiting.items() if time <= now)
        actions = [self._waiting.pop(name)[1] for _, name in due]
        return [effect for action in actions for effect in action()]
