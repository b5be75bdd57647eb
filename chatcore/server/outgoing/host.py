"""What delivery needs from the tracker: connections for arriving clients, and reports of what it did."""

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
    """Is told what delivery has applied, in the order of the stream. Delivery's thread only."""

    def enter(self, event: Connected) -> Connection | None:
        """A client has come in; return its connection, or None if it is gone already."""

    def leave(self, event: Quit, nick: str) -> None:
        """A client, called `nick` by now, has left."""

    def refuse(self, note: Noted) -> None:
        """A login is refused, which may not be logged yet."""

    def lose(self, client: int, reason: str) -> None:
        """End the visit of a client for this reason, if it is still here."""

    def tell(self, text: str) -> None:
        """Tell the operator something in one line."""

    def recall(self, number: int, found: Utterance | None) -> None:
        """Somebody who waits with this number has asked for a message, which is this one."""

    def fail(self) -> None:
        """Delivery itself cannot go on."""

    def note_trackers(self, trackers: tuple[TrackerAddress, ...]) -> None:
        """These are the other trackers of the chat from now on."""

    def open_room(self, name: str) -> str:
        """A room begins that strangers may know of; return the address of its own, '' if it has none."""

    def rename_room(self, name: str, new: str) -> None:
        """A room has got another name, and keeps its address."""

    def close_room(self, name: str) -> None:
        """Close that address: the room ends, or has become secret."""
