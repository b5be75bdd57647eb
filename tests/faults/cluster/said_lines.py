"""Lines of the log about messages and redactions. Pure."""

from __future__ import annotations

from tests.faults.cluster.world import Expected, Reader, Said, World


def _message(world: World, words: tuple[str, ...], text: str) -> None:
    _said(world, "PRIVMSG", words, text)


def _notice(world: World, words: tuple[str, ...], text: str) -> None:
    _said(world, "NOTICE", words, text)


def _said(world: World, command: str, words: tuple[str, ...], text: str) -> None:
    room, nick = words
    sender = world.person(nick)
    world.said.setdefault(room, []).append(Said(world.time, nick, text, world.number, room))
    seen = world.seen(command, nick, room, text)
    world.tell([sender], seen, "echo-message")
    world.tell([member for member in world.inside(room) if member is not sender], seen)


def _private_message(world: World, words: tuple[str, ...], text: str) -> None:
    """A message to a person, or to an account whose owner is absent."""
    nick, target = words
    sender = world.person(nick)
    seen = world.seen("PRIVMSG", nick, target, text)
    world.tell([sender], seen, "echo-message")
    if target in world.present:
        world.tell([world.present[target]], seen)
        return
    owners = world.of_account.get(target, [])
    for owner in owners:
        world.tell([owner], seen._replace(params=(owner.nick, text)))
    if not owners:
        world.waiting.setdefault(target, []).append(Expected(world.number, seen))


def _redact(world: World, words: tuple[str, ...], text: str) -> None:
    """A message is redacted that may have been sent when the room had another name."""
    room, nick, author, said_at = words
    doer = world.person(nick)
    names = [name for name in world.names_of(room) if _has(world, name, author, said_at)]
    world.taken_back[(names or [room])[0], author, said_at] += 1
    seen = world.seen("REDACT", nick, room, *((text,) if text else ()))
    others = [member for member in world.inside(room) if member is not doer]
    world.tell([doer, *others], seen, "draft/message-redaction")


def _has(world: World, name: str, author: str, said_at: str) -> bool:
    return any((said.nick, said.time) == (author, said_at) for said in world.said.get(name, ()))


READERS: dict[str, Reader] = {
    "message": _message,
    "notice": _notice,
    "private-message": _private_message,
    "redact": _redact,
}
