"""Readers without sockets, for the tests of delivery."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.server.outgoing.membership import Reader
from chatcore.state.facts import Connected, Quit
from chatcore.state.history import Utterance
from chatcore.state.notes import Noted
from chatcore.transport.connection import Connection
from chatcore.transport.formats import LINES


def connected(client: int, nick: str = "", *, capabilities: int = 0) -> Connected:
    """Return the event of a client's arrival; host and port are derived from the id."""
    host = f"192.0.2.{client % 256}"
    return Connected(client, nick or f"nick{client}", "user", host, f"{host}:{1024 + client}", "Real", capabilities)


def no_connection(line_format: int = LINES) -> Connection:
    """Return a placeholder for a connection that is not used."""
    return cast("Connection", SimpleNamespace(line_format=line_format))


class FakeHost:
    """Stands in for the tracker around delivery, and records what it is told."""

    def __init__(self, connection_of: Callable[[int], Connection] = lambda client: no_connection()) -> None:
        self._connection_of = connection_of
        self.left: list[tuple[str, bool]] = []
        self.refused: list[Noted] = []
        self.lost: list[tuple[int, str]] = []
        self.told: list[str] = []
        self.renamed: list[tuple[str, str]] = []
        self.recalled: dict[int, Utterance | None] = {}
        self.has_failed = False
        self.trackers: tuple[TrackerAddress, ...] = ()

    def note_trackers(self, trackers: tuple[TrackerAddress, ...]) -> None:
        """See Host."""
        self.trackers = trackers

    def enter(self, event: Connected) -> Connection:
        return self._connection_of(event.client)

    def leave(self, event: Quit, nick: str) -> None:
        self.left.append((nick, event.is_lost))

    def refuse(self, note: Noted) -> None:
        self.refused.append(note)

    def lose(self, client: int, reason: str) -> None:
        self.lost.append((client, reason))

    def tell(self, text: str) -> None:
        self.told.append(text)

    def recall(self, number: int, found: Utterance | None) -> None:
        self.recalled[number] = found

    def fail(self) -> None:
        self.has_failed = True

    def open_room(self, name: str) -> str:
        return ""

    def rename_room(self, name: str, new: str) -> None:
        self.renamed.append((name, new))

    def close_room(self, name: str) -> None:
        """There is nothing to close."""


def reader(client: int, nick: str = "", *, capabilities: int = 0, line_format: int = LINES) -> Reader:
    """Return a reader whose connection cannot be used."""
    return Reader(connected(client, nick, capabilities=capabilities), no_connection(line_format))


def take(reader: Reader) -> bytes:
    """Return the pending output of a reader, and count it as sent."""
    data = b"".join(reader.parts)
    reader.parts.clear()
    return data
