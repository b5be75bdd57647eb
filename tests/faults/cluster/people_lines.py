"""Lines of the log about people: arrivals, departures, nicks, accounts and metadata. Pure."""

from __future__ import annotations

from tests.faults.cluster.world import Contradiction, Person, Reader, World


def _connect(world: World, words: tuple[str, ...], text: str) -> None:
    nick, address, *account = words
    person = Person(nick, address, (nick, address))
    world.enter(person)
    world.people[person.key] = person
    if account:
        world.log_in(person, account[0])
        _hand_over(world, person)


def _start(world: World, words: tuple[str, ...], text: str) -> None:
    if world.is_alone:
        for nick, person in [*world.present.items()]:
            for room in [*person.rooms]:
                world.leave(person, room)
            _end(world, world.vanish(nick), is_lost=True)


def _resume(world: World, words: tuple[str, ...], text: str) -> None:
    """A person whose connection was lost is about to return: nobody else, and only once."""
    lost = world.lost.get(words[0], [])
    if not lost:
        raise Contradiction(f"a visit of {words[0]} is taken up at {world.time}, but none was lost")
    lost.pop()


def _account(world: World, words: tuple[str, ...], text: str) -> None:
    nick, account = words
    person = world.person(nick)
    before = person.says
    world.log_in(person, "" if account == "*" else account)
    for key in {**before, **person.says}:
        value = person.says.get(key, "")
        if value != before.get(key, ""):
            world.tell_value(world.neighbours(person), None, nick, key, value)  # the person itself gets an answer
    _hand_over(world, person)


def _hand_over(world: World, person: Person) -> None:
    """Hand over the messages that waited for the account."""
    for waiting in world.waiting.pop(person.account, ()):
        said = waiting.seen
        for capability, text in (
            ("server-time", said.params[1]),
            ("-server-time", f"[{said.time}] {said.params[1]}"),
        ):
            world.tell([person], said._replace(params=(person.nick, text)), capability)


def _nick(world: World, words: tuple[str, ...], text: str) -> None:
    before, after = words
    person = world.vanish(before)
    person.nick = after
    world.enter(person)
    world.tell((person, *world.neighbours(person)), world.seen("NICK", before, after))


def _quit(world: World, words: tuple[str, ...], text: str) -> None:
    _leave(world, words, text, is_lost=False)


def _lost(world: World, words: tuple[str, ...], text: str) -> None:
    _leave(world, words, text, is_lost=True)


def _leave(world: World, words: tuple[str, ...], text: str, *, is_lost: bool) -> None:
    nick, address = words
    person = world.vanish(nick)
    if person.address != address:
        raise Contradiction(f"{nick} leaves from {address}, and came from {person.address}")
    world.tell(world.neighbours(person), world.seen("QUIT", nick, text))
    for room in tuple(person.rooms):
        world.leave(person, room)
    _end(world, person, is_lost=is_lost)


def _end(world: World, person: Person, *, is_lost: bool) -> None:
    person.ended_at, person.is_lost = world.number, is_lost
    if person.account:
        world.of_account[person.account].remove(person)
    if is_lost:
        world.lost.setdefault(person.nick, []).append(person)


def _away(world: World, words: tuple[str, ...], text: str) -> None:
    person = world.person(words[0])
    person.away = text or None
    seen = world.seen("AWAY", person.nick, *((text,) if text else ()))
    world.tell(world.neighbours(person), seen, "away-notify")


def _kill(world: World, words: tuple[str, ...], text: str) -> None:
    world.person(words[0])
    world.person(words[1]).is_killed = True


def _metadata(world: World, words: tuple[str, ...], text: str) -> None:
    target, nick, key = words
    doer = world.person(nick)
    if target != "*":
        world.tell_value(world.inside(target), doer, target, key, text)
        return
    says = {name: value for name, value in ({**doer.says, key: text}).items() if value}
    if doer.account:
        world.profiles[doer.account] = says
    for person in world.of_account[doer.account] if doer.account else [doer]:
        person.says = says
    for person in world.of_account[doer.account] if doer.account else [doer]:
        world.tell_value([person, *world.neighbours(person)], doer, person.nick, key, text)


READERS: dict[str, Reader] = {
    "connect": _connect,
    "start": _start,
    "resume": _resume,
    "account": _account,
    "nick": _nick,
    "quit": _quit,
    "lost": _lost,
    "away": _away,
    "kill": _kill,
    "metadata": _metadata,
}
