"""What delivery needs of the tracker around it: connections for those who arrive, and somebody to tell who has left."""

from __future__ import annotations

from typing import Protocol

from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.state.facts import Connected, Quit
from chatcore.state.history import Utterance
from chatcore.state.notes import Noted
from chatcore.transport.connection import Connection

FAULT = "Internal error"
"""Why visits end that a fault of the program's concerns."""


class Host(Protocol):
    """Told of what delivery has applied, in the order of the stream. Delivery's thread only."""

    def enter(self, event: Connected) -> Connection | None:
        """A client has come in; return its connection, None when that is gone already."""

    def leave(self, event: Quit, nick: str) -> None:
        """A client, called `nick` by now, has left."""

    def refuse(self, note: Noted) -> None:
        """A login is refused, which may not be logged yet."""

    def lose(self, client: int, reason: str) -> None:
        """A client, if it is still here, is given up for this reason: its visit has to end."""

    def tell(self, text: str) -> None:
        """The operator should know something, in one line."""

    def recall(self, number: int, found: Utterance | None) -> None:
        """Somebody who waits with this number has asked for a message, which is this one."""

    def fail(self) -> None:
        """Delivery itself cannot go on."""

    def note_trackers(self, trackers: tuple[TrackerAddress, ...]) -> None:
        """The other trackers of this chat are these from now on."""

    def open_room(self, name: str) -> str:
        """A room begins that strangers may know of; return the address of its own, '' if it has none."""

    def rename_room(self, name: str, new: str) -> None:
        """A room has got another name, and keeps its address."""

    def close_room(self, name: str) -> None:
        """That is over: the room ends, or strangers must not know of it any more."""
