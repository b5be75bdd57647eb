"""A naive model of who sees which events, beside a renderer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from chatcore.config import Config, Limits
from chatcore.protocol.capabilities import (
    ACCOUNT_NOTIFY,
    AWAY_NOTIFY,
    BATCH,
    CHANNEL_RENAME,
    ECHO_MESSAGE,
    EXTENDED_JOIN,
    INVITE_NOTIFY,
    MESSAGE_REDACTION,
    MESSAGE_TAGS,
    METADATA_AWARE,
    SERVER_TIME,
    SETNAME,
)
from chatcore.protocol.modes import ModeChange
from chatcore.state import facts, requests
from chatcore.state.erasure import Erasure
from chatcore.state.events import Event
from chatcore.state.history import HistoryQuery, Place, RoomPlace, msgid_of
from chatcore.state.notes import Noted, NoteKind
from tests.server.rendered import Rendered
from tests.support.readers import connected

_ROOMS = ("#a", "#b", "#c")
PEOPLE = 5
_Heard = tuple[str | None, str, tuple[str, ...], bool]
"""Source, command, parameters, and whether the line has a time."""
_COMPARED = {
    *("ACCOUNT", "AWAY", "ERROR", "INVITE", "JOIN", "KICK", "MODE", "NICK", "NOTICE", "PART", "PRIVMSG", "QUIT"),
    *("REDACT", "RENAME", "SETNAME", "TOPIC", "WALLOPS", "761", "766"),
}
_SERVER = Config().server_name
_CAPABILITIES = (
    0,
    ECHO_MESSAGE | INVITE_NOTIFY | CHANNEL_RENAME | MESSAGE_REDACTION,
    AWAY_NOTIFY | EXTENDED_JOIN | ACCOUNT_NOTIFY | METADATA_AWARE,
    SERVER_TIME | MESSAGE_TAGS | ECHO_MESSAGE | SETNAME,
)


@dataclass
class Person:
    """Somebody as the model sees them."""

    id: int
    nick: str
    capabilities: int
    rooms: list[str] = field(default_factory=list)
    is_away: bool = False
    account: str | None = None
    realname: str = "Real"
    hears_wallops: bool = False
    has_subscribed: bool = False  # to the key url
    said: str = ""  # its own value of that key
    expected: list[_Heard] = field(default_factory=list)

    @property
    def source(self) -> str:
        return f"{self.nick}!user@192.0.2.{self.id}"


class World:
    """The renderer, and a model: a list of people with the lines that each should hear."""

    def __init__(self) -> None:
        self.rendered = Rendered(Config(limits=Limits(max_waiting_per_sender=1000)))
        self.people: dict[int, Person] = {}
        self.founders: dict[str, Person] = {}  # of each room, while they are in it
        self.applied: set[type[Any]] = set()
        self.number = 0

    def apply(self, *events: Event) -> None:
        self.applied.update(map(type, events))
        self.rendered.apply(*events)

    def word(self) -> str:
        self.number += 1
        return f"w{self.number}"

    def members(self, room: str) -> list[Person]:
        return [person for person in self.people.values() if room in person.rooms]

    def neighbours(self, of: Person) -> list[Person]:
        return [p for p in self.people.values() if p is not of and not set(p.rooms).isdisjoint(of.rooms)]

    def tell(self, whom: Iterable[Person], source: Person | str | None, command: str, *params: str) -> None:
        origin = source.source if isinstance(source, Person) else source
        for person in whom:
            person.expected.append((origin, command, params, bool(person.capabilities & SERVER_TIME)))

    def tell_value(self, whom: Iterable[Person], target: str, value: str) -> None:
        """Tell subscribers a person's or room's new value, or that it was removed."""
        for each in whom:
            if each.has_subscribed:
                told = ("761", each.nick, target, "url", "*", value) if value else ("766", each.nick, target, "url")
                self.tell([each], _SERVER, *told, *([] if value else ["Key not set"]))

    def leave(self, person: Person, room: str) -> None:
        person.rooms.remove(room)
        if self.founders.get(room) is person:
            del self.founders[room]

    # Each step: a person, another person, a room, and a switch. Steps that make no sense are left out.

    def come_or_go(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is None:
            bits = _CAPABILITIES[other % 4]
            self.people[who] = Person(who, self.word(), bits)
            self.apply(connected(who, self.people[who].nick, capabilities=bits))
            return
        reason = self.word()
        self.tell([person], None, "ERROR", f"Closing link: {reason}")
        self.tell(self.neighbours(person), person, "QUIT", reason)
        self.apply(facts.Quit(who, reason, flag))
        if other in self.people:  # late events reach nobody
            self.apply(facts.SaidPrivately(other, who, "PRIVMSG", "late"), facts.Announced("late"))
            for other_person in self.people.values():
                if other_person is not person:
                    self.tell([other_person], _SERVER, "NOTICE", other_person.nick, "late")
        self.check()
        del self.people[who]
        for room in tuple(person.rooms):
            self.leave(person, room)
        self.apply(requests.Closed(who))

    def join_or_part(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is None:
            return
        if room in person.rooms:
            reason = self.word() if flag else ""
            self.tell(self.members(room), person, "PART", room, *([reason] if reason else []))
            self.leave(person, room)
            self.apply(facts.Parted(who, room, reason))
            return
        letters = "" if self.members(room) else "o"
        before: tuple[Event, ...] = ()
        if letters:
            self.founders[room] = person
            if flag:
                before = (facts.RoomRestored(room, other, (ModeChange(True, "s"),), None),)
        person.rooms.append(room)
        for member in self.members(room):
            extended = (person.account or "*", person.realname) if member.capabilities & EXTENDED_JOIN else ()
            self.tell([member], person, "JOIN", room, *extended)
            if person.is_away and member is not person and member.capabilities & AWAY_NOTIFY:
                self.tell([member], person, "AWAY", "tea")
        if person.said:
            self.tell_value([member for member in self.members(room) if member is not person], person.nick, person.said)
        self.apply(*before, facts.Joined(who, room, letters))

    def kick(self, who: int, other: int, room: str, flag: bool) -> None:
        kicker, target = self.people.get(who), self.people.get(other)
        if kicker is None or target is None or not (room in kicker.rooms and room in target.rooms):
            return
        self.tell(self.members(room), kicker, "KICK", room, target.nick, "out")
        self.leave(target, room)
        self.apply(facts.Kicked(who, room, other, "out"))

    def rename(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is None:
            return
        nick = self.word()
        self.tell([person, *self.neighbours(person)], person, "NICK", nick)
        person.nick = nick
        self.apply(facts.Renamed(who, nick))

    def say(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is None or not self.members(room):
            return
        text = self.word()
        echo = [person] if person.capabilities & ECHO_MESSAGE else []
        self.tell([*(m for m in self.members(room) if m is not person), *echo], person, "PRIVMSG", room, text)
        self.apply(facts.Said(who, room, "PRIVMSG", text))

    def say_to_operators(self, who: int, other: int, room: str, flag: bool) -> None:
        person, founder = self.people.get(who), self.founders.get(room)
        if person is None or room not in person.rooms:
            return
        text = self.word()
        echo = [person] if person.capabilities & ECHO_MESSAGE else []
        self.tell([*([founder] if founder not in (None, person) else []), *echo], person, "PRIVMSG", f"@{room}", text)
        self.apply(facts.SaidToStatus(who, room, "@", "PRIVMSG", text))

    def whisper(self, who: int, other: int, room: str, flag: bool) -> None:
        person, target = self.people.get(who), self.people.get(other)
        if person is None or target is None:
            return
        text = self.word()
        echo = [person] if person.capabilities & ECHO_MESSAGE else []
        self.tell([*echo, target], person, "PRIVMSG", target.nick, text)
        self.apply(facts.SaidPrivately(who, other, "PRIVMSG", text))

    def leave_word(self, who: int, other: int, room: str, flag: bool) -> None:
        """Leave a message for an account that never comes."""
        person = self.people.get(who)
        if person is None:
            return
        text = self.word()
        self.tell([person] if person.capabilities & ECHO_MESSAGE else [], person, "PRIVMSG", "Nell", text)
        self.apply(facts.SaidToAbsent(who, "Nell", "id of nell", "PRIVMSG", text))

    def redact(self, who: int, other: int, room: str, flag: bool) -> None:
        """Redact a message of a room or a conversation."""
        person, target = self.people.get(who), self.people.get(other)
        if person is None or target is None or room not in person.rooms:
            return
        place: Place = RoomPlace(room, 0)
        msgid, told = msgid_of(7, ""), self.members(room)
        if flag:
            self.apply(facts.Redacted(who, room, 7, "ann", 1, ""))
            self.tell([p for p in told if p.capabilities & MESSAGE_REDACTION], person, "REDACT", room, msgid)
        else:
            identity = self.rendered.view.readers[other].identity
            place = frozenset((self.rendered.view.readers[who].identity, identity))
            self.apply(facts.RedactedPrivately(who, identity, target.nick, 7, 1, "oops"))
            told = [person] if target is person else [person, target]
            same = [p for p in self.people.values() if p not in told and p.account and p.account == target.account]
            assert not same
            for each in told:
                if each.capabilities & MESSAGE_REDACTION:
                    self.tell([each], person, "REDACT", target.nick, msgid, "oops")
        self.apply(requests.UtteranceSought(who, 1, place, 7))
        assert self.rendered.host.recalled == {1: None}

    def change_room(self, who: int, other: int, room: str, flag: bool) -> None:
        person, target = self.people.get(who), self.people.get(other)
        if person is None or target is None or not (room in person.rooms and room in target.rooms):
            return
        if flag:
            text = self.word()
            self.tell(self.members(room), person, "TOPIC", room, text)
            self.apply(facts.TopicChanged(who, room, text, person.source, 1))
        else:
            self.tell(self.members(room), person, "MODE", room, "+v", target.nick)
            self.apply(facts.ModesChanged(who, room, (ModeChange(True, "v", target.nick),), (other,)))

    def rename_room(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is None or room not in person.rooms:
            return
        new, reason = f"#{self.word()}", self.word() if flag else ""
        self.tell(
            [m for m in self.members(room) if m.capabilities & CHANNEL_RENAME], person, "RENAME", room, new, reason
        )
        for member in self.members(room):
            if not member.capabilities & CHANNEL_RENAME:
                extended = (member.account or "*", member.realname) if member.capabilities & EXTENDED_JOIN else ()
                self.tell([member], member, "PART", room, *([reason] if reason else []))
                self.tell([member], member, "JOIN", new, *extended)
            member.rooms[member.rooms.index(room)] = new
        if room in self.founders:
            self.founders[new] = self.founders.pop(room)
        self.apply(facts.RoomRenamed(who, room, new, reason))

    def go_away_or_return(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is None:
            return
        person.is_away = not person.is_away
        notified = [p for p in self.neighbours(person) if p.capabilities & AWAY_NOTIFY]
        self.tell(notified, person, "AWAY", *(["tea"] if person.is_away else []))
        self.apply(facts.AwayChanged(who, "tea" if person.is_away else None))

    def invite(self, who: int, other: int, room: str, flag: bool) -> None:
        person, target = self.people.get(who), self.people.get(other)
        if person is None or target is None or room not in person.rooms:
            return
        self.tell([target], person, "INVITE", target.nick, room)
        founder = self.founders.get(room)
        if founder not in (None, person) and founder.capabilities & INVITE_NOTIFY:
            self.tell([founder], person, "INVITE", target.nick, room)
        self.apply(facts.Invited(who, other, room))

    def be_known_as(self, who: int, other: int, room: str, flag: bool) -> None:
        """Log in or out, or take another real name."""
        person = self.people.get(who)
        if person is None:
            return
        if flag:
            person.account = None if person.account else self.word()
            told = ("ACCOUNT", person.account or "*")
            capability = ACCOUNT_NOTIFY
            event: Event = facts.AccountChanged(
                who, person.account, f"id of {person.account}" if person.account else ""
            )
        else:
            person.realname = self.word()
            told = ("SETNAME", person.realname)
            capability = SETNAME
            event = facts.RealnameChanged(who, person.realname)
        self.tell([p for p in (person, *self.neighbours(person)) if p.capabilities & capability], person, *told)
        if flag and person.said:
            person.said = ""  # it was the visit's, or another account's
            self.tell_value([person, *self.neighbours(person)], person.nick, "")
        self.apply(event)

    def say_of(self, who: int, other: int, room: str, flag: bool) -> None:
        """Set metadata of oneself or of a room, subscribe to it, or ask for all of it."""
        person = self.people.get(who)
        if person is None:
            return
        if other == who:
            person.has_subscribed = flag and bool(person.capabilities & METADATA_AWARE)
            keys = ("url",) if person.has_subscribed else ()
            self.apply(requests.SubscriptionsChanged(who, keys), requests.MetadataRequested(who, "*ALL"))
            return
        value = self.word()
        is_of_room = flag and room in person.rooms
        told = self.members(room) if is_of_room else self.neighbours(person)
        self.tell_value([each for each in told if each is not person], room if is_of_room else person.nick, value)
        if not is_of_room:
            person.said = value
        listed = requests.RepliedInBatch(who, ("metadata", person.nick), ())
        self.apply(facts.MetadataChanged(who, room if is_of_room else "", "url", value), listed)

    def address_all(self, who: int, other: int, room: str, flag: bool) -> None:
        """Send a WALLOPS or an announcement, or begin to receive WALLOPS."""
        person = self.people.get(who)
        if person is None:
            return
        text = self.word()
        if not person.hears_wallops:
            person.hears_wallops = True
            self.tell([person], person.nick, "MODE", person.nick, "+w")
            self.apply(requests.UserModesChanged(who, (ModeChange(True, "w"),)))
        elif flag:
            self.tell([p for p in self.people.values() if p.hears_wallops], person, "WALLOPS", text)
            self.apply(facts.Wallops(who, text))
        else:
            for everybody in self.people.values():
                self.tell([everybody], _SERVER, "NOTICE", everybody.nick, text)
            self.apply(facts.Announced(text))

    def ask(self, who: int, other: int, room: str, flag: bool) -> None:
        """Ask something, or cause an event that only the log gets; nobody else hears of it."""
        person = self.people.get(who)
        if person is None:
            return
        questions: dict[int, tuple[Event, ...]] = {
            0: (
                requests.NamesRequested(who, room, (room,)),
                Noted(NoteKind.OPER, (person.nick,)),
                facts.RoomForgotten("#old", 9),
            ),
            1: (requests.HistoryTargetsRequested(who, 0, 1, 5), requests.SearchRequested(who, ())),
            2: (requests.HistoryRequested(who, "#nowhere", HistoryQuery("LATEST", 5)),),
            3: (
                requests.MonitorRequested(who, ("nobody",)),
                facts.ClockStepped(5.0, 4.0),
                facts.HistoryErased(1, Erasure("zoe")),
                requests.WaitingRequested(who),
                requests.MarkerRequested(who, "#one", who),
                requests.VisitForgotten("9.1"),
                requests.RoomLaidDown("#nowhere"),
                requests.TrackersRequested(who),
                requests.TrackersChanged(()),
            ),
            4: (
                requests.MonitorChanged(who, ("nobody",), ()),
                requests.Replied(who, (("PONG", "x"),)),
                requests.Pinged(who),
            ),
        }
        if other % 5 == 1 and not person.capabilities & BATCH:
            self.tell([person], _SERVER, "NOTICE", person.nick, "Nothing was found")
        self.apply(*questions[other % 5])

    def negotiate(self, who: int, other: int, room: str, flag: bool) -> None:
        person = self.people.get(who)
        if person is not None:
            person.capabilities ^= ECHO_MESSAGE if flag else SERVER_TIME
            self.apply(requests.CapabilitiesChanged(who, person.capabilities))

    def check(self, *_: object) -> None:
        """End the batch, and check that everyone got exactly the expected lines in order."""
        got = self.rendered.read_all()
        for person in self.people.values():
            heard = [m for m in got.pop(person.id, []) if m.command in _COMPARED and "batch" not in m.tags]
            assert [(m.source, m.command, m.params, "time" in m.tags) for m in heard] == person.expected
            person.expected.clear()
        assert got == {}

    def stop(self) -> None:
        self.tell(self.people.values(), None, "ERROR", "over")
        self.apply(facts.Stopped("over"))
        self.check()


Step = tuple[Callable[[World, int, int, str, bool], None], int, int, str, bool]
VERBS = (
    [World.come_or_go] * 3
    + [World.join_or_part] * 6
    + [World.say] * 6
    + [
        World.say_to_operators,
        World.kick,
        World.rename,
        World.whisper,
        World.change_room,
        World.rename_room,
        World.go_away_or_return,
    ]
    + [World.invite, World.leave_word, World.be_known_as, World.say_of, World.address_all, World.ask]
    + [World.negotiate, World.redact] * 2
    + [World.check]
)
_PERSON = st.integers(1, PEOPLE)
STEP = st.tuples(st.sampled_from(VERBS), _PERSON, _PERSON, st.sampled_from(_ROOMS), st.booleans())


def world_of(here: int) -> World:
    world = World()
    for number in range(1, here + 1):
        world.come_or_go(number, number, "", False)
        for room in _ROOMS[: 1 + number % 2]:
            world.join_or_part(number, number, room, False)
    return world
