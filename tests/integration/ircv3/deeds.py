"""All that people can do, and what each must receive of it.

Only allowed things are done, so that everything takes effect. Numerics are not modelled.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.integration.ircv3.room_deeds import ROOM_DEEDS, enter
from tests.integration.ircv3.sayings import AWARE, KEY
from tests.integration.ircv3.world import SERVER, Deed, Person, World
from tests.support.sasl_client import plain


def do(world: World, deed: Deed) -> None:
    """Have somebody do it, if they are here and may, and expect what everybody hears of it."""
    person = world.people[deed.who % len(world.people)]
    if person.is_here:
        DEEDS[deed.kind](world, person, deed)


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
        world.tell(told, "draft/read-marker", "MARKREAD", SERVER, room, markers[room])
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
    listing = (f"METADATA {world.room(deed)} LIST",) if "batch" in person.caps else ()  # else it looks unsolicited
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
        enter(world, person, room, letters[room])
    words = " ".join(sorted(person.caps - {"cap-notify"}))
    person.client.send("CAP LS 302", f"CAP REQ :{words}", f"RESUME {token}")
    person.client.command("NICK another", "USER u 0 * :Another", "CAP END")
    before.receive_rest()
    person.client.command(f"MONITOR + {person.watched}")


DEEDS: dict[str, Callable[[World, Person, Deed], None]] = ROOM_DEEDS | {
    "away": _away,
    "bot": _be_a_bot,
    "login": _login,
    "mark": _mark,
    "negotiate": _negotiate,
    "nick": _nick,
    "quit": _quit,
    "recall": _recall,
    "register": _register,
    "resume": _resume,
    "say of oneself": _say_of_oneself,
    "say of a room": _say_of_room,
    "setname": _setname,
    "subscribe": _subscribe,
    "whisper": _whisper,
}
