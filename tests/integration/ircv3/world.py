"""What people do one after the other, and what each must receive of it: the simplest model, for any capabilities.

Only allowed things are done, so that everything takes effect. Numerics are not modelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from chatcore.protocol.multiline import Part, join
from tests.integration.ircv3.sayings import AWARE, KEY, Sayings
from tests.support.composed import batch_lines
from tests.support.crowd import Witness
from tests.support.sasl_client import plain

_SERVER = "tracker.chat"
Markers = dict[str, dict[str, str]]
"""How far people have read: by account or, without one, by the nick they arrived with; then by room."""

Heard = tuple[str, ...]
"""A message as compared: its command, the nick it came from, its parameters."""


WHOLE = {"batch", "draft/multiline"}
"""With both, a message of several lines arrives as one, which is compared by its target, command and text."""

REDACTION = "draft/message-redaction"
TAKEN_BACK = "oops"
"""The text of messages that are redacted at once."""

FURTHER = "further"
"""The text of lines that are not the first of their message."""


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
        self._count = 0

    def enter(self, person: Person) -> None:
        """Add somebody who has arrived, and expect what the others hear of it."""
        if person.is_away:
            self.notify(person, "away-notify", "AWAY", person.nick, "tea")
        self.people.append(person)
        self.sayings.come(person)
        self.expect_markers(person)

    def markers_of(self, person: Person) -> dict[str, str]:
        """Return somebody's read markers."""
        return self.markers.setdefault(person.account or person.visit, {})

    def expect_marker(self, person: Person, room: str) -> None:
        """Expect somebody's marker of a room that they have joined."""
        value = self.markers_of(person).get(room, "*")
        self.tell([person], "draft/read-marker", "MARKREAD", _SERVER, room, value)

    def expect_markers(self, person: Person) -> None:
        """Expect all markers of somebody who has logged in."""
        if person.account and "draft/read-marker" in person.caps:
            for room, value in self.markers_of(person).items():
                person.hears("MARKREAD", _SERVER, room, value)

    def do(self, deed: Deed) -> None:
        """Have somebody do it, if they are here and may, and expect what everybody hears of it."""
        person = self.people[deed.who % len(self.people)]
        if person.is_here:
            self._count += 1
            DEEDS[deed.kind](self, person, deed)

    def send(self, person: Person, *lines: str) -> None:
        """Have somebody send commands, every third time with a label, and wait until everything is delivered."""
        if self._count % 3 == 0:
            label = f"@label=n{self._count}"
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


def _join(world: World, person: Person, deed: Deed) -> None:
    room = world.room(deed)
    if person not in world.rooms[room]:
        _enter(world, person, room, set())
        world.send(person, f"JOIN {room}")


def _enter(world: World, person: Person, room: str, letters: set[str]) -> None:
    """Put somebody into a room; with these letters, unless the room is new."""
    members = world.rooms[room]
    members[person] = letters if members else {"o"}
    for member in members:
        extended = (person.account or "*", person.realname) if "extended-join" in member.caps else ()
        member.hears("JOIN", person.nick, room, *extended)
    if person.is_away:
        world.tell([member for member in members if member is not person], "away-notify", "AWAY", person.nick, "tea")
    world.expect_marker(person, room)
    world.sayings.enter(person, room)


def _part(world: World, person: Person, deed: Deed) -> None:
    room = world.room(deed)
    if person in world.rooms[room]:
        world.tell(world.rooms[room], "", "PART", person.nick, room)
        del world.rooms[room][person]
        world.send(person, f"PART {room}")


def _kick(world: World, person: Person, deed: Deed) -> None:
    room, target = world.room(deed), world.another(deed)
    members = world.rooms[room]
    if "o" in members.get(person, ()) and target in members:
        world.tell(members, "", "KICK", person.nick, room, target.nick, "out")
        del members[target]
        world.send(person, f"KICK {room} {target.nick} out")


