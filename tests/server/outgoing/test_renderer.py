"""Renderer: who sees what of what happens, against the plainest way to say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.capabilities import (
    AWAY_NOTIFY,
    ECHO_MESSAGE,
    EXTENDED_JOIN,
    MESSAGE_TAGS,
    SERVER_TIME,
)
from chatcore.protocol.modes import ModeChange
from chatcore.state import facts, requests
from tests.protocol.generated import PROPERTY
from tests.server.readers import connected
from tests.server.rendered import Rendered

_ROOMS = ("#a", "#b", "#c")
_PEOPLE = 5
_Heard = tuple[str | None, str, tuple[str, ...], bool]
"""Source, command, parameters, and whether the line has a time."""
_COMPARED = {"AWAY", "ERROR", "JOIN", "KICK", "MODE", "NICK", "PART", "PRIVMSG", "QUIT", "TOPIC"}


@dataclass
class _Person:
    """Somebody as the model sees them."""

    id: int
    nick: str
    capabilities: int
    rooms: list[str] = field(default_factory=list)
    is_away: bool = False
    expected: list[_Heard] = field(default_factory=list)

    @property
    def source(self) -> str:
        return f"{self.nick}!user@192.0.2.{self.id}"


class _World:
    """The renderer, and beside it a list of people with what each is to hear, told one by one."""

    def __init__(self) -> None:
        self.rendered = Rendered()
        self.people: dict[int, _Person] = {}
        self.number = 0

    def word(self) -> str:
        self.number += 1
        return f"w{self.number}"

    def members(self, room: str) -> list[_Person]:
        return [person for person in self.people.values() if room in person.rooms]

    def neighbours(self, of: _Person) -> list[_Person]:
        return [p for p in self.people.values() if p is not of and not set(p.rooms).isdisjoint(of.rooms)]

    def tell(self, whom: Iterable[_Person], source: _Person | None, command: str, *params: str) -> None:
        for person in whom:
            has_time = bool(person.capabilities & SERVER_TIME)
            person.expected.append((source.source if source else None, command, params, has_time))

    # Each step: somebody, somebody else, a room, and a switch. One that makes no sense is left out.

    def come_or_go(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is None:
            bits = (0, ECHO_MESSAGE, AWAY_NOTIFY | EXTENDED_JOIN, SERVER_TIME | MESSAGE_TAGS | ECHO_MESSAGE)[other % 4]
            self.people[who] = _Person(who, self.word(), bits)
            self.rendered.apply(connected(who, self.people[who].nick, capabilities=bits))
            return
        reason = self.word()
        self.tell([person], None, "ERROR", f"Closing link: {reason}")
        self.tell(self.neighbours(person), person, "QUIT", reason)
        self.rendered.apply(facts.Quit(who, reason, flag))
        if other in self.people:  # what comes too late is for nobody
            self.rendered.apply(facts.SaidPrivately(other, who, "PRIVMSG", "late"), facts.Announced("late"))
        self.check()
        del self.people[who]
        self.rendered.apply(requests.Closed(who))

    def join_or_part(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is None:
            return
        if room in person.rooms:
            reason = self.word() if flag else ""
            self.tell(self.members(room), person, "PART", room, *([reason] if reason else []))
            person.rooms.remove(room)
            self.rendered.apply(facts.Parted(who, room, reason))
            return
        letters = "" if self.members(room) else "o"
        person.rooms.append(room)
        for member in self.members(room):
            extended = ("*", "Real") if member.capabilities & EXTENDED_JOIN else ()
            self.tell([member], person, "JOIN", room, *extended)
            if person.is_away and member is not person and member.capabilities & AWAY_NOTIFY:
                self.tell([member], person, "AWAY", "tea")
        self.rendered.apply(facts.Joined(who, room, letters))

    def kick(self, who: int, other: int, room: str, flag: bool) -> None:
        kicker, target = self.people.get(who), self.people.get(other)
        if kicker is None or target is None or not (room in kicker.rooms and room in target.rooms):
            return
        self.tell(self.members(room), kicker, "KICK", room, target.nick, "out")
        target.rooms.remove(room)
        self.rendered.apply(facts.Kicked(who, room, other, "out"))

    def rename(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is None:
            return
        nick = self.word()
        self.tell([person, *self.neighbours(person)], person, "NICK", nick)
        person.nick = nick
        self.rendered.apply(facts.Renamed(who, nick))

    def say(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is None or not self.members(room):
            return
        text = self.word()
        echo = [person] if person.capabilities & ECHO_MESSAGE else []
        self.tell([*(m for m in self.members(room) if m is not person), *echo], person, "PRIVMSG", room, text)
        self.rendered.apply(facts.Said(who, room, "PRIVMSG", text))

    def whisper(self, who: int, other: int, room: str, flag: bool) -> None:
        person, target = self.people.get(who), self.people.get(other)
        if person is None or target is None:
            return
        text = self.word()
        echo = [person] if person.capabilities & ECHO_MESSAGE else []
        self.tell([*echo, target], person, "PRIVMSG", target.nick, text)
        self.rendered.apply(facts.SaidPrivately(who, other, "PRIVMSG", text))

    def change_room(self, who: int, other: int, room: str, flag: bool) -> None:
        person, target = self.people.get(who), self.people.get(other)
        if person is None or target is None or not (room in person.rooms and room in target.rooms):
            return
        if flag:
            text = self.word()
            self.tell(self.members(room), person, "TOPIC", room, text)
            self.rendered.apply(facts.TopicChanged(who, room, text, person.source, 1))
        else:
            self.tell(self.members(room), person, "MODE", room, "+v", target.nick)
            self.rendered.apply(facts.ModesChanged(who, room, (ModeChange(True, "v", target.nick),), (other,)))

    def go_away_or_return(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is None:
            return
        person.is_away = not person.is_away
        notified = [p for p in self.neighbours(person) if p.capabilities & AWAY_NOTIFY]
        self.tell(notified, person, "AWAY", *(["tea"] if person.is_away else []))
        self.rendered.apply(facts.AwayChanged(who, "tea" if person.is_away else None))

    def negotiate(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is not None:
            person.capabilities ^= ECHO_MESSAGE if flag else SERVER_TIME
            self.rendered.apply(requests.CapabilitiesChanged(who, person.capabilities))

    def check(self, *_: object) -> None:
        """End the batch: everybody has heard what they were to hear, in that order, and nothing else."""
        got = self.rendered.read_all()
        for person in self.people.values():
            heard = [m for m in got.pop(person.id, []) if m.command in _COMPARED]
            assert [(m.source, m.command, m.params, "time" in m.tags) for m in heard] == person.expected
            person.expected.clear()
        assert got == {}


_Step = tuple[Callable[[_World, int, int, str, bool], None], int, int, str, bool]
_VERBS = (
    [_World.come_or_go] * 3
    + [_World.join_or_part] * 6
    + [_World.say] * 6
    + [_World.kick, _World.rename, _World.whisper, _World.change_room, _World.go_away_or_return]
    + [_World.negotiate] * 2
    + [_World.check]
)
_PERSON = st.integers(1, _PEOPLE)
_STEP = st.tuples(st.sampled_from(_VERBS), _PERSON, _PERSON, st.sampled_from(_ROOMS), st.booleans())


@PROPERTY
@given(st.integers(2, _PEOPLE), st.lists(_STEP, min_size=10, max_size=60))
def test_everybody_hears_what_concerns_them_once_and_in_order(here: int, steps: list[_Step]) -> None:
    world = _World()
    for number in range(1, here + 1):
        world.come_or_go(number, number, "", False)
        for room in _ROOMS[: 1 + number % 2]:
            world.join_or_part(number, number, room, False)
    for step, who, other, room, flag in steps:
        step(world, who, other, room, flag)
    world.check()
