"""What an arriving message does to a session, and what is shown of it. Pure.

One table from command to receiver at the end; `replies` has the one for the numerics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from chatcore.protocol.ctcp import ACTION, split_ctcp
from chatcore.protocol.message import Message, parse_source
from chatcore.protocol.modes import ModeChange, parse_modes
from chatcore.protocol.names import CHANNEL_PREFIX, is_channel
from chatcore.terminal import replies
from chatcore.terminal.effects import Answer, Effect, Manner, Problem, Said, Told
from chatcore.terminal.session import MOST_HELD_CHARS, MOST_OPEN_BATCHES, History, Session

_CHARS_PER_MESSAGE = 200  # of memory, besides its texts
_YEARS = range(2, 9999)
"""The years in which a time can be shown in every time zone."""

Receiver = Callable[[Session, Message], Iterator[Effect]]


def receive(session: Session, message: Message) -> list[Effect]:
    """Handle one message from the tracker. A message that lacks parameters is ignored."""
    history = session.batches.get(message.tags.get("batch", ""))
    command = message.command.upper()
    try:
        if history is not None:
            return list(_hold(session, history, message))
        if command.isdigit():
            return list(replies.receive_numeric(session, message))
        receiver = RECEIVERS.get(command)
        return list(receiver(session, message)) if receiver else []
    except (IndexError, ValueError):
        return []


def sent_at(message: Message) -> datetime | None:
    """Return the time of the message's `server-time` tag; None if there is no readable one."""
    try:
        time = datetime.fromisoformat(message.tags.get("time", ""))
    except ValueError:
        return None
    return time if time.tzinfo and time.year in _YEARS else None


def receive_join(session: Session, message: Message) -> Iterator[Effect]:
    source = parse_source(message.source or "")
    name = message.params[0]
    if session.is_me(source.nick):
        if session.rooms.are_full:
            yield Problem(f"you are in more rooms than can be remembered; {name} is left out")
            return
        session.rooms.enter(name)
        if source.host:
            session.user_and_host = f"{source.user}@{source.host}"
    room = session.rooms.get(name)
    if room is not None:
        yield from replies.add_member(session, room, source.nick)
    yield Told(f"{source.nick} joined {name}", sent_at(message))


def receive_part(session: Session, message: Message) -> Iterator[Effect]:
    nick = parse_source(message.source or "").nick
    yield Told(f"{nick} left {message.params[0]}{_reason(message.params[1:])}", sent_at(message))
    yield from _gone(session, message.params[0], nick)


def receive_kick(session: Session, message: Message) -> Iterator[Effect]:
    who = parse_source(message.source or "").nick
    name, nick, *rest = message.params
    reason = _reason(text for text in rest if text not in (who, nick))
    yield Told(f"{who} kicked {nick} from {name}{reason}", sent_at(message))
    yield from _gone(session, name, nick)


def receive_quit(session: Session, message: Message) -> Iterator[Effect]:
    nick = parse_source(message.source or "").nick
    rooms = session.rooms.with_member(nick)
    for room in rooms:
        room.members.discard(nick)
    if rooms:
        yield Told(f"{nick} left the chat{_reason(message.params)}", sent_at(message))


def receive_nick(session: Session, message: Message) -> Iterator[Effect]:
    old, new = parse_source(message.source or "").nick, message.params[0]
    for room in session.rooms.with_member(old):
        room.members.rename(old, new)
    if session.is_me(old):
        session.nick = new
    yield Told(f"{old} is now known as {new}", sent_at(message))


def receive_mode(session: Session, message: Message) -> Iterator[Effect]:
    who = parse_source(message.source or "").nick
    name, letters, *params = message.params
    if not is_channel(name):
        return
    room = session.rooms.get(name)
    for change in parse_modes(letters, params):
        if room is not None and isinstance(change, ModeChange) and change.param is not None:
            room.members.set_mode(change.param, change.letter, change.adding)
    yield Told(f"{who} set the mode {' '.join([letters, *params])} on {name}", sent_at(message))


def receive_topic(_session: Session, message: Message) -> Iterator[Effect]:
    who = parse_source(message.source or "").nick
    name, topic = message.params[0], message.params[1]
    did = f"set the topic of {name}: {topic}" if topic else f"removed the topic of {name}"
    yield Told(f"{who} {did}", sent_at(message))


def receive_invite(session: Session, message: Message) -> Iterator[Effect]:
    who = parse_source(message.source or "").nick
    nick, name = message.params[0], message.params[1]
    if session.is_me(nick):
        yield Told(f"{who} invites you to {name}; /join {name} goes there", sent_at(message))
    else:
        yield Told(f"{who} invites {nick} to {name}", sent_at(message))


