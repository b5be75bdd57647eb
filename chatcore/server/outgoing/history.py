"""What delivery asks of a history, wherever that is kept. In memory is one way (`memory_history`)."""

from __future__ import annotations

from typing import Protocol

from chatcore.server.outgoing.lines import Line
from chatcore.state.history import HistoryQuery

Place = str | frozenset[str]
"""A room's name, or the identities of the two people (or one, who talks to themself) of a private conversation."""


class History(Protocol):
    """The past of one place. Delivery's thread only, which adds lines as they come in the stream."""

    def add_said(self, line: Line) -> None:
        """Keep what was said: the way of nearly every line."""

    def add_event(self, line: Line) -> None:
        """Keep a join, a topic and the like, or a TAGMSG, for event-playback."""

    def select(self, query: HistoryQuery, *, with_events: bool = False, with_tagmsgs: bool = False) -> list[Line]:
        """Return what is asked for, oldest first: what was said, or the events between too; TAGMSGs among these."""

    def latest(self) -> Line | None:
        """Return what was said last; None if nothing is kept."""

    def end(self) -> None:
        """The place is no more. One that begins later is another, whatever its name."""


class Histories(Protocol):
    """The past of all places. Delivery's thread only, but for `used_bytes`."""

    @property
    def used_bytes(self) -> int:
        """How much memory they hold. Any thread."""

    def begin(self, place: Place) -> History:
        """Return the history of a place that begins; it has ended before, if it was there before."""
