"""What time it is for a session, and what is to happen later. Pure: the time comes from outside (`link`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chatcore.terminal.session.effects import Effect

Action = Callable[[], Iterable[Effect]]


class Clock:
    """Times are in seconds, by a clock that never goes back."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: dict[str, tuple[float, Action]] = {}

    @property
    def next(self) -> float | None:
        """When `due` will have something to do; None if nothing is waiting."""
        return min((time for time, _ in self._waiting.values()), default=None)

    def call_in(self, delay_s: float, name: str, action: Action) -> None:
        """Have `action` carried out, and not what was to be done under this name before."""
        self._waiting[name] = (self.now + delay_s, action)

    def cancel(self, name: str) -> None:
        """Have nothing done under this name."""
        self._waiting.pop(name, None)

    def due(self, now: float) -> list[Effect]:
        """Carry out what is due by now, in order; return what comes of it."""
        self.now = now
        due = sorted((time, name) for name, (time, _) in self._waiting.items() if time <= now)
        actions = [self._waiting.pop(name)[1] for _, name in due]
        return [effect for action in actions for effect in action()]