def _mode(world: World, person: Person, deed: Deed) -> None:
    room, target = world.room(deed), world.another(deed)
    members = world.rooms[room]
    letter = "ov"[deed.one % 2]
    if "o" in members.get(person, ()) and target in members:
        change = f"{'-' if letter in members[target] else '+'}{letter}"
        members[target] ^= {letter}
        world.tell(members, "", "MODE", person.nick, room, change, target.nick)
        world.send(person, f"MODE {room} {change} {target.nick}")


def _topic(world: World, person: Person, deed: Deed) -> None:
    room = world.room(deed)
    if "o" in world.rooms[room].get(person, ()):
        world.tell(world.rooms[room], "", "TOPIC", person.nick, room, f"about {deed.other}")
        world.send(person, f"TOPIC {room} :about {deed.other}")


def _rename(world: World, person: Person, deed: Deed) -> None:
    """Rename a room, once: the tracker permits no more in a minute."""
    room = world.room(deed)
    new = f"{room}-{deed.other}"
    if "o" not in world.rooms[room].get(person, ()) or "-" in room:
        return
    members = world.rooms[new] = world.rooms.pop(room)
    for markers in [world.markers_of(member) for member in members]:
        if room in markers:
            markers[new] = markers.pop(room)
    for member in members:
        if "draft/channel-rename" in member.caps:
            member.hears("RENAME", person.nick, room, new, "better")
        else:
            extended = (member.account or "*", member.realname) if "extended-join" in member.caps else ()
            member.hears("PART", member.nick, room, "better")
            member.hears("JOIN", member.nick, new, *extended)
            world.expect_marker(member, new)
    world.send(person, f"RENAME {room} {new} better")


def _invite(world: World, person: Person, deed: Deed) -> None:
    room, target = world.room(deed), world.another(deed)
    members = world.rooms[room]
    if person in members and target not in members and target.is_here:
        heard = ("INVITE", person.nick, target.nick, room)
        target.hears(*heard)
        operators = [member for member, letters in members.items() if "o" in letters and member is not person]
        world.tell(operators, "invite-notify", *heard)
        world.send(person, f"INVITE {target.nick} {room}")


def _talk(world: World, person: Person, deed: Deed) -> None:
    room, command = world.room(deed), ("PRIVMSG", "NOTICE")[deed.other % 2]
    if person in world.rooms[room]:
        world.say(person, world.rooms[room], "", command, person.nick, room, f"text {deed.other}")
        world.send(person, f"{command} {room} :text {deed.other}")


def _compose(world: World, person: Person, deed: Deed) -> None:
    room, command = world.room(deed), ("PRIVMSG", "NOTICE")[deed.other % 2]
    if person in world.rooms[room] and person.caps >= WHOLE:
        parts = [Part(f"text {deed.other}", False), Part("", False), Part(FURTHER, bool(deed.one % 2))]
        for member in world.rooms[room]:
            if member is person and "echo-message" not in member.caps:
                continue
            if member.caps >= WHOLE:
                member.hears("BATCH", person.nick, room, command, join(parts))
            else:
                for part in parts:
                    if part.text:
                        member.hears(command, person.nick, room, part.text)
        world.send(person, *batch_lines(parts, room, command=command))


def _type(world: World, person: Person, deed: Deed) -> None:
    room = world.room(deed)
    if person in world.rooms[room]:
        if "message-tags" in person.caps:  # otherwise nobody hears of it
            world.say(person, world.rooms[room], "message-tags", "TAGMSG", person.nick, room)
        world.send(person, f"@+typing=active TAGMSG {room}")


