"""The slash commands of room operators and IRC operators: handlers of the table in `slash`, like `actions`. Pure.

The tracker completes a name to a mask. It does not answer a change that has no effect, so the handler leaves what to
say then in the session (`otherwise`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from chatcore.protocol.message import Message
from chatcore.protocol.modes import BAN, SLOW
from chatcore.protocol.names import is_channel
from chatcore.terminal.commands.actions import UsageError, current_room
from chatcore.terminal.session.effects import Answer, AskPassword, Effect, Problem
from chatcore.terminal.session.mode_words import MUTE
from chatcore.terminal.session.session import Session

NO_REASON = "no reason given"
"""For KILL, which requires a reason."""
NO_PASSWORD = "no password given; nothing was sent"


def handle_oper(session: Session, text: str) -> Iterator[Effect]:
    name, _, password = text.partition(" ")
    question = f"Password of the IRC operator {name}: "
    ask = AskPassword(question, partial(become_operator, session, name))
    yield Message("OPER", (name, password.strip())) if password else ask


def become_operator(session: Session, name: str, password: str) -> list[Effect]:
    """Handle the answer to the password question."""
    if not password:
        return [Answer(NO_PASSWORD)]
    return [Message("OPER", (name, password)), session.ping()]


def handle_kick(session: Session, text: str) -> Iterator[Effect]:
    nick, reason = _name_and_rest(text)
    yield Message("KICK", (current_room(session).name, nick, *reason))


def handle_ban(session: Session, text: str) -> Iterator[Effect]:
    """Ban somebody, and kick them if they are here; without a name, list the bans."""
    room = current_room(session)
    if not text:
        yield from _list(session, "ban")
        return
    nick, reason = _name_and_rest(text)
    session.otherwise = f"{nick} is already banned from {room.name}"
    yield Message("MODE", (room.name, f"+{BAN.letter}", nick))
    if nick in room.members:
        yield Message("KICK", (room.name, nick, *reason))


def handle_unban(session: Session, text: str) -> Iterator[Effect]:
    nick, _ = _name_and_rest(text)
    room = current_room(session)
    session.otherwise = f"{nick} is not banned from {room.name}; /ban shows who is"
    yield Message("MODE", (room.name, f"-{BAN.letter}", nick))


def handle_mute(session: Session, text: str) -> Iterator[Effect]:
    yield from _mute(session, text, adding=True)


def handle_unmute(session: Session, text: str) -> Iterator[Effect]:
    yield from _mute(session, text, adding=False)


def handle_slow(session: Session, text: str) -> Iterator[Effect]:
    room = current_room(session)
    if not session.supported.has_slow_rooms:
        yield Problem("this tracker has no slow mode")
    elif not text:
        session.asked_for = "slow"
        yield Message("MODE", (room.name,))
    elif text.lower() == "off" or not text.strip("0"):
        session.otherwise = f"{room.name} is not slow"
        yield Message("MODE", (room.name, f"-{SLOW.letter}"))
    elif text.isascii() and text.isdigit():
        yield Message("MODE", (room.name, f"+{SLOW.letter}", text))
    else:
        raise UsageError(f"{text} is neither a number of seconds nor off")


def handle_kill(_session: Session, text: str) -> Iterator[Effect]:
    nick, reason = _name_and_rest(text)
    yield Message("KILL", (nick, *(reason or (NO_REASON,))))


def handle_kline(_session: Session, text: str) -> Iterator[Effect]:
    who, _, reason = text.partition(" ")
    yield Message("KLINE", tuple(word for word in (who, reason.strip()) if word))


def handle_unkline(_session: Session, text: str) -> Iterator[Effect]:
    yield Message("UNKLINE", (text,))


def _mute(session: Session, text: str, *, adding: bool) -> Iterator[Effect]:
    room = current_room(session)
    if not session.supported.has_mutes:
        yield Problem("this tracker cannot mute people")
    elif not text:
        yield from _list(session, "mute")
    else:
        nick, _ = _name_and_rest(text)
        already = f"{nick} is already muted in {room.name}"
        session.otherwise = already if adding else f"{nick} is not muted in {room.name}"
        mask = MUTE + nick.removeprefix(MUTE)
        yield Message("MODE", (room.name, f"{'+' if adding else '-'}{BAN.letter}", mask))
        rank = room.members.shown(nick).removesuffix(nick) if nick in room.members else ""
        if adding and rank:
            yield Answer(f"{nick} has {rank} in {room.name} and can still speak")


def _list(session: Session, command: str) -> Iterator[Effect]:
    session.asked_for, session.listed = command, 0
    yield Message("MODE", (current_room(session).name, f"+{BAN.letter}"))


def _name_and_rest(text: str) -> tuple[str, tuple[str, ...]]:
    """Split off a name or mask; return it and the rest, if any."""
    name, _, rest = text.partition(" ")
    if is_channel(name) or "," in name:
        raise UsageError("one NAME at a time")
    return name, (rest.strip(),) if rest.strip() else ()
