"""The rooms we are in, and their members. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chatcore.protocol import modes
from chatcore.protocol.names import casefold
from chatcore.terminal.session.twins import Twins

MOST_ROOMS = 250
MOST_MEMBERS = 100_000
"""The limit for all rooms together, so that no tracker can fill our memory."""
MOST_NICK_CHARS = 64


class Members:
    """Who is in a room, with their membership modes. Names are compared casefolded."""

    def __init__(self) -> None:
        self._nicks: dict[str, str] = {}
        self._modes: dict[str, set[str]] = {}  # only of members who have any

    def __contains__(self, nick: str) -> bool:
        return casefold(nick) in self._nicks

    def __len__(self) -> int:
        return len(self._nicks)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the nicks in alphabetical order."""
        return iter(self._nicks[key] for key in sorted(self._nicks))

    def add(self, nick: str, letters: Iterable[str] = ()) -> None:
        key = casefold(nick)
        self._nicks[key] = key if key == nick else nick  # one string instead of two equal ones
        self._modes.pop(key, None)
        for letter in letters:
            self.set_mode(nick, letter, True)

    def discard(self, nick: str) -> None:
        self._nicks.pop(casefold(nick), None)
        self._modes.pop(casefold(nick), None)

    def rename(self, old: str, new: str) -> None:
        letters = self._modes.get(casefold(old), ())
        self.discard(old)
        if len(new) <= MOST_NICK_CHARS:
            self.add(new, letters)

    def set_mode(self, nick: str, letter: str, adding: bool) -> None:
        key = casefold(nick)
        if not adding:
            self._modes.get(key, set()).discard(letter)
        elif key in self._nicks and letter in modes.PREFIXES:
            self._modes.setdefault(key, set()).add(letter)

    def shown(self, nick: str) -> str:
        """Return the nick with its highest prefix."""
        return modes.prefixes(self._modes.get(casefold(nick), ()))[:1] + nick


class Room:
    """A room we are in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.members = Members()
        self.twins = Twins()
        self.left_out = 0
        """How many members could not be remembered."""
        self.is_returned_to = False
        """Whether we were in it before the connection was lost: then its topic and members are not news."""
        self.is_past_known = False
        """Whether the history from before we came was asked for."""
        self.has_history = False
        """Whether some history from before we came was shown."""
        self.is_listed = False
        """Whether the list of members that follows our own join is complete."""


class Rooms:
    """All rooms we are in."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def __iter__(self) -> Iterator[Room]:
        return iter(self._rooms.values())

    def __len__(self) -> int:
        return len(self._rooms)

    def get(self, name: str) -> Room | None:
        return self._rooms.get(casefold(name))

    def with_member(self, nick: str) -> list[Room]:
        return [room for room in self if nick in room.members]

    def enter(self, name: str) -> Room:
        """Add a room."""
        room = self._rooms[casefold(name)] = Room(name)
        return room

    @property
    def are_full(self) -> bool:
        """Whether another room would be too many."""
        return len(self._rooms) >= MOST_ROOMS

    def add_member(self, room: Room, nick: str, letters: Iterable[str] = ()) -> bool:
        """Add somebody to a room; if there is no space, only count them and return False."""
        has_space = len(nick) <= MOST_NICK_CHARS and sum(len(each.members) for each in self) < MOST_MEMBERS
        if not has_space and nick not in room.members:
            room.left_out += 1
            return False
        room.members.add(nick, letters)
        return True

    def rename(self, room: Room, name: str) -> None:
        """Rename a room."""
        room.name = name
        self._rooms = {casefold(each.name): each for each in self}

    def leave(self, name: str) -> None:
        """Remove a room."""
        self._rooms.pop(casefold(name), None)
