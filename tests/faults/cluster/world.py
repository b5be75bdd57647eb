"""What a chat is like after some lines of its log, and what people are to be sent because of them. Pure.

The readers of lines (`people_lines`, `room_lines`, `said_lines`) change it, by the rules of the protocol, written
again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.faults.cluster.transcript import SUBSCRIBED


class Contradiction(Exception):
    """The log says something that cannot be after what it said before."""


class Fenced(Contradiction):
    """The log says that somebody does something who was lost before that, and has not come back."""


class Seen(NamedTuple):
    """A line that somebody is sent: at what time, what, by whom ('' is a tracker), with which parameters."""

    time: str
    command: str
    nick: str
    params: tuple[str, ...]


class Expected(NamedTuple):
    """What is to be sent because of the line of the log with this number (from 0), to those who have the capability.

    Or who lack it, if it begins with a dash.
    """

    number: int
    seen: Seen
    capability: str = ""


class Said(NamedTuple):
    """A message of a room's history: the number of its line, and what the room was called then."""

    time: str
    nick: str
    text: str
    number: int
    room: str


class Sight(NamedTuple):
    """That a nick begins to be here, or ends, for those who monitor it: by which line, and when."""

    number: int
    time: str
    is_here: bool


@dataclass(eq=False)
class Person:
    """One visit that the log tells of. `ended_at` is the number of the line that says so."""

    nick: str
    address: str
    key: tuple[str, str]
    """The nick that it came in with, and its address."""
    account: str = ""
    rooms: set[str] = field(default_factory=set)
    away: str | None = None
    expected: list[Expected] = field(default_factory=list)
    ended_at: int | None = None
    is_lost: bool = False
    """Whether its connection broke, so that it may be taken up again."""
    is_killed: bool = False
    """Whether an IRC operator has ended it."""
    says: dict[str, str] = field(default_factory=dict)
    """Of itself, by key (METADATA)."""


Reader = Callable[["World", tuple[str, ...], str], None]


class World:
    """All of it. A tracker alone begins without anybody; one of several finds the others' people."""

    def __init__(self, *, is_alone: bool = False) -> None:
        self.is_alone = is_alone
        self.people: dict[tuple[str, str], Person] = {}
        """All visits, by the nick that they came in with and their address."""
        self.present: dict[str, Person] = {}
        """Who is here, by nick."""
        self.lost: dict[str, list[Person]] = {}
        """Visits that may be taken up again, by the nick that they had last."""
        self.topics: dict[str, str] = {}
        """Of each room that has one."""
        self.said: dict[str, list[Said]] = {}
        """What was said under each name of a room. None is ever closed, so the next of the same name has it too."""
        self.former: dict[str, dict[str, int]] = {}
        """What each room was called before, and the number of the line after which it was not."""
        self.taken_back: Counter[tuple[str, str, str]] = Counter()
        """How many messages were taken back: said under which name, whose, when. Several may have one time."""
        self.sights: dict[str, list[Sight]] = {}
        """When nobody, and when somebody had each nick, in turn."""
        self.empty: set[str] = set()
        self.waiting: dict[str, list[Expected]] = {}
        """Messages to people who are not here, by account."""
        self.of_account: dict[str, list[Person]] = {}
        """Who is logged in to each account, in the order in which they did."""
        self.profiles: dict[str, dict[str, str]] = {}
        """What accounts say of themselves."""
        self.number = 0
        self.time = ""

    def members(self, room: str) -> set[str]:
        """Return the nicks of who is in a room."""
        return {person.nick for person in self.inside(room)}

    def history(self, room: str) -> list[Said]:
        """Return what the history of a room has, also of when it was called something else."""
        found = [*self.said.get(room, [])]
        for name, last in self.former.get(room, {}).items():
            if name != room:
                found += [said for said in self.said.get(name, []) if said.number <= last]
        return sorted(found, key=lambda said: said.number)

    def names_of(self, room: str) -> list[str]:
        """Return what a room is called, and was before."""
        return [room, *self.former.get(room, {})]

    def person(self, nick: str) -> Person:
        """Return who has a nick and does something. Raises Contradiction."""
        found = self.present.get(nick)
        if found is None:
            lost = self.lost.get(nick)
            raise (Fenced(f"{nick} does something after being lost") if lost else Contradiction(f"{nick} is not here"))
        return found

    def inside(self, room: str) -> list[Person]:
        """Return who is in a room."""
        return [person for person in self.present.values() if room in person.rooms]

    def neighbours(self, person: Person) -> list[Person]:
        """Return who shares a room with somebody."""
        return [other for other in self.present.values() if other is not person and other.rooms & person.rooms]

    def seen(self, command: str, nick: str, *params: str) -> Seen:
        """Return a line as it is sent now."""
        return Seen(self.time, command, "" if nick == "*" else nick, params)

    def tell(self, people: Iterable[Person], seen: Seen, capability: str = "") -> None:
        """Have people be sent a line."""
        for person in people:
            person.expected.append(Expected(self.number, seen, capability))

    def tell_room(self, room: str, seen: Seen, nick: str) -> None:
        """Have a room be sent a line, and whoever did it, who may be outside."""
        inside = self.inside(room)
        doer = self.present.get(nick)
        self.tell(inside if doer is None or doer in inside else [*inside, doer], seen)

    def tell_value(self, people: Iterable[Person], doer: Person | None, target: str, key: str, value: str) -> None:
        """Have people be sent what a target says of itself now, but for whoever has changed that."""
        if key != SUBSCRIBED:
            return
        numeric, words = ("761", ("*", value)) if value else ("766", ("Key not set",))
        others = [person for person in people if person is not doer]
        self.tell(others, self.seen(numeric, "", target, key, *words), "draft/metadata-3")

    def enter(self, person: Person) -> None:
        """Have somebody be here, under a nick that nobody has."""
        if person.nick in self.present:
            raise Contradiction(f"a second {person.nick} is here at {self.time}")
        self.present[person.nick] = person
        self.sights.setdefault(person.nick, []).append(Sight(self.number, self.time, True))

    def vanish(self, nick: str) -> Person:
        """Have nobody have a nick that somebody had, and return them."""
        person = self.person(nick)
        del self.present[nick]
        self.sights[nick].append(Sight(self.number, self.time, False))
        return person

    def leave(self, person: Person, room: str) -> None:
        """Have somebody not be in a room any more."""
        person.rooms.remove(room)
        if not self.inside(room):
            self.empty.add(room)

    def forget(self, room: str) -> None:
        """Have nothing be left of a room but what was said."""
        self.empty.discard(room)
        self.topics.pop(room, None)
        self.former.pop(room, None)

    def log_in(self, person: Person, account: str) -> None:
        """Have somebody have an account, or none."""
        if person.account:
            self.of_account[person.account].remove(person)
        person.account = account
        person.says = self.profiles.get(account, {}) if account else {}
        if account:
            self.of_account.setdefault(account, []).append(person)
