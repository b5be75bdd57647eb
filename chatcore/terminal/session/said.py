"""Turning a PRIVMSG or NOTICE into the message to show. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from chatcore.protocol.ctcp import ACTION, split_ctcp
from chatcore.protocol.message import Message, parse_source
from chatcore.protocol.modes import PREFIXES
from chatcore.protocol.names import is_channel
from chatcore.protocol.nick_colour import hue_index
from chatcore.terminal.session.effects import Manner, Quoted, Said
from chatcore.terminal.session.quotes import Quote, answered_id, first_words, id_in
from chatcore.terminal.session.session import Session

_PREFIXES = "".join(PREFIXES.values())
_YEARS = range(2, 9999)
"""The years whose times can be shown in every time zone."""


def sent_at(message: Message) -> datetime | None:
    """Return the time of the message's `server-time` tag; None if there is no readable one."""
    try:
        time = datetime.fromisoformat(message.tags.get("time", ""))
    except ValueError:
        return None
    return time if time.tzinfo and time.year in _YEARS else None


def stamp(time: datetime | None) -> str:
    """Return a time as the tracker writes it, so that later times compare greater; '' for None."""
    if time is None:
        return ""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def split_rank(target: str) -> tuple[str, str]:
    """Split `@#lobby` into the rank prefixes and the room's name; the prefix is '' if it is not a room."""
    name = target.lstrip(_PREFIXES)
    return (target[: len(target) - len(name)], name) if is_channel(name) else ("", target)


def hear(session: Session, said: Said, msgid: str) -> Said:
    """Note a live message, as opposed to history; return it."""
    session.typists.stop(said.nick, said.room or said.nick)
    room = session.rooms.get(said.room) if said.room else None
    session.memory.talkers.note(said, room.members if room else None, is_own=session.is_me(said.nick))
    if msgid:
        session.memory.latest.note(said.place, msgid)
    return said


def said_in(session: Session, message: Message, *, is_history: bool = False) -> Said | None:
    """Return the message in a PRIVMSG or NOTICE; None for a CTCP request between programs."""
    nick = parse_source(message.source or "").nick
    target, text = message.params[0], message.params[1]
    manner = Manner.NOTICE if message.command.upper() == "NOTICE" else Manner.MESSAGE
    kind, text = split_ctcp(text)
    if kind not in ("", ACTION):
        return None
    if kind:
        manner = Manner.ACTION
    room, to = None, None
    rank, name = split_rank(target)
    if is_channel(name):
        room = name
    elif session.is_me(nick) and (session.has("echo-message") or not session.is_me(target)):
        to = target
    msgid, time, quotes = id_in(message.tags), sent_at(message), session.memory.quotes
    answered = answered_id(message.tags)
    place = place_of(session, message)
    quoted = _quoted(answered, quotes.get(answered, place)) if answered else None
    is_own = session.is_me(nick)
    if not session.memory.quiet.has(nick):  # nobody replies to a message that was not shown
        quotes.note(Quote(msgid, nick, first_words(text), rank + place, time, is_own))
    said = Said(nick, text, room, to, manner, time, is_history=is_history, is_own=is_own, msgid=msgid, answers=quoted)
    is_here = session.views.is_current(said.place)
    return replace(said, is_here=is_here, rank=rank if room else "", twin=_twin(session, said))


def place_of(session: Session, message: Message) -> str:
    """Return the room, or the person in the conversation, that a message belongs to. Raises IndexError."""
    nick, (_, name) = parse_source(message.source or "").nick, split_rank(message.params[0])
    return name if is_channel(name) or session.is_me(nick) else nick


def _twin(session: Session, said: Said) -> int:
    if said.room is None:
        return int(said.to is not None and hue_index(said.nick) == hue_index(said.to))
    room = session.rooms.get(said.room)
    return room.twins.number(said.nick, room.members.__contains__) if room else 0


def _quoted(msgid: str, quote: Quote | None) -> Quoted:
    return Quoted(msgid) if quote is None else Quoted(msgid, quote.nick, quote.words)
