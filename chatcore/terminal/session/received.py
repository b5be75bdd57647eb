"""Handlers for arriving messages: each changes the session and yields effects. Pure.

The table from commands to receivers is at the end; `replies` has the one for numerics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from chatcore.protocol.goodbye import shown
from chatcore.protocol.message import Message, parse_source
from chatcore.protocol.modes import ModeChange, parse_modes
from chatcore.protocol.names import casefold, is_channel
from chatcore.terminal.session import arriving, batches, marking, multiline, replies, returning, tagged, wider
from chatcore.terminal.session.effects import Answer, Coming, Effect, Manner, Problem, Told, TripEnded
from chatcore.terminal.session.export import LABEL
from chatcore.terminal.session.mode_words import told_changes
from chatcore.terminal.session.said import hear, said_in, sent_at
from chatcore.terminal.session.session import RESUME, Session

MOST_TOKEN_CHARS = 300

_FROM_PEOPLE = ("INVITE", "TAGMSG")
"""Not shown if they come from somebody who is ignored. Messages are filtered later (`seeing`)."""

Receiver = Callable[[Session, Message], Iterator[Effect]]


def receive(session: Session, message: Message) -> list[Effect]:
    """Handle one message from the tracker. A message that lacks parameters is ignored."""
    try:
        whole = session.compositions.take(message) if session.has(multiline.CAPABILITY) else message
        return [] if whole is None else session.noted(_receive(session, whole))
    except (IndexError, ValueError):
        return []


def _receive(session: Session, message: Message) -> list[Effect]:
    reference = message.tags.get("batch", "")
    batch = session.batches.get(reference)
    command = message.command.upper()
    if batch is not None:
        return list(batches.hold(session, batch, message))
    label = session.answered = message.tags.get("label", "") or session.outbox.label_of(reference)
    if label.startswith(LABEL):
        return list(batches.receive_export_answer(session, message))
    if label.startswith(returning.LABEL):
        return list(returning.receive_answer(session, message))
    if label.startswith(arriving.LABEL):
        return list(arriving.receive_answer(session, message))
    if session.absence is None:  # not before everything missed up to that time has arrived
        session.memory.heard_at = message.tags.get("time", session.memory.heard_at)
    if command.isdigit():
        return list(replies.receive_numeric(session, message))
    if command in _FROM_PEOPLE and session.memory.quiet.has(parse_source(message.source or "").nick):
        return []
    receiver = RECEIVERS.get(command)
    return list(receiver(session, message)) if receiver else []


def receive_join(session: Session, message: Message) -> Iterator[Effect]:
    source = parse_source(message.source or "")
    name, is_me = message.params[0], session.is_me(source.nick)
    if is_me:
        session.looking.has_account = "account" in message.tags
        if session.rooms.are_full:
            yield Problem(f"you are in too many rooms; the client ignores {name}")
            return
        entered = session.rooms.enter(name)
        if session.absence is not None:
            returning.enter_again(session.absence, entered)
        if not entered.is_returned_to:
            yield session.views.turn_to(session.views.open(entered.name))
        if source.host:
            session.user_and_host = f"{source.user}@{source.host}"
    room = session.rooms.get(name)
    if room is not None:
        yield from replies.add_member(session, room, source.nick)
    if not (is_me and room is not None and room.is_returned_to):
        coming = None if is_me else Coming(source.nick, is_here=True)
        yield Told(f"{source.nick} joined {name}", sent_at(message), (name,), coming=coming)


def receive_part(session: Session, message: Message) -> Iterator[Effect]:
    nick = parse_source(message.source or "").nick
    name = message.params[0]
    coming = None if session.is_me(nick) else Coming(nick, is_here=False)
    yield Told(f"{nick} left {name}{_reason(message.params[1:])}", sent_at(message), (name,), coming=coming)
    yield from _gone(session, name, nick)


def receive_kick(session: Session, message: Message) -> Iterator[Effect]:
    who = parse_source(message.source or "").nick
    name, nick, *rest = message.params
    reason = _reason(text for text in rest if text not in (who, nick))
    yield Told(f"{who} kicked {nick} from {name}{reason}", sent_at(message), () if session.is_me(nick) else (name,))
    yield from _gone(session, name, nick)


def receive_quit(session: Session, message: Message) -> Iterator[Effect]:
    nick = parse_source(message.source or "").nick
    rooms = session.rooms.with_member(nick)
    session.typists.stop(nick)
    for room in rooms:
        room.members.discard(nick)
    if rooms:
        places = (nick, *(room.name for room in rooms))
        told = f"{nick} left the chat{_reason(message.params)}"
        yield Told(told, sent_at(message), places, coming=Coming(nick, is_here=False))


def receive_nick(session: Session, message: Message) -> Iterator[Effect]:
    old, new = parse_source(message.source or "").nick, message.params[0]
    rooms = session.rooms.with_member(old)
    for room in rooms:
        room.members.rename(old, new)
    session.memory.talkers.rename(old, new)
    session.typists.stop(old)
    session.memory.quotes.rename(old, new)
    if session.is_me(old):
        session.nick = new
    else:
        session.views.rename(old, new)
        session.memory.quiet.rename(old, new)
    yield Told(f"{old} is now known as {new}", sent_at(message), (new, *(room.name for room in rooms)))


def receive_rename(session: Session, message: Message) -> Iterator[Effect]:
    """Handle a RENAME: a room has a new name (https://ircv3.net/specs/extensions/channel-rename)."""
    who = parse_source(message.source or "").nick
    had, name, reason = message.params
    room = session.rooms.get(had)
    if room is not None:
        session.rooms.rename(room, name)
        session.memory.quotes.rename(had, name)
        session.views.rename(had, name)
        for known in (session.memory.keys, session.memory.latest):
            if known.get(had):
                known.note(name, known.get(had))
    yield Told(f"{who} renamed {had} to {name}{_reason((reason,) if reason else ())}", sent_at(message), (name,))


def receive_mode(session: Session, message: Message) -> Iterator[Effect]:
    who = parse_source(message.source or "").nick
    name, letters, *params = message.params
    if not is_channel(name):
        return
    room = session.rooms.get(name)
    parsed = parse_modes(letters, params)
    changes = [change for change in parsed if isinstance(change, ModeChange)]
    for change in changes:
        if room is not None and change.param is not None:
            room.members.set_mode(change.param, change.letter, change.adding)
    if session.is_me(who):
        session.otherwise = ""
    if room is not None and room.is_returned_to and not room.is_listed and "!" not in (message.source or ""):
        return  # the tracker restores the rank we had
    if len(changes) < len(parsed):  # another server's modes, whose parameters are unknown here
        yield Told(f"{who} set the mode {' '.join([letters, *params])} on {name}", sent_at(message), (name,))
        return
    for text in told_changes(who, name, changes, session.is_me):
        yield Told(text, sent_at(message), (name,))


def receive_topic(_session: Session, message: Message) -> Iterator[Effect]:
    who = parse_source(message.source or "").nick
    name, topic = message.params[0], message.params[1]
    did = f"set the topic of {name}: {topic}" if topic else f"removed the topic of {name}"
    yield Told(f"{who} {did}", sent_at(message), (name,))


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
    said = said_in(session, message)
    if said is None:
        return
    if said.is_own:
        session.looking.has_account = "account" in message.tags
        session.otherwise = "" if said.manner is Manner.NOTICE else session.otherwise
        said = replace(said, is_from_here=session.outbox.take_echo(session.answered, said.text) is not None)
    msgid = message.tags.get("msgid", "")
    if session.absence is not None:
        for held in session.absence.hold(said, msgid):
            yield hear(session, held.said, held.msgid)
    elif not session.memory.has_fetched(said, msgid):
        yield hear(session, said, msgid)


def receive_error(session: Session, message: Message) -> Iterator[Effect]:
    session.error = message.params[-1]
    session.goodbye = shown(session.error)
    yield Told(session.goodbye)


def receive_pong(session: Session, message: Message) -> Iterator[Effect]:
    if message.params[-1] == session.trip:
        session.trip = ""
        yield TripEnded()
    session.take_pong(message.params[-1])
    if session.is_settled and session.recall is not None:
        yield from batches.end_recall(session, session.recall)  # the request was refused
    if session.is_settled and session.otherwise:
        yield Answer(session.otherwise)
        session.otherwise = ""
    if session.is_settled and not session.has_arrived:
        yield from replies.arrive(session)
    elif session.is_settled and session.absence is not None:
        yield from returning.go_on(session, session.absence)


def receive_resume(session: Session, message: Message) -> Iterator[Effect]:
    """Keep the token for resuming the visit after a lost connection."""
    kind, token = message.params[0].upper(), message.params[1]
    if kind == "TOKEN" and session.has(RESUME) and len(token) <= MOST_TOKEN_CHARS:
        session.token = token
    yield from ()


def receive_register(session: Session, message: Message) -> Iterator[Effect]:
    """Handle the answer to REGISTER. A refusal is a FAIL, shown like any other."""
    kind, account, *_, text = message.params
    password, session.registering = session.registering, ""
    if kind.upper() == "SUCCESS" and password and casefold(account) == casefold(session.nick):
        session.memory.account = (account, password)
    yield Told(text)


_SAY_ALL = ("SEARCH", "REGISTER", "INVITELINK", "REDACT")  # their context parameters are not what was typed
_OF_HELD: Mapping[tuple[str, ...], bool] = {("*", "HELD"): True, ("*", "ARRIVED"): False}


def receive_standard_reply(session: Session, message: Message) -> Iterator[Effect]:
    """Handle a FAIL, WARN or NOTE (https://ircv3.net/specs/extensions/standard-replies)."""
    text = message.params[-1]
    if message.params[:-1] in _OF_HELD:
        session.is_held = _OF_HELD[message.params[:-1]]
    says_all = message.params[0].upper() in _SAY_ALL
    about = "" if says_all else " ".join(message.params[2:-1])
    shown = f"{about}: {text}" if about else text
    yield Told(shown) if message.command.upper() == "NOTE" else Problem(shown)


def _gone(session: Session, name: str, nick: str) -> Iterator[Effect]:
    room = session.rooms.get(name)
    if room is None:
        return
    room.members.discard(nick)
    session.typists.stop(nick, name)
    if not session.is_me(nick):
        return
    session.rooms.leave(name)
    yield from returning.close(session, name)


def _reason(params: Iterator[str] | tuple[str, ...]) -> str:
    reason = " ".join(params)
    return f" ({reason})" if reason else ""


RECEIVERS: Mapping[str, Receiver] = {
    "JOIN": receive_join,
    "PART": receive_part,
    "KICK": receive_kick,
    "QUIT": receive_quit,
    "NICK": receive_nick,
    "RENAME": receive_rename,
    "MODE": receive_mode,
    "TOPIC": receive_topic,
    "INVITE": receive_invite,
    "PRIVMSG": receive_words,
    "NOTICE": receive_words,
    "MARKREAD": marking.receive_marker,
    "TAGMSG": tagged.receive_tags,
    "REDACT": tagged.receive_redaction,
    "BATCH": batches.receive_batch,
    "ERROR": receive_error,
    "PONG": receive_pong,
    "REGISTER": receive_register,
    "RESUME": receive_resume,
    "TRACKERS": wider.receive_trackers,
    "FAIL": receive_standard_reply,
    "WARN": receive_standard_reply,
    "NOTE": receive_standard_reply,
}
