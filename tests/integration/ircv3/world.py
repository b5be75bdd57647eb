"""People and their rooms, and what each person must receive: the simplest model, for any capabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.integration.ircv3.sayings import Sayings
from tests.support.crowd import Witness

SERVER = "tracker.chat"
Markers = dict[str, dict[str, str]]
"""How far people have read: by account or, without one, by visit; then by room."""

Heard = tuple[str, ...]
"""A message as compared: its command, the nick it came from, its parameters."""


class Deed(NamedTuple):
    """One thing that somebody does; numbers choose among what there is at that moment."""

    kind: str
    who: int
    one: int
    other: int
    caps: frozenset[str]


@dataclass(eq=False)
class Person:
    """Somebody, as the model sees them. `watched` is the nick that they monitor."""

    client: Witness
    nick: str
    caps: set[str]
    account: str
    watched: str
    realname: str
    is_away: bool = False
    is_here: bool = True
    owned: set[str] = field(default_factory=set)  # nicks for which they have made an account
    expected: list[Heard] = field(default_factory=list)
    visit: str = ""
    earlier: list[tuple[Witness, list[Heard]]] = field(default_factory=list)  # connections before a resume

    def __post_init__(self) -> None:
        self.visit = self.nick

    def hears(self, *heard: str) -> None:
        """Expect a message."""
        self.expected.append(heard)


class World:
    """The people, the rooms they are in, and the deeds that they can do."""

    def __init__(
        self,
        people: list[Person],
        rooms: tuple[str, ...],
        markers: Markers,
        by_accounts: dict[str, str],
        connect: Callable[[], Witness],
    ) -> None:
        """`markers` and `by_accounts` are the read markers and the metadata of accounts."""
        self.people = people
        self.connect = connect
        self.markers = markers
        self.sayings = Sayings(self, by_accounts)
        self.rooms: dict[str, dict[Person, set[str]]] = {room: {} for room in rooms}
        self._sent = 0

    def enter(self, person: Person) -> None:
        """Add somebody who has arrived, and expect what the others hear of it."""
        if person.is_away:
            self.notify(person, "away-notify", "AWAY", person.nick, "tea")
        self.people.append(person)
        self.sayings.come(person)
        self.expect_markers(person)

    def markers_of(self, person: Person) -> dict[str, str]:
        """Return somebody's read markers."""
        return self.markers.setdefault(person.account or f"visit of {person.visit}", {})

    def expect_marker(self, person: Person, room: str) -> None:
        """Expect somebody's marker of a room that they have joined."""
        value = self.markers_of(person).get(room, "*")
        self.tell([person], "draft/read-marker", "MARKREAD", SERVER, room, value)

    def expect_markers(self, person: Person) -> None:
        """Expect all markers of somebody who has logged in."""
        if person.account and "draft/read-marker" in person.caps:
            for room, value in self.markers_of(person).items():
                person.hears("MARKREAD", SERVER, room, value)

    def send(self, person: Person, *lines: str) -> None:
        """Have somebody send commands, every third time with a label, and wait until everything is delivered."""
        self._sent += 1
        if self._sent % 3 == 0:
            label = f"@label=n{self._sent}"
            first = f"{label};{lines[0][1:]}" if lines[0].startswith("@") else f"{label} {lines[0]}"
            lines = (first, *lines[1:])
        person.client.command(*lines)

    def room(self, deed: Deed) -> str:
        """Return the room that a deed is about."""
        return [*self.rooms][deed.one % len(self.rooms)]

    def another(self, deed: Deed) -> Person:
        """Return the person that a deed is about."""
        return self.people[deed.other % len(self.people)]

    def neighbours(self, person: Person) -> list[Person]:
        """Return the people who share a room with somebody."""
        found = {other: None for members in self.rooms.values() if person in members for other in members}
        found.pop(person, None)
        return [*found]

    def tell(self, people: Iterable[Person], capability: str, *heard: str) -> None:
        """Have the people with the capability ('' for all) expect a message."""
        for person in people:
            if not capability or capability in person.caps:
                person.hears(*heard)

    def notify(self, person: Person, capability: str, *heard: str) -> None:
        """Have neighbours and, with extended-monitor, watchers of the nick expect a message about somebody."""
        told = dict.fromkeys(self.neighbours(person))
        for watcher in self.people:
            if watcher.is_here and watcher.watched == person.nick and "extended-monitor" in watcher.caps:
                told[watcher] = None
        told.pop(person, None)
        self.tell(told, capability, *heard)

    def say(self, person: Person, audience: Iterable[Person], capability: str, *heard: str) -> None:
        """Have its audience expect a message, and its author the echo."""
        others = [other for other in audience if other is not person]
        self.tell([*others, *([person] if "echo-message" in person.caps else [])], capability, *heard)
