"""The state of a chat after some lines of its log, and what people must be sent because of them. Pure.

The readers of lines (`people_lines`, `room_lines`, `said_lines`) change it by the rules of the protocol,
implemented independently.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.faults.cluster.transcript import SUBSCRIBED


class Contradiction(Exception):
    """The log says something that contradicts an earlier line."""


class Fenced(Contradiction):
    """The log says that a person acts who was lost before and has not returned."""


class Seen(NamedTuple):
    """A line that a person is sent: its time, command, sender ('' for a tracker) and parameters."""

    time: str
    command: str
    nick: str
    params: tuple[str, ...]


class Expected(NamedTuple):
    """A line to be sent because of the log line of this number (from 0), to clients with the capability.

    Or to clients without it, if it begins with a dash.
    """

    number: int
    seen: Seen
    capability: str = ""


class Said(NamedTuple):
    """A message of a room's history, with the number of its line and the room's name at that time."""

    time: str
    nick: str
    text: str
    number: int
    room: str


class Sight(NamedTuple):
    """A nick's arrival or departure, for those who monitor it, with its line and time."""

    number: int
    time: str
    is_here: bool


@dataclass(eq=False)
class Person:
    """One visit in the log. `ended_at` is the number of the line that ends it."""

    nick: str
    address: str
    key: tuple[str, str]
    """Its first nick and its address."""
    account: str = ""
    rooms: set[str] = field(default_factory=set)
    away: str | None = None
    expected: list[Expected] = field(default_factory=list)
    ended_at: int | None = None
    is_lost: bool = False
    """Whether its connection broke, so that it may be resumed."""
    is_killed: bool = False
    """Whether an IRC operator has ended it."""
    says: dict[str, str] = field(default_factory=dict)
    """Of itself, by key (METADATA)."""


Reader = Callable[["World", tuple[str, ...], str], None]


class World:
    """The whole chat. A lone tracker starts empty; one of several finds the others' people."""

    def __init__(self, *, is_alone: bool = False) -> None:
        self.is_alone = is_alone
        self.people: dict[tuple[str, str], Person] = {}
        """All visits, by first nick and address."""
        self.present: dict[str, Person] = {}
        """The people who are here, by nick."""
        self.lost: dict[str, list[Person]] = {}
        """Visits that may be resumed, by last nick."""
        self.topics: dict[str, str] = {}
        """The topics of rooms that have one."""
        self.said: dict[str, list[Said]] = {}
        """The messages under each name of a room. No room is ever closed, so the next of the same name has them too."""
        self.former: dict[str, dict[str, int]] = {}
        """The former names of each room, and the number of the last line under each."""
        self.taken_back: Counter[tuple[str, str, str]] = Counter()
        """The number of redacted messages by room name, author and time. Several may share a time."""
        self.sights: dict[str, list[Sight]] = {}
        """The arrivals and departures of each nick, in order."""
        self.empty: set[str] = set()
        self.waiting: dict[str, list[Expected]] = {}
        """Messages that wait for absent people, by account."""
        self.of_account: dict[str, list[Person]] = {}
        """The people logged in to each account, in the order of their logins."""
        self.profiles: dict[str, dict[str, str]] = {}
        """The metadata of accounts."""
        self.number = 0
        self.time = ""

    def members(self, room: str) -> set[str]:
        """Return the nicks of a room's members."""
        return {person.nick for person in self.inside(room)}

    def history(self, room: str) -> list[Said]:
        """Return a room's history, including that under its former names."""
        found = [*self.said.get(room, [])]
        for name, last in self.former.get(room, {}).items():
            if name != room:
                found += [said for said in self.said.get(name, []) if said.number <= last]
        return sorted(found, key=lambda said: said.number)

    def names_of(self, room: str) -> list[str]:
        """Return a room's present and former names."""
        return [room, *self.former.get(room, {})]

    def person(self, nick: str) -> Person:
        """Return the person who acts under a nick. Raises Contradiction if nobody has it."""
        found = self.present.get(nick)
        if found is None:
            lost = self.lost.get(nick)
            raise (Fenced(f"{nick} does something after being lost") if lost else Contradiction(f"{nick} is not here"))
        return found

    def inside(self, room: str) -> list[Person]:
        """Return the members of a room."""
        return [person for person in self.present.values() if room in person.rooms]

    def neighbours(self, person: Person) -> list[Person]:
        """Return the people who share a room with a person."""
        return [other for other in self.present.values() if other is not person and other.rooms & person.rooms]

    def seen(self, command: str, nick: str, *params: str) -> Seen:
        """Return a line sent now."""
        return Seen(self.time, command, "" if nick == "*" else nick, params)

    def tell(self, people: Iterable[Person], seen: Seen, capability: str = "") -> None:
        """Expect a line for people."""
        for person in people:
            person.expected.append(Expected(self.number, seen, capability))

    def tell_room(self, room: str, seen: Seen, nick: str) -> None:
        """Expect a line for a room's members and for the person who caused it, who may be outside."""
        inside = self.inside(room)
        doer = self.present.get(nick)
        self.tell(inside if doer is None or doer in inside else [*inside, doer], seen)

    def tell_value(self, people: Iterable[Person], doer: Person | None, target: str, key: str, value: str) -> None:
        """Expect a target's new metadata value for people, except for the person who set it."""
        if key != SUBSCRIBED:
            return
        numeric, words = ("761", ("*", value)) if value else ("766", ("Key not set",))
        others = [person for person in people if person is not doer]
        self.tell(others, self.seen(numeric, "", target, key, *words), "draft/metadata-3")

    def enter(self, person: Person) -> None:
        """Add a person under a nick that nobody has."""
        if person.nick in self.present:
            raise Contradiction(f"a second {person.nick} is here at {self.time}")
        self.present[person.nick] = person
        self.sights.setdefault(person.nick, []).append(Sight(self.number, self.time, True))

    def vanish(self, nick: str) -> Person:
        """Free a nick, and return its holder."""
        person = self.person(nick)
        del self.present[nick]
        self.sights[nick].append(Sight(self.number, self.time, False))
        return person

    def leave(self, person: Person, room: str) -> None:
        """Remove a person from a room."""
        person.rooms.remove(room)
        if not self.inside(room):
            self.empty.add(room)

    def forget(self, room: str) -> None:
        """Forget everything about a room but its messages."""
        self.empty.discard(room)
        self.topics.pop(room, None)
        self.former.pop(room, None)

    def log_in(self, person: Person, account: str) -> None:
        """Log a person in to an account, or out."""
        if person.account:
            self.of_account[person.account].remove(person)
        person.account = account
        person.says = self.profiles.get(account, {}) if account else {}
        if account:
            self.of_account.setdefault(account, []).append(person)
