"""The handlers of the slash commands in the table in `slash`. Pure.

A handler gets the text after the command, with at least as many words as the table requires. It raises UsageError if
they make no sense.
"""

from __future__ import annotations

from collections.abc import Iterator

from chatcore.errors import ChatError
from chatcore.protocol.message import Message
from chatcore.protocol.modes import PREFIXES
from chatcore.protocol.names import CHANNEL_PREFIX, casefold, channel_problem, is_channel, parse_address
from chatcore.terminal.session.effects import Answer, ClearScreen, Effect, Manner, Request, TripBegun
from chatcore.terminal.session.lookup import Lookup
from chatcore.terminal.session.returning import close
from chatcore.terminal.session.rooms import Room
from chatcore.terminal.session.session import Session

MOST_NAMES_IN_A_LINE = 50

RANKS = "".join(PREFIXES.values())
"""The prefixes of names, highest rank first."""


class UsageError(ChatError):
    """A slash command with arguments that make no sense. Its text, if any, says why."""


def handle_join(session: Session, text: str) -> Iterator[Effect]:
    word, *key = text.split()
    name = room_name(word)
    room = session.rooms.get(name)
    if room is None:
        session.memory.keys.note(name, "".join(key[:1]))
        yield Message("JOIN", (name, *key[:1]))
    else:
        yield session.views.turn_to(session.views.open(room.name), f"you are now writing to {room.name}")


def handle_leave(session: Session, text: str) -> Iterator[Effect]:
    word, _, reason = text.partition(" ")
    view = session.views.get(word) if word else session.views.current
    if view is not None and not view.is_room:
        yield from close(session, view.name)
        return
    name = room_name(word) if word else current_room(session).name
    yield Message("PART", (name, reason) if reason else (name,))


def handle_send(session: Session, text: str) -> Iterator[Effect]:
    word, _, words = text.partition(" ")
    yield from session.say(room_name(word), words.lstrip())


def handle_msg(session: Session, text: str) -> Iterator[Effect]:
    nick, _, words = text.partition(" ")
    if "," in nick or is_channel(nick):
        raise UsageError("one NAME at a time")
    if words.strip():
        yield from session.say(nick, words.lstrip())
    else:
        yield from handle_query(session, nick)


def handle_query(session: Session, text: str) -> Iterator[Effect]:
    """Turn to the conversation with somebody, and say the text there if there is one."""
    nick, _, words = text.partition(" ")
    if "," in nick or is_channel(nick) or nick.startswith(":"):
        raise UsageError("one NAME at a time")
    yield session.views.turn_to(session.views.open(nick), f"you are now writing to {nick}")
    if words.strip():
        yield from session.say(nick, words.lstrip())


def handle_to(session: Session, text: str) -> Iterator[Effect]:
    address, _, words = text.partition(" ")
    if parse_address(address) is None:
        raise UsageError(f"{address} is not an IP:PORT")
    yield from session.say(address, words.lstrip())


def handle_notice(session: Session, text: str) -> Iterator[Effect]:
    """Send a notice to one person, to a room, or to a room's operators (@#room)."""
    target, _, words = text.partition(" ")
    if "," in target:
        raise UsageError("one NAME or ROOM at a time")
    if session.has("echo-message"):
        session.otherwise = f"{target} got no notice"  # the tracker does not answer notices, not even to refuse them
    yield from session.say(target, words.lstrip(), Manner.NOTICE)


def handle_who(session: Session, text: str) -> Iterator[Effect]:
    """Look up a room or a person. A bare word names a person if we share a room with somebody of that name."""
    word = text.split(maxsplit=1)[0] if text else current_room(session).name
    if is_channel(word) or not session.rooms.with_member(word):
        name = room_name(word)
        session.lookup = Lookup(name)
        yield Message("WHO", (name,))
    else:
        session.lookup = Lookup(None, open={casefold(word)})
        yield Message("WHOIS", (word,))


def handle_names(session: Session, text: str) -> Iterator[Effect]:
    """Show who is in a room of ours, members with a rank first, without asking the tracker."""
    name = room_name(text.split(maxsplit=1)[0]) if text else current_room(session).name
    room = session.rooms.get(name)
    if room is None:
        raise UsageError(f"you are not in {name}; /who {name} shows who is there")
    names = [room.members.shown(nick) for nick in room.members]
    names.sort(key=lambda name: RANKS.find(name[0]) if name[0] in RANKS else len(RANKS))
    yield Answer(f"in {room.name}: {len(names) + room.left_out}")
    for start in range(0, len(names), MOST_NAMES_IN_A_LINE):
        yield Answer(" ".join(names[start : start + MOST_NAMES_IN_A_LINE]))
    if room.left_out:
        yield Answer(f"and {room.left_out} more")


def handle_rooms(session: Session, text: str) -> Iterator[Effect]:
    session.rooms_listed = 0
    yield Message("LIST", (f"*{text.split(maxsplit=1)[0]}*",) if text else ())


def handle_topic(session: Session, text: str) -> Iterator[Effect]:
    name = current_room(session).name
    yield Message("TOPIC", (name, text) if text else (name,))


def handle_name(_session: Session, text: str) -> Iterator[Effect]:
    yield Message("NICK", (text,))


def handle_me(session: Session, text: str) -> Iterator[Effect]:
    yield from session.say_here(text, Manner.ACTION)


def handle_invite(session: Session, text: str) -> Iterator[Effect]:
    nick, *room = text.split()
    yield Message("INVITE", (nick, room_name(room[0]) if room else current_room(session).name))


def handle_mode(session: Session, text: str) -> Iterator[Effect]:
    yield Message("MODE", (current_room(session).name, *text.split()))


def handle_away(_session: Session, text: str) -> Iterator[Effect]:
    yield Message("AWAY", (text,) if text else ())


def handle_ping(session: Session, text: str) -> Iterator[Effect]:
    """Time the round trip to the tracker. A person's cannot be timed: most clients do not answer."""
    if text:
        raise UsageError("only the round trip to the tracker can be timed")
    yield TripBegun()
    yield session.begin_trip()


def handle_clear(_session: Session, _text: str) -> Iterator[Effect]:
    yield ClearScreen()


def handle_logout(_session: Session, _text: str) -> Iterator[Effect]:
    yield Request.LOGOUT


def handle_quit(_session: Session, _text: str) -> Iterator[Effect]:
    yield Request.LEAVE


def room_name(word: str) -> str:
    name = word if word.startswith(CHANNEL_PREFIX) else CHANNEL_PREFIX + word
    problem = channel_problem(name)
    if problem:
        raise UsageError(problem)
    return name


def current_room(session: Session) -> Room:
    view, room = session.views.current, session.room
    if room is None:
        is_talk = view is not None and not view.is_room
        raise UsageError("this is not a room" if is_talk else "you are not in any room; /join ROOM enters one")
    return room
