"""The round-trip time to the tracker, for `/ping`."""

from __future__ import annotations

from time import monotonic

from chatcore.terminal.session.effects import Answer


class Stopwatch:
    """Measures one round trip at a time. Any thread, under the lock of `link`."""

    def __init__(self) -> None:
        self._begun_at = monotonic()

    def begin(self) -> None:
        self._begun_at = monotonic()

    def end(self) -> Answer:
        """Return what to show about the time since `begin`."""
        return Answer(f"round trip to the tracker: {told(monotonic() - self._begun_at)}")


def told(seconds: float) -> str:
    """Format a time for people, in milliseconds or seconds."""
    milliseconds = seconds * 1000
    if milliseconds >= 1000:
        return f"{seconds:.1f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"
