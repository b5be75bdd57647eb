"""The tracker as delivery sees it: gives connections of arriving clients, and is told what delivery did."""

from __future__ import annotations

from typing import Protocol

from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.state.facts import Connected, Quit
from chatcore.state.history import Utterance
from chatcore.state.notes import Noted
from chatcore.transport.connection import Connection

FAULT = "Internal error"
"""The reason why visits end after a fault in the program."""


class Host(Protocol):
    """Is told what delivery has applied, in the order of the stream. Delivery's thread only."""

    def enter(self, event: Connected) -> Connection | None:
        """A client has come in; return its connection, or None if it has already left."""

    def leave(self, event: Quit, nick: str) -> None:
        """A client, last called `nick`, has left."""

    def refuse(self, note: Noted) -> None:
        """A login was refused. It may not be logged yet."""

    def lose(self, client: int, reason: str) -> None:
        """End the visit of a client for this reason, if it is still here."""

    def tell(self, text: str) -> None:
        """Tell the operator something in one line."""

    def recall(self, number: int, found: Utterance | None) -> None:
        """The thread that waits under this number has asked for a message: this one, or None."""

    def fail(self) -> None:
        """Delivery itself cannot go on."""

    def note_trackers(self, trackers: tuple[TrackerAddress, ...]) -> None:
        """From now on, these are the chat's other trackers."""

    def open_room(self, name: str) -> str:
        """A room begins that is not secret; return its own address, '' if it has none."""

    def rename_room(self, name: str, new: str) -> None:
        """A room was renamed, and keeps its address."""

    def close_room(self, name: str) -> None:
        """Close the room's address: the room ends, or has become secret."""
