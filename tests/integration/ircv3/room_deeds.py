"""What people can do in rooms, and what each must receive of it."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.protocol.multiline import Part, join
from tests.integration.ircv3.world import Deed, Person, World
from tests.support.composed import batch_lines

WHOLE = {"batch", "draft/multiline"}
"""With both, a message of several lines arrives as one, which is compared by its target, command and text."""

REDACTION = "draft/message-redaction"
TAKEN_BACK = "oops"
"""The text of messages that are redacted at once."""

FURTHER = "further"
"""The text of lines that are not the first of their message."""


def _join(world: World, person: Person, deed: Deed) -> None:
    room = world.room(deed)
    if person not in world.rooms[room]:
        enter(world, person, room, set())
        world.send(person, f"JOIN {room}")


def enter(world: World, person: Person, room: str, letters: set[str]) -> None:
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
        if "message-tags" in person.caps:  # otherwise nobody is notified
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


ROOM_DEEDS: dict[str, Callable[[World, Person, Deed], None]] = {
    "compose": _compose,
    "invite": _invite,
    "join": _join,
    "kick": _kick,
    "mode": _mode,
    "part": _part,
    "rename": _rename,
    "take back": _take_back,
    "talk": _talk,
    "talk to operators": _talk_to_operators,
    "topic": _topic,
    "type": _type,
}