def _take_back(world: World, person: Person, deed: Deed) -> None:
    """Say something, react to it, and redact it."""
    room = world.room(deed)
    if person not in world.rooms[room] or not {"echo-message", "message-tags", REDACTION} <= person.caps:
        return
    world.say(person, world.rooms[room], "", "PRIVMSG", person.nick, room, TAKEN_BACK)
    seen = person.client.command(f"PRIVMSG {room} :{TAKEN_BACK}")
    msgid = next(message.tags["msgid"] for message in seen[::-1] if message.params[-1:] == (TAKEN_BACK,))
    world.say(person, world.rooms[room], "message-tags", "TAGMSG", person.nick, room)
    world.send(person, f"@+reply={msgid};+draft/react=x TAGMSG {room}")
    world.tell(world.rooms[room], REDACTION, "REDACT", person.nick, room, msgid)
    world.send(person, f"REDACT {room} {msgid}")


def _talk_to_operators(world: World, person: Person, deed: Deed) -> None:
    room = world.room(deed)
    members = world.rooms[room]
    if person in members:
        operators = [member for member, letters in members.items() if "o" in letters]
        world.say(person, operators, "", "PRIVMSG", person.nick, f"@{room}", "help")
        world.send(person, f"PRIVMSG @{room} help")


def _be_a_bot(world: World, person: Person, deed: Deed) -> None:
    world.send(person, f"MODE {person.nick} {'+-'[deed.one % 2]}B")


def _whisper(world: World, person: Person, deed: Deed) -> None:
    target = world.another(deed)
    if target.is_here:
        heard = ("PRIVMSG", person.nick, target.nick, "psst")
        world.say(person, [target], "", *heard)
        if target is person:
            person.hears(*heard)
        world.send(person, f"PRIVMSG {target.nick} psst")


def _nick(world: World, person: Person, deed: Deed) -> None:
    nick = f"{person.nick.rpartition('-')[0]}-{deed.one}"
    if nick != person.nick and (nick not in person.owned or nick == person.account):
        world.tell([person, *world.neighbours(person)], "", "NICK", person.nick, nick)
        person.nick = nick
        world.send(person, f"NICK {nick}")


def _away(world: World, person: Person, deed: Deed) -> None:
    person.is_away = bool(deed.one % 2)
    text = ("tea",) if person.is_away else ()
    world.notify(person, "away-notify", "AWAY", person.nick, *text)
    world.send(person, " ".join(("AWAY", *text)))


def _setname(world: World, person: Person, deed: Deed) -> None:
    person.realname = f"Name {deed.one}"
    heard = ("SETNAME", person.nick, person.realname)
    world.tell([person], "setname", *heard)
    world.notify(person, "setname", *heard)
    world.send(person, f"SETNAME :{person.realname}")


def _be_logged_in(world: World, person: Person, account: str) -> None:
    heard = ("ACCOUNT", person.nick, account)
    world.tell([person], "account-notify", *heard)
    world.notify(person, "account-notify", *heard)
    world.sayings.log_in(person, account)


def _login(world: World, person: Person, deed: Deed) -> None:
    _be_logged_in(world, person, f"account{deed.one % 2}")
    world.expect_markers(person)
    back = () if "sasl" in person.caps else ("CAP REQ :-sasl",)
    world.send(person, "CAP REQ :sasl", *plain(person.account, "pw"), *back)


def _register(world: World, person: Person, deed: Deed) -> None:
    if person.account:
        return
    person.owned.add(person.nick)
    _be_logged_in(world, person, person.nick)
    world.send(person, "REGISTER * * :long enough")


def _negotiate(world: World, person: Person, deed: Deed) -> None:
    wanted = set(deed.caps) | {"cap-notify"}
    words = sorted([*(f"-{name}" for name in person.caps - wanted), *(wanted - person.caps)])
    person.caps = wanted
    world.sayings.negotiate(person)
    world.send(person, f"CAP REQ :{' '.join(words)}")


