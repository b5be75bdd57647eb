"""Delivery's own picture of who is where, changed only by the events that it delivers.

Delivery's thread owns all of this, so there are no locks. It differs from the registry on purpose: the registry has the
present state, the view the state as of the event that is being delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from chatcore.protocol.capabilities import RESUME
from chatcore.protocol.names import casefold
from chatcore.server.outgoing.dialogs import Dialog, Dialogs
from chatcore.server.outgoing.history import Histories
from chatcore.server.outgoing.membership import Reader, Room
from chatcore.server.outgoing.profiles import Profiles
from chatcore.server.outgoing.room_book import Append, RoomBook
from chatcore.state.history import RoomPlace
from chatcore.state.history_identity import is_visit, visit_identity
from chatcore.state.metadata import Metadata, with_value


class View:
    """Readers by id, and rooms by their own spelling, which all events use."""

    def __init__(
        self,
        histories: Histories,
        close_room: Callable[[str], None] = lambda name: None,
        append_record: Append = lambda record: None,
        metadata: Mapping[str, Metadata] = MappingProxyType({}),
    ) -> None:
        """`close_room` is called for each room that ends, or may no longer have an address of its own.

        `append_record` takes records for the journal. `metadata` is what accounts (ids) have from before the start.
        """
        self._close_room = close_room
        self.book = RoomBook(append_record)
        self.profiles = Profiles(append_record, metadata)
        self.readers: dict[int, Reader] = {}
        self.rooms: dict[str, Room] = {}
        self.by_nick: dict[str, Reader] = {}  # by casefolded nick
        self.present: dict[str, dict[Reader, None]] = {}  # by identity, in order of arrival
        self.watchers: dict[str, dict[Reader, None]] = {}  # who monitors a casefolded nick
        self._seats: dict[str, dict[Room, None]] = {}  # the rooms to which a visit may return, by its identity
        self.dialogs = Dialogs(histories)
        self._histories = histories
        self.is_redacted = histories.is_redacted

    def room(self, name: str) -> Room | None:
        """Return the room of this name."""
        return self.rooms.get(name)

    def begin(self, name: str, instance: int, created_at: int) -> Room:
        """Return the room of this name, if necessary a new one, which then needs a member."""
        room = self.rooms.get(name)
        if room is None:
            room = self._make(name, instance)
            self.book.begin(instance, name, created_at)
        return room

    def bring_back(self, name: str, instance: int, absent: Iterable[str] = ()) -> Room:
        """Return a room from before the tracker was started, which needs a member. `absent` may return to it."""
        room = self._make(name, instance)
        self.book.return_(instance)
        for identity in absent:
            self._keep_seat(room, identity)
        return room

    def _make(self, name: str, instance: int) -> Room:
        room = self.rooms[name] = Room(name, instance, self._histories.begin(RoomPlace(name, instance)))
        return room

    def restore_room(self, name: str, instance: int, members: Mapping[Reader, str], absent: Iterable[str]) -> Room:
        """Return a room from a snapshot, with its members and their mode letters. `absent` may return to it."""
        room = self._make(name, instance)
        for reader, letters in members.items():
            room.members[reader] = letters
            reader.rooms[room] = None
            if reader.account_id:
                room.history.enter(reader.account_id)
        for identity in absent:
            self._keep_seat(room, identity)
        return room

    def enter(self, reader: Reader, name: str, letters: str, instance: int = 0, created_at: int = 0) -> Room:
        """Make the reader a member; return the room, if necessary a new one of this instance."""
        room = self.begin(name, instance, created_at)
        if len(reader.rooms) == 1:
            for other in reader.rooms:
                other.shared += 1
        room.shared += bool(reader.rooms)
        room.members[reader] = letters
        reader.rooms[room] = None
        if reader.account_id:
            room.history.enter(reader.account_id)
        room.absent.discard(reader.account_id)
        self._clear_seat(room, reader.seat)
        self.note_letters(room, reader)
        return room

    def leave(self, reader: Reader, room: Room, *, may_return: bool = False) -> None:
        """End a membership; an empty room is forgotten with its history. `may_return`: the visit may be resumed."""
        if may_return:
            self._keep_seat(room, reader.seat)
        room.shared -= len(reader.rooms) > 1
        del room.members[reader]
        del reader.rooms[room]
        if reader.account_id:
            room.history.leave(reader.account_id)
        if len(reader.rooms) == 1:
            for other in reader.rooms:
                other.shared -= 1
        if room.members:
            self.note_letters(room, reader)
        else:
            self.end(room)

    def note_letters(self, room: Room, reader: Reader) -> None:
        """Record whether the reader is in the room, and with which mode letters, if it may come back."""
        self._note_account(room, reader.account_id)
        if reader.capabilities & RESUME and reader.seat not in room.absent:
            self.book.set_letters(room.instance, reader.seat, room.members.get(reader))

    def forget_visit(self, visit: str) -> None:
        """Forget everything kept for a visit that can no longer be resumed."""
        self.dialogs.forget_visit(visit)
        self.forget_seats(visit_identity(visit))

    def forget_seats(self, identity: str) -> None:
        """Forget the rooms to which the visit with this identity may return."""
        for room in tuple(self._seats.get(identity, ())):
            self._clear_seat(room, identity)
            self.book.set_letters(room.instance, identity, None)

    def _keep_seat(self, room: Room, identity: str) -> None:
        room.absent.add(identity)
        if is_visit(identity):
            self._seats.setdefault(identity, {})[room] = None

    def _clear_seat(self, room: Room, identity: str) -> None:
        if identity in room.absent:
            room.absent.remove(identity)
            rooms = self._seats[identity]
            del rooms[room]
            if not rooms:
                del self._seats[identity]

    def _note_account(self, room: Room, account_id: str) -> None:
        """Record whether somebody with this account ('': none) is in the room, and with which mode letters.

        Until the account has entered again, its former letters are kept.
        """
        if account_id and account_id not in room.absent:
            held = [letters for member, letters in room.members.items() if member.account_id == account_id]
            self.book.set_letters(room.instance, account_id, "".join(sorted(set("".join(held)))) if held else None)

    def end(self, room: Room) -> None:
        """End a room without members, and its history. The journal keeps one that is laid down."""
        del self.rooms[room.name]
        for identity in filter(is_visit, tuple(room.absent)):
            self._clear_seat(room, identity)
        if not room.is_laid_down:
            self.book.end(room.instance)
        room.history.end()
        self._close_room(room.name)

    def rename(self, room: Room, name: str, at: int) -> None:
        """Rename a room, from a line's id on. No other room has that name."""
        self.rooms[name] = self.rooms.pop(room.name)
        room.name = name
        self.book.rename(room.instance, name, at)
        room.history.rename(name, at)

    def dialog(self, sender: Reader, target: Reader) -> Dialog:
        """Return the conversation between two readers, a new one if necessary."""
        them = target.identity, target.account or target.nick
        return self.dialogs.between(sender.identity, sender.account or sender.nick, *them)

    def conversations(self, reader: Reader) -> list[tuple[str, Dialog]]:
        """Return the reader's conversations, each with the partner's current name (see `name_of`).

        If several partners have the same name, only the latest conversation is returned.
        """
        found: dict[str, tuple[str, Dialog]] = {}  # by casefolded name
        for identity, dialog in self.dialogs.partners(reader.identity):
            name = self.name_of(identity, dialog.nicks[identity])
            if name:
                found[casefold(name)] = name, dialog
        return list(found.values())

    def name_of(self, identity: str, name: str) -> str:
        """Return the current name of an identity that had this name.

        An absent account keeps its own name, unless somebody else uses that as a nick: then it has none ('').
        """
        here = next(iter(self.present.get(identity, ())), None)
        if here is not None:
            return here.nick
        return name if self.find_nick(name) is None else ""

    def identify(self, reader: Reader) -> None:
        """Note that the reader is here with its current identity."""
        self.present.setdefault(reader.identity, {})[reader] = None

    def unidentify(self, reader: Reader) -> None:
        """Undo `identify`, because the reader leaves or is about to change its identity."""
        readers = self.present[reader.identity]
        del readers[reader]
        if not readers:
            del self.present[reader.identity]

    def change_account(self, reader: Reader, account: str | None, account_id: str) -> None:
        """Log the reader in to this account, or out (None)."""
        self.unidentify(reader)
        for room in reader.rooms:
            if reader.account_id:
                room.history.leave(reader.account_id)
            if account_id:
                room.history.enter(account_id)
        before = reader.account_id
        reader.take_account(account, account_id)
        reader.metadata = self.profiles.of(account_id)
        self.identify(reader)
        for room in reader.rooms:
            self._note_account(room, before)
            self._note_account(room, account_id)

    def change_metadata(self, reader: Reader, key: str, value: str, id_: int) -> tuple[Reader, ...]:
        """Change the metadata of the reader and of all readers with the same identity; return them all."""
        here = tuple(self.present[reader.identity])
        metadata = with_value(reader.metadata, key, value)
        for each in here:
            each.metadata = metadata
        if reader.account_id:
            self.profiles.change(reader.account_id, key, value, id_)
        return here

    def change_room_metadata(self, room: Room, key: str, value: str) -> None:
        """Change a room's metadata."""
        room.metadata = with_value(room.metadata, key, value)
        self.book.set_metadata(room.instance, key, value)

    def find_nick(self, nick: str) -> Reader | None:
        """Return the reader with this nick, if any."""
        return self.by_nick.get(casefold(nick))

    def unwatch(self, folded: str, reader: Reader) -> None:
        """Forget that the reader monitors this casefolded nick."""
        watchers = self.watchers.get(folded, {})
        watchers.pop(reader, None)
        if not watchers:
            self.watchers.pop(folded, None)

    @staticmethod
    def neighbours(reader: Reader) -> Iterable[Reader]:
        """Return all readers who share a room with this one, each once, without the reader itself."""
        found = {member: None for room in reader.rooms for member in room.members}
        found.pop(reader, None)
        return found
