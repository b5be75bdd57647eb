"""`/ignore` and `/mute #room`: people we do not hear, and rooms that do not disturb us. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from chatcore.protocol.names import is_channel
from chatcore.terminal.commands import moderation
from chatcore.terminal.commands.actions import UsageError
from chatcore.terminal.session.effects import Answer, Effect, KeepQuiet, Problem
from chatcore.terminal.session.session import Session

_TOO_MANY = "the list is full"


def handle_ignore(session: Session, text: str) -> Iterator[Effect]:
    """Ignore somebody; without a name, list those who are ignored."""
    if not text:
        yield Answer(f"you ignore {', '.join(session.memory.quiet.people) or 'nobody'}")
        return
    nick = _one_nick(text)
    if session.is_me(nick):
        raise UsageError("you cannot ignore yourself")
    yield from _add(session, nick, f"you no longer hear {nick}; /unignore {nick} ends this")


def handle_unignore(session: Session, text: str) -> Iterator[Effect]:
    nick = _one_nick(text)
    yield from _remove(session, nick, f"you hear {nick} again", f"you do not ignore {nick}")


def handle_mute(session: Session, text: str) -> Iterator[Effect]:
    """Mute a room for ourselves, or, as an operator, a person for everybody."""
    if not is_channel(text):
        yield from moderation.handle_mute(session, text)
        return
    name = text.split(maxsplit=1)[0]
    told = f"{name} is muted: only messages meant for you count as unread; /unmute {name} ends this"
    yield from _add(session, name, told)


def handle_unmute(session: Session, text: str) -> Iterator[Effect]:
    """Undo `handle_mute`."""
    if not is_channel(text):
        yield from moderation.handle_unmute(session, text)
        return
    name = text.split(maxsplit=1)[0]
    yield from _remove(session, name, f"{name} is no longer muted", f"{name} is not muted")


def _add(session: Session, name: str, told: str) -> Iterator[Effect]:
    if session.memory.quiet.add(name):
        yield Answer(told)
        yield KeepQuiet()
    else:
        yield Problem(_TOO_MANY)


def _remove(session: Session, name: str, told: str, problem: str) -> Iterator[Effect]:
    if session.memory.quiet.remove(name):
        yield Answer(told)
        yield KeepQuiet()
    else:
        yield Problem(problem)


def _one_nick(text: str) -> str:
    if " " in text or is_channel(text):
        raise UsageError("one NAME at a time")
    return text
