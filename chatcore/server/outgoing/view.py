"""Delivery's own picture of who is where, changed only by the events as they pass.

One thread owns all of this, so there are no locks. It differs from the registry on purpose: the registry says how
things are now, the view how they were at the event that is being delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from chatcore.protocol.capabilities import ECHO_MESSAGE, TAG_MASK
from chatcore.protocol.modes import SECRET
from chatcore.protocol.names import casefold, printable_host
from chatcore.server.outgoing.dialogs import Dialog, Dialogs
from chatcore.server.outgoing.history import Histories, History, RoomPlace
from chatcore.server.outgoing.lines import Line
from chatcore.state.channel import Topic
from chatcore.state.facts import Connected
from chatcore.state.history import account_identity, visit_identity
from chatcore.transport.connection import Connection


class Reader:
    """A registered client as delivery sees it: how it is written to, and what waits to be sent."""

    __slots__ = (
        "account",
        "account_id",
        "away",
        "capabilities",
        "connection",
        "has_echo",
        "host",
        "id",
        "is_closing",
        "is_lost",
        "modes",
        "nick",
        "parts",
        "realname",
        "rooms",
        "source",
        "tag_bits",
        "user",
        "watched",
    )

    def __init__(self, connected: Connected, connection: Connection) -> None:
        self.id = connected.client
        self.connection = connection
        self.nick = connected.nick
        self.user = connected.user
        self.host = connected.host
        self.realname = connected.realname
        self.account = connected.account
        self.account_id = connected.account_id
        self.away: str | None = None
        self.modes: frozenset[str] = frozenset()
        self.rooms: dict[Room, None] = {}
        self.watched: dict[str, str] = {}  # monitored nicks as given, by casefolded nick
        self.parts: list[bytes] = []
        self.is_closing = False  # has quit: only the goodbye is still sent
        self.is_lost = False
        self.rename(connected.nick)
        self.negotiate(connected.capabilities)

    def rename(self, nick: str) -> None:
        """Take another nick."""
        self.nick = nick
        self.source = f"{nick}!{self.user}@{printable_host(self.host)}"

    @property
    def identity(self) -> str:
        """Return who this is to history: the account, or else this visit."""
        return account_identity(self.account_id) if self.account_id else visit_identity(self.id)

    def negotiate(self, capabilities: int) -> None:
        """Take another set of capabilities."""
        self.capabilities = capabilities
        self.tag_bits = capabilities & TAG_MASK | self.connection.line_format
        self.has_echo = bool(capabilities & ECHO_MESSAGE)


class Room:
    """A channel as delivery sees it. `pending` are lines not yet handed to the members (see fanout)."""

    __slots__ = (
        "address",
        "history",
        "instance",
        "is_broken",
        "locks",
        "members",
        "name",
        "pending",
        "shared",
        "topic",
    )

    def __init__(self, name: str, instance: int, history: History) -> None:
        self.name = name
        self.instance = instance
        self.members: dict[Reader, str] = {}  # with mode letters
        self.topic: Topic | None = None
        self.history = history
        self.locks: frozenset[str] = frozenset()  # those of its modes that close it to others than members
        self.is_broken = False  # its topic or modes may be others than the registry's (repair): nobody can stay
        self.address = ""  # of its own, if it has one (room_ports)
        self.pending: list[tuple[Reader | None, Line]] = []
        self.shared = 0  # how many members are also in other rooms

    def lock(self, letter: str, *, is_locked: bool) -> None:
        """Set or unset one of the modes that close the room."""
        self.locks = self.locks | {letter} if is_locked else self.locks - {letter}
        self.history.set_closed(self.is_closed)

    @property
    def is_closed(self) -> bool:
        """Return whether what is said here is for its members alone."""
        return bool(self.locks)

    @property
    def is_secret(self) -> bool:
        """Return whether only members may know of it."""
        return SECRET.letter in self.locks


class View:
    """Readers by id, and rooms by the spelling of their name that all events share."""

    def __init__(self, histories: Histories, close_room: Callable[[str], None] = lambda name: None) -> None:
        """`close_room` is called for each room that ends, or may no longer have an address of its own."""
        self._close_room = close_room
        self.readers: dict[int, Reader] = {}
        self.rooms: dict[str, Room] = {}
        self.by_nick: dict[str, Reader] = {}  # by casefolded nick
        self._present: dict[str, dict[Reader, None]] = {}  # by identity, in order of arrival
        self.watchers: dict[str, dict[Reader, None]] = {}  # who monitors a casefolded nick
        self.dialogs = Dialogs(histories)
        self._histories = histories

    def room(self, name: str) -> Room | None:
        """Return the room of this name."""
        return self.rooms.get(name)

    def begin(self, name: str, instance: int) -> Room:
        """Return the room of this name, a new one if need be, which has yet to get a member."""
        room = self.rooms.get(name)
        if room is None:
            room = self.rooms[name] = Room(name, instance, self._histories.begin(RoomPlace(name, instance)))
        return room

    def enter(self, reader: Reader, name: str, letters: str, instance: int = 0) -> Room:
        """Make the reader a member; return the room, a new one of this instance if need be."""
        room = self.begin(name, instance)
        if len(reader.rooms) == 1:
            for other in reader.rooms:
                other.shared += 1
        room.shared += bool(reader.rooms)
        room.members[reader] = letters
        reader.rooms[room] = None
        if reader.account_id:
            room.history.enter(reader.account_id)
        return room

    def leave(self, reader: Reader, room: Room) -> None:
        """End a membership; an empty room is forgotten with its history."""
        room.shared -= len(reader.rooms) > 1
        del room.members[reader]
        del reader.rooms[room]
        if reader.account_id:
            room.history.leave(reader.account_id)
        if len(reader.rooms) == 1:
            for other in reader.rooms:
                other.shared -= 1
        if not room.members:
            self._end(room)

    def rooms_of(self, reader: Reader) -> dict[str, str]:
        """Return the names of all rooms where anything says that the reader is, with its mode letters. Looks at all."""
        return {
            room.name: room.members.get(reader, "")
            for room in self.rooms.values()
            if reader in room.members or room in reader.rooms
        }

    def restore(self, reader: Reader, rooms: Mapping[str, str], *, is_leaving: bool) -> None:
        """Have the reader in exactly these rooms, which are there, with these mode letters, whatever half a change has
        left behind.

        It is found by nick, identity and what it monitors, unless it is leaving. Looks at everything.
        """
        self.by_nick = {nick: found for nick, found in self.by_nick.items() if found is not reader}
        for index in (self._present, self.watchers):
            for key in [key for key, readers in index.items() if reader in readers]:
                del index[key][reader]
                if not index[key]:
                    del index[key]
        for room in self.rooms.values():
            if room.members.pop(reader, None) is not None and reader.account_id:
                room.history.leave(reader.account_id)
        reader.rooms.clear()
        if not is_leaving:
            self.by_nick[casefold(reader.nick)] = reader
            self.identify(reader)
            for folded in reader.watched:
                self.watchers.setdefault(folded, {})[reader] = None
        for name, letters in rooms.items():
            room = self.rooms[name]
            room.members[reader] = letters
            reader.rooms[room] = None
            if reader.account_id:
                room.history.enter(reader.account_id)
        for room in tuple(self.rooms.values()):
            room.shared = sum(len(member.rooms) > 1 for member in room.members)
            if not room.members:
                self._end(room)

    def _end(self, room: Room) -> None:
        del self.rooms[room.name]
        room.history.end()
        self._close_room(room.name)

    def dialog(self, sender: Reader, target: Reader) -> Dialog:
        """Return the conversation of two readers, a new one if need be."""
        found = self.dialogs.begin(sender.identity, target.identity)
        for reader in (sender, target):
            found.nicks[reader.identity] = reader.account or reader.nick
        found.history.set_names(found.nicks)
        return found

    def conversations(self, reader: Reader) -> list[tuple[str, Dialog]]:
        """Return the reader's conversations, each with the current name of the other side (see `name_of`).

        Of several by the same name it is the one that the reader had last.
        """
        found: dict[str, tuple[str, Dialog]] = {}  # by casefolded name
        for identity, dialog in self.dialogs.partners(reader.identity):
            name = self.name_of(identity, dialog.nicks[identity])
            if name:
                found[casefold(name)] = name, dialog
        return list(found.values())

    def name_of(self, identity: str, name: str) -> str:
        """Return what somebody is called by now who had this name.

        An account that is away goes by its own name, unless somebody else uses that as a nick: then by none ('').
        """
        here = next(iter(self._present.get(identity, ())), None)
        if here is not None:
            return here.nick
        return name if self.find_nick(name) is None else ""

    def identify(self, reader: Reader) -> None:
        """Note that somebody with the reader's identity is here."""
        self._present.setdefault(reader.identity, {})[reader] = None

    def unidentify(self, reader: Reader) -> None:
        """Forget that the reader is here with its current identity: it leaves, or is about to change it."""
        readers = self._present[reader.identity]
        del readers[reader]
        if not readers:
            del self._present[reader.identity]

    def change_account(self, reader: Reader, account: str | None, account_id: str) -> None:
        """Have the reader logged in to this account, or to none."""
        self.unidentify(reader)
        for room in reader.rooms:
            if reader.account_id:
                room.history.leave(reader.account_id)
            if account_id:
                room.history.enter(account_id)
        reader.account, reader.account_id = account, account_id
        self.identify(reader)

    def find_nick(self, nick: str) -> Reader | None:
        """Return who has this nick."""
        return self.by_nick.get(casefold(nick))

    def unwatch(self, folded: str, reader: Reader) -> None:
        """Forget that the reader monitors a casefolded nick."""
        watchers = self.watchers.get(folded, {})
        watchers.pop(reader, None)
        if not watchers:
            self.watchers.pop(folded, None)

    @staticmethod
    def neighbours(reader: Reader) -> Iterable[Reader]:
        """Return everybody who shares a room with the reader, once each, without the reader."""
        found = {member: None for room in reader.rooms for member in room.members}
        found.pop(reader, None)
        return found