def _mark(world: World, person: Person, deed: Deed) -> None:
    if "draft/read-marker" in person.caps:
        room, given = world.room(deed), f"timestamp=2020-01-01T00:00:0{deed.other}.000Z"
        markers = world.markers_of(person)
        has_grown = given > markers.get(room, "")
        if has_grown:
            markers.pop(room, None)
            markers[room] = given
        others = [other for other in world.people if other.is_here and other.account == person.account != ""]
        told = dict.fromkeys([person, *(others if has_grown else [])])
        world.tell(told, "draft/read-marker", "MARKREAD", _SERVER, room, markers[room])
        world.send(person, f"MARKREAD {room} {given}")


def _say_of_oneself(world: World, person: Person, deed: Deed) -> None:
    value = f"v{deed.one}" if deed.one else ""
    world.sayings.say(person, value)
    world.send(person, f"METADATA * SET {KEY} :{value}")


def _say_of_room(world: World, person: Person, deed: Deed) -> None:
    room, value = world.room(deed), f"v{deed.other % 3}" if deed.other else ""
    if "o" in world.rooms[room].get(person, ()):
        world.sayings.say_of_room(person, room, value)
        world.send(person, f"METADATA {room} SET {KEY} :{value}")


def _subscribe(world: World, person: Person, deed: Deed) -> None:
    if person.caps >= AWARE:
        world.sayings.subscribe(person)
    listing = (f"METADATA {world.room(deed)} LIST",) if "batch" in person.caps else ()  # else it looks like news
    world.send(person, f"METADATA * SUB {KEY}", "METADATA *ALL SYNC", *listing)
    world.send(person, f"WHOIS {world.another(deed).nick}")


def _recall(world: World, person: Person, deed: Deed) -> None:
    world.send(person, f"CHATHISTORY LATEST {world.room(deed)} * 7", f"CHATHISTORY LATEST {person.nick} * 7")


def _quit(world: World, person: Person, deed: Deed) -> None:
    world.tell(world.neighbours(person), "", "QUIT", person.nick, "Quit: bye")
    for members in world.rooms.values():
        members.pop(person, None)
    person.is_here = False
    person.client.send("QUIT :bye")
    person.client.receive_rest()


def _resume(world: World, person: Person, deed: Deed) -> None:
    """Resume the visit on another connection, while the tracker believes that the former is still there."""
    if "chatcore/resume" not in person.caps or (person.nick in person.owned and person.nick != person.account):
        return
    person.client.sync()
    token = [message.params[1] for message in person.client.received if message.command == "RESUME"][-1]
    world.tell(world.neighbours(person), "", "QUIT", person.nick, "Resumed on another connection")
    letters = {room: members.pop(person) for room, members in world.rooms.items() if person in members}
    before = person.client
    person.earlier.append((before, person.expected))
    person.client, person.expected = world.connect(), []
    world.sayings.resume(person)
    if person.is_away:
        world.notify(person, "away-notify", "AWAY", person.nick, "tea")
    world.expect_markers(person)
    for room in sorted(letters):
        _enter(world, person, room, letters[room])
    words = " ".join(sorted(person.caps - {"cap-notify"}))
    person.client.send("CAP LS 302", f"CAP REQ :{words}", f"RESUME {token}")
    person.client.command("NICK another", "USER u 0 * :Another", "CAP END")
    before.receive_rest()
    person.client.command(f"MONITOR + {person.watched}")


DEEDS: dict[str, Callable[[World, Person, Deed], None]] = {
    "away": _away,
    "compose": _compose,
    "bot": _be_a_bot,
    "invite": _invite,
    "join": _join,
    "kick": _kick,
    "login": _login,
    "mark": _mark,
    "mode": _mode,
    "negotiate": _negotiate,
    "nick": _nick,
    "part": _part,
    "quit": _quit,
    "recall": _recall,
    "rename": _rename,
    "register": _register,
    "resume": _resume,
    "say of oneself": _say_of_oneself,
    "say of a room": _say_of_room,
    "setname": _setname,
    "subscribe": _subscribe,
    "take back": _take_back,
    "talk": _talk,
    "talk to operators": _talk_to_operators,
    "topic": _topic,
    "type": _type,
    "whisper": _whisper,
}
