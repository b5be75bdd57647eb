"""What delivery needs from history, wherever it is kept. `memory_history` is one implementation."""

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
        """Keep a message, as nearly every line is."""

    def add_event(self, line: Line) -> None:
        """Keep a join, a topic and the like, or a TAGMSG, for event-playback."""

    def react(self, reaction: Reaction, line: Line) -> None:
        """Keep a reaction (a TAGMSG) with its message, or remove an earlier one, as `reaction` says.

        A reaction to a message that was not sent here is not kept.
        """

    def find(self, id_: int) -> Line | None:
        """Return a message, a TAGMSG or a reaction; None if it is not kept here."""

    def redact(self, message: int, line: Line) -> None:
        """Forget a message, a TAGMSG or a reaction, kept here or not; `line` announces that and is kept as an event."""

    def select(self, query: HistoryQuery, kinds: Kinds = Kinds.NONE, past: Past | None = None) -> list[Line]:
        """Return the lines that a query asks for, oldest first: messages and any other wanted events.

        `past` is the archive's part of the answer, to be merged with the lines kept here.
        """

    def latest(self) -> Line | None:
        """Return the last message; None if none is kept."""

    def set_closed(self, is_closed: bool) -> None:
        """Note that the room now has +i, +k or +s, or none of them."""

    def rename(self, name: str, at: int) -> None:
        """Note that the room has this name from a line's id on."""

    def enter(self, account_id: str) -> None:
        """Note that a visit of this account has entered the room."""

    def leave(self, account_id: str) -> None:
        """Note that a visit of this account has left the room."""

    def set_names(self, names: Mapping[str, str]) -> None:
        """Note the names of the two people in a private conversation, by identity. Before any line is added."""

    def end(self) -> None:
        """End the history of the place. A later place is a new one, even under the same name."""


class Histories(Protocol):
    """The past of all places. Delivery's thread only, except for `used_bytes`."""

    @property
    def used_bytes(self) -> int:
        """Return how much memory the histories use. Any thread."""

    def is_redacted(self, id_: int) -> bool:
        """Return whether a message was redacted lately: the archive may have been read before that."""

    def erase(self, erasure: Erasure, up_to: int) -> None:
        """Forget the lines that an erasure covers, up to this id."""

    def begin(self, place: Place) -> History:
        """Return the history of a new place. An earlier place of this name has ended."""
