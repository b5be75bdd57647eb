"""How long the way to the tracker and back takes, for `/ping`."""

from __future__ import annotations

from time import monotonic

from chatcore.terminal.session.effects import Answer


class Stopwatch:
    """For any thread, under the lock of `link`."""

    def __init__(self) -> None:
        self._begun_at = monotonic()

    def begin(self) -> None:
        self._begun_at = monotonic()

    def end(self) -> Answer:
        """Return what is told of the time since it began."""
        return Answer(f"to the tracker and back: {told(monotonic() - self._begun_at)}")


def told(seconds: float) -> str:
    """Return a time as people read it, in milliseconds or seconds."""
    milliseconds = seconds * 1000
    if milliseconds >= 1000:
        return f"{seconds:.1f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"
