"""Collects what a handler publishes in delivery's thread, in place of the stream: the record is already in that."""

from __future__ import annotations

from typing import Protocol

from chatcore.state.credit import Credit
from chatcore.state.events import Event
from chatcore.state.stream import Entry, Label


class HasPosition(Protocol):
    """Knows the position of the record being carried out."""

    position: int


class Collector:
    """The part of state.stream.Stream that handlers use. Delivery's thread."""

    def __init__(self, sequence: str, where: HasPosition) -> None:
        self.sequence = sequence
        self._where = where
        self._events: tuple[Event, ...] | None = None

    @property
    def position(self) -> int:
        """Return the position before that of what is published now, as a handler alone finds it."""
        return self._where.position - 1

    def append(self, events: tuple[Event, ...], credit: Credit | None = None, label: Label | None = None) -> None:
        """Keep what was published: credit and label are known from the record."""
        self._events = events if self._events is None else self._events + events

    def collected(self) -> tuple[Event, ...] | None:
        """Return what was published since the last call; None if nothing was."""
        events, self._events = self._events, None
        return events

    def take(self, limit: int) -> list[Entry]:
        """Nothing is taken from here."""
        raise NotImplementedError

    def present(self) -> float:
        """Nothing is asked here."""
        raise NotImplementedError

    def wake(self) -> None:
        """Nothing waits here."""

    def close(self, last: Event) -> None:
        """Nothing ends here."""