def receive_words(session: Session, message: Message) -> Iterator[Effect]:
    """Handle a PRIVMSG or NOTICE."""
    if not message.source or "!" not in message.source:
        yield Told(message.params[1], sent_at(message))  # the tracker's own words
        return
    said = _said(session, message)
    if said is None:
        return
    room = session.rooms.get(said.room) if said.room else None
    if room is not None and not said.is_here and not session.is_me(said.nick):
        room.unread += 1
    yield said


def receive_batch(session: Session, message: Message) -> Iterator[Effect]:
    """Handle the start or end of a batch. Only so many batches of history are open at once."""
    reference = message.params[0]
    if not reference.startswith("+"):
        yield from _end_history(session, reference[1:])
    elif message.params[1].lower().endswith("chathistory"):
        if len(session.batches) >= MOST_OPEN_BATCHES:
            yield from _end_history(session, next(iter(session.batches)))
        session.batches[reference[1:]] = History("".join(message.params[2:3]))


def receive_error(session: Session, message: Message) -> Iterator[Effect]:
    session.goodbye = message.params[-1]
    yield Told(session.goodbye)


def receive_pong(session: Session, message: Message) -> Iterator[Effect]:
    session.take_pong(message.params[-1])
    if session.is_settled and not session.has_arrived:
        yield from replies.arrive(session)


def receive_standard_reply(_session: Session, message: Message) -> Iterator[Effect]:
    """Handle a FAIL, WARN or NOTE (https://ircv3.net/specs/extensions/standard-replies)."""
    text = message.params[-1]
    about = " ".join(message.params[2:-1])
    shown = f"{about}: {text}" if about else text
    yield Told(shown) if message.command.upper() == "NOTE" else Problem(shown)


def _said(session: Session, message: Message, *, is_history: bool = False) -> Said | None:
    """Return what is shown of a PRIVMSG or NOTICE; None for what programs ask each other (CTCP)."""
    nick = parse_source(message.source or "").nick
    target, text = message.params[0], message.params[1]
    manner = Manner.NOTICE if message.command.upper() == "NOTICE" else Manner.MESSAGE
    kind, text = split_ctcp(text)
    if kind not in ("", ACTION):
        return None
    if kind:
        manner = Manner.ACTION
    room, to = None, None
    if is_channel(target.lstrip("@+")):
        room = CHANNEL_PREFIX + target.partition(CHANNEL_PREFIX)[2]
    elif session.is_me(nick) and (session.has("echo-message") or not session.is_me(target)):
        to = target
    is_here = room is None or session.rooms.is_current(room)
    return Said(nick, text, room, to, manner, sent_at(message), is_here, is_history)


def _hold(session: Session, history: History, message: Message) -> Iterator[Effect]:
    """Keep one message of a batch until its end; if too much is kept, show what there is of this batch."""
    if message.command.upper() not in ("PRIVMSG", "NOTICE"):
        return
    said = _said(session, message, is_history=True)
    if said is None:
        return
    history.said.append(said)
    history.held_chars += _CHARS_PER_MESSAGE + len(message.source or "") + sum(map(len, message.params))
    if sum(each.held_chars for each in session.batches.values()) > MOST_HELD_CHARS:
        yield Answer(f"{len(history.said)} of what was said in {history.name}, and more follows:")
        yield from history.said
        history.said, history.held_chars, history.has_begun = [], 0, True


def _end_history(session: Session, reference: str) -> Iterator[Effect]:
    history = session.batches.pop(reference, None)
    if history is None:
        return
    if history.said:
        yield Answer(f"the last {len(history.said)} of what was said in {history.name}:")
    elif not history.has_begun:
        yield Answer(f"nothing yet in {history.name}")
    yield from history.said


def _gone(session: Session, name: str, nick: str) -> Iterator[Effect]:
    room = session.rooms.get(name)
    if room is None:
        return
    room.members.discard(nick)
    if not session.is_me(nick):
        return
    was_current = session.rooms.is_current(name)
    session.rooms.leave(name)
    current = session.rooms.current
    if current is None:
        yield Told("you are in no room now; /join ROOM enters one")
    elif was_current:
        yield Told(f"you write to {current.name} now")


def _reason(params: Iterator[str] | tuple[str, ...]) -> str:
    reason = " ".join(params)
    return f" ({reason})" if reason else ""


RECEIVERS: Mapping[str, Receiver] = {
    "JOIN": receive_join,
    "PART": receive_part,
    "KICK": receive_kick,
    "QUIT": receive_quit,
    "NICK": receive_nick,
    "MODE": receive_mode,
    "TOPIC": receive_topic,
    "INVITE": receive_invite,
    "PRIVMSG": receive_words,
    "NOTICE": receive_words,
    "BATCH": receive_batch,
    "ERROR": receive_error,
    "PONG": receive_pong,
    "FAIL": receive_standard_reply,
    "WARN": receive_standard_reply,
    "NOTE": receive_standard_reply,
}
