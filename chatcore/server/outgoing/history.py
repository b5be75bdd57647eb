"""What delivery asks of history, wherever that is kept. `memory_history` is one such place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from chatcore.server.outgoing.lines import Line
from chatcore.state.erasure import Erasure
from chatcore.state.history import HistoryQuery, Kinds, Past, Place
from chatcore.state.reactions import Reaction


class History(Protocol):
    """The past of one place. Delivery's thread only; lines are added in the order of the stream."""

    def add_said(self, line: Line) -> None:
        """Keep what was said. Nearly every line comes this way."""

    def add_event(self, line: Line) -> None:
        """Keep a join, a topic and the like, or a TAGMSG, for event-playback."""

    def react(self, reaction: Reaction, line: Line) -> None:
        """Keep a TAGMSG with the message that it is a reaction to, or take an earlier one away, as `reaction` says.

        Nothing is kept with a message that was not said here.
        """

    def find(self, id_: int) -> Line | None:
        """Return a message, a TAGMSG or a reaction; None if it is not kept here."""

    def redact(self, message: int, line: Line) -> None:
        """Forget a message, a TAGMSG or a reaction, kept here or not; `line` tells of it, and is kept as an event."""

    def select(self, query: HistoryQuery, kinds: Kinds = Kinds.NONE, past: Past | None = None) -> list[Line]:
        """Return what is asked for, oldest first: what was said, and what else is wanted.

        `past` is what the archive has of the answer, which is joined with what is kept here.
        """

    def latest(self) -> Line | None:
        """Return what was said last; None if nothing is kept."""

    def set_closed(self, is_closed: bool) -> None:
        """Note that from here on the room is +i, +k or +s, or no longer."""

    def rename(self, name: str, at: int) -> None:
        """Note that from a line's id on the room has this name."""

    def enter(self, account_id: str) -> None:
        """Note that a visit with this account is in the room."""

    def leave(self, account_id: str) -> None:
        """Note that it is not any more."""

    def set_names(self, names: Mapping[str, str]) -> None:
        """Note what the two of a private conversation are called, by identity. Before anything is added."""

    def end(self) -> None:
        """Take the place as gone. One that begins later is another, whatever its name."""


class Histories(Protocol):
    """The past of all places. Delivery's thread only, but for `used_bytes`."""

    @property
    def used_bytes(self) -> int:
        """Return how much memory they hold. Any thread."""

    def is_redacted(self, id_: int) -> bool:
        """Return whether a message was redacted lately: the archive may have been asked before."""

    def erase(self, erasure: Erasure, up_to: int) -> None:
        """Forget what was said up to this id, as far as it is concerned."""

    def begin(self, place: Place) -> History:
        """Return the history of a place that begins. An earlier place of this name has ended."""
