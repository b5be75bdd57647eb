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
        """Keep a message. Nearly every line comes this way."""

    def add_event(self, line: Line) -> None:
        """Keep a join, a topic and the like, or a TAGMSG, for event-playback."""

    def react(self, reaction: Reaction, line: Line) -> None:
        """Keep a TAGMSG with the message that it is a reaction to, or take an earlier one away, as `reaction` says.

        Nothing is kept with a message that was not said here.
        """

    def find(self, id_: int) -> Line | None:
        """Return a message, a TAGMSG or a reaction; None if it is not kept here."""

    def redact(self, message: int, line: Line) -> None:
        """Forget a message, a TAGMSG or a reaction, kept here or not; `line` announces that and is kept as an event."""

    def select(self, query: HistoryQuery, kinds: Kinds = Kinds.NONE, past: Past | None = None) -> list[Line]:
        """Return the lines that a question asks for, oldest first: messages and any other events wanted.

        `past` is what the archive has of the answer, which is joined with what is kept here.
        """

    def latest(self) -> Line | None:
        """Return the last message; None if none is kept."""

    def set_closed(self, is_closed: bool) -> None:
        """Note that from here on the room has +i, +k or +s, or has none of them."""

    def rename(self, name: str, at: int) -> None:
        """Note that the room has this name from a line's id on."""

    def enter(self, account_id: str) -> None:
        """Note that a visit of this account has entered the room."""

    def leave(self, account_id: str) -> None:
        """Note that it has left."""

    def set_names(self, names: Mapping[str, str]) -> None:
        """Note the names of the two people in a private conversation, by identity. Before any line is added."""

    def end(self) -> None:
        """End the history of the place. A later place is a new one, whatever its name."""


class Histories(Protocol):
    """The past of all places. Delivery's thread only, but for `used_bytes`."""

    @property
    def used_bytes(self) -> int:
        """Return how much memory the histories use. Any thread."""

    def is_redacted(self, id_: int) -> bool:
        """Return whether a message was redacted lately: the archive may have been asked before that."""

    def erase(self, erasure: Erasure, up_to: int) -> None:
        """Forget what an erasure covers, up to this id."""

    def begin(self, place: Place) -> History:
        """Return the history of a new place. An earlier place of this name has ended."""
