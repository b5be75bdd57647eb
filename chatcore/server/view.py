"""Delivery's own picture of who is where, changed only by the events as they come by.

One thread owns all of this, so there is not one lock here. It differs from the registry on purpose: the registry says
how things are now, the view how they were at the event that is being delivered.
"""

from __future__ import annotations

from collections.abc import Iterable

from chatcore.protocol.capabilities import ECHO_MESSAGE, TAG_MASK
from chatcore.protocol.names import printable_host
from chatcore.server.lines import Line
from chatcore.state.events import Connected
from chatcore.state.history import History
from chatcore.transport.tcp import TcpConnection


class Reader:
    """A registered client as delivery sees it: how it is written to, and what waits to be sent."""

    __slots__ = (
        "address",
        "capabilities",
        "connection",
        "has_echo",
        "host",
        "id",
        "is_closing",
        "is_lost",
        "nick",
        "parts",
        "realname",
        "rooms",
        "source",
        "tag_bits",
        "user",
    )

    def __init__(self, connected: Connected, connection: TcpConnection) -> None:
        self.id = connected.client
        self.connection = connection
        self.nick = connected.nick
        self.user = connected.user
        self.host = connected.host
        self.address = connected.address
        self.realname = connected.realname
        self.rooms: dict[Room, None] = {}
        self.parts: list[bytes] = []
        self.is_closing = False  # has quit: nothing but the goodbye is sent any more
        self.is_lost = False
        self.rename(connected.nick)
        self.negotiate(connected.capabilities)

    def rename(self, nick: str) -> None:
        """Take another nick."""
        self.nick = nick
        self.source = f"{nick}!{self.user}@{printable_host(self.host)}"

    def negotiate(self, capabilities: int) -> None:
        """Take another set of capabilities."""
        self.capabilities = capabilities
        self.tag_bits = capabilities & TAG_MASK
        self.has_echo = bool(capabilities & ECHO_MESSAGE)


class Room:
    """A channel as delivery sees it. `pending` are lines not yet handed to the members (see fanout)."""

    __slots__ = ("history", "members", "name", "pending", "shared", "topic")

    def __init__(self, name: str, history_limit: int) -> None:
        self.name = name
        self.members: dict[Reader, str] = {}  # with mode letters
        self.topic: tuple[str, str, int] | None = None
        self.history: History[Line] = History(history_limit)
        self.pending: list[tuple[Reader | None, Line]] = []
        self.shared = 0  # how many members are in other rooms too


class View:
    """Readers by id, and rooms by the one spelling of their name that all events have."""

    def __init__(self, history_limit: int) -> None:
        self.readers: dict[int, Reader] = {}
        self.rooms: dict[str, Room] = {}
        self._history_limit = history_limit

    def room(self, name: str) -> Room | None:
        """Return the room of this name."""
        return self.rooms.get(name)

    def enter(self, reader: Reader, name: str, letters: str) -> Room:
        """Make the reader a member; return the room, which may be new."""
        room = self.room(name)
        if room is None:
            room = self.rooms[name] = Room(name, self._history_limit)
        if len(reader.rooms) == 1:
            for other in reader.rooms:
                other.shared += 1
        room.shared += bool(reader.rooms)
        room.members[reader] = letters
        reader.rooms[room] = None
        return room

    def leave(self, reader: Reader, room: Room) -> None:
        """End a membership; an empty room is forgotten with its history."""
        room.shared -= len(reader.rooms) > 1
        del room.members[reader]
        del reader.rooms[room]
        if len(reader.rooms) == 1:
            for other in reader.rooms:
                other.shared -= 1
        if not room.members:
            del self.rooms[room.name]

    @staticmethod
    def neighbours(reader: Reader) -> Iterable[Reader]:
        """Return everybody who shares a room with the reader, each once, without the reader."""
        found = {member: None for room in reader.rooms for member in room.members}
        found.pop(reader, None)
        return found
