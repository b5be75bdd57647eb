"""Lines of the log about rooms: their members and their properties. Pure."""

from __future__ import annotations

from tests.faults.cluster.world import Contradiction, Person, Reader, World


def _join(world: World, words: tuple[str, ...], text: str) -> None:
    room, nick, _ = words
    person = world.person(nick)
    if room in person.rooms:
        raise Contradiction(f"{nick} joins {room} twice")
    if room in world.empty:
        world.forget(room)
    person.rooms.add(room)
    inside = world.inside(room)
    world.tell(inside, world.seen("JOIN", nick, room))
    if person.away is not None:
        others = [member for member in inside if member is not person]
        world.tell(others, world.seen("AWAY", nick, person.away), "away-notify")
    for key, value in person.says.items():
        world.tell_value(inside, person, nick, key, value)


def _part(world: World, words: tuple[str, ...], text: str) -> None:
    room, nick = words
    person = world.person(nick)
    world.tell(world.inside(room), world.seen("PART", nick, room, *((text,) if text else ())))
    world.leave(person, room)


def _kick(world: World, words: tuple[str, ...], text: str) -> None:
    room, nick, target = words
    world.person(nick)
    world.tell_room(room, world.seen("KICK", nick, room, target, text), nick)
    world.leave(world.person(target), room)


def _restore(world: World, words: tuple[str, ...], text: str) -> None:
    """An empty room is restored to its former state."""
    world.empty.discard(words[0])
    if text:
        world.topics[words[0]] = text
    else:
        world.topics.pop(words[0], None)


def _forget(world: World, words: tuple[str, ...], text: str) -> None:
    world.forget(words[0])


def _topic(world: World, words: tuple[str, ...], text: str) -> None:
    room, nick = words
    world.person(nick)
    world.topics[room] = text
    world.tell_room(room, world.seen("TOPIC", nick, room, text), nick)


def _mode(world: World, words: tuple[str, ...], text: str) -> None:
    room, nick, *modes = words
    if nick != "*":
        world.person(nick)
    world.tell_room(room, world.seen("MODE", nick, room, *modes), nick)


def _invite(world: World, words: tuple[str, ...], text: str) -> None:
    room, nick, target = words
    world.person(nick)
    if target in world.present:
        world.tell([world.present[target]], world.seen("INVITE", nick, target, room))


def _rename(world: World, words: tuple[str, ...], text: str) -> None:
    """A room gets another name and keeps everything else."""
    had, nick, name = words
    doer = world.person(nick)
    if world.inside(name):
        raise Contradiction(f"{had} gets the name of {name} at {world.time}, which somebody is in")
    inside = world.inside(had)
    _move(world, had, name, inside)
    told = inside if doer in inside else [*inside, doer]
    world.tell(told, world.seen("RENAME", nick, had, name, text), "draft/channel-rename")
    for member in inside:
        left = world.seen("PART", member.nick, had, *((text,) if text else ()))
        world.tell([member], left, "-draft/channel-rename")
        world.tell([member], world.seen("JOIN", member.nick, name), "-draft/channel-rename")


def _move(world: World, had: str, name: str, inside: list[Person]) -> None:
    world.forget(name)
    topic, former = world.topics.pop(had, None), world.former.pop(had, {})
    if topic is not None:
        world.topics[name] = topic
    world.former[name] = {**former, had: world.number}
    for person in inside:
        person.rooms.remove(had)
        person.rooms.add(name)


READERS: dict[str, Reader] = {
    "join": _join,
    "part": _part,
    "kick": _kick,
    "restore": _restore,
    "forget": _forget,
    "topic": _topic,
    "mode": _mode,
    "invite": _invite,
    "rename": _rename,
}
