"""What delivery asks of history, wherever that is kept. `memory_history` is one such place."""

from __future__ import annotations

from typing import Protocol

from chatcore.server.outgoing.lines import Line
from chatcore.state.history import HistoryQuery

Place = str | frozenset[str]
"""A room's name, or the identities of a private conversation."""


class History(Protocol):
    """The past of one place. Delivery's thread only; lines are added in the order of the stream."""

    def add_said(self, line: Line) -> None:
        """Keep what was said. Nearly every line comes this way."""

    def add_event(self, line: Line) -> None:
        """Keep a join, a topic and the like, or a TAGMSG, for event-playback."""

    def select(self, query: HistoryQuery, *, with_events: bool = False, with_tagmsgs: bool = False) -> list[Line]:
        """Return what is asked for, oldest first: what was said, and on request the events, with or without TAGMSGs."""

    def latest(self) -> Line | None:
        """Return what was said last; None if nothing is kept."""

    def end(self) -> None:
        """Take the place as gone. One that begins later is another, whatever its name."""


class Histories(Protocol):
    """The past of all places. Delivery's thread only, but for `used_bytes`."""

    @property
    def used_bytes(self) -> int:
        """Return how much memory they hold. Any thread."""

    def begin(self, place: Place) -> History:
        """Return the history of a place that begins. An earlier place of this name has ended."""
