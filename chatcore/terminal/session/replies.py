"""Handlers for the tracker's numeric replies: each changes the session and yields effects. Pure.

`params[0]` of a numeric is always our own nick. Errors without a receiver are shown as they are; other numerics without
one are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from chatcore.protocol import numerics
from chatcore.protocol.isupport import parse_isupport
from chatcore.protocol.message import Message
from chatcore.protocol.modes import PREFIXES
from chatcore.protocol.names import casefold
from chatcore.terminal.session import moderation_replies, returning
from chatcore.terminal.session.effects import Answer, Effect, Problem, Told
from chatcore.terminal.session.lookup import Lookup, Person, short
from chatcore.terminal.session.rooms import Room
from chatcore.terminal.session.session import Session

MOST_NAMES_SHOWN = 100
MOST_OF_A_WELCOME = 200
"""Lines of the welcome that are remembered."""

_LETTERS = {prefix: letter for letter, prefix in PREFIXES.items()}
_OTHER_PREFIXES = "~&%"  # used by other IRC servers


def receive_numeric(session: Session, message: Message) -> Iterator[Effect]:
    """Handle one numeric. Raises IndexError if it lacks parameters."""
    receiver = REPLIES.get(message.command)
    if receiver is not None:
        yield from receiver(session, message.params)
    elif "400" <= message.command < "600":
        yield from receive_other_error(session, message.params)


def receive_welcome(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    session.nick = params[0]
    if session.absence is None:
        yield Told(params[1])


def receive_isupport(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    session.supported.learn(parse_isupport(params[1:-1]))
    yield from ()


def receive_motd(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    """Show a line of the welcome, unless it was shown before the connection was lost."""
    welcome, line = session.memory.welcome, params[1].removeprefix("- ")
    if session.absence is None or line not in welcome:
        yield Told(line)
    if len(welcome) < MOST_OF_A_WELCOME:
        welcome[line] = None


def receive_end_of_welcome(session: Session, _params: tuple[str, ...]) -> Iterator[Effect]:
    """Ask whether more is to come: the tracker may put us into a room after its welcome (`arrive`)."""
    if session.is_being_welcomed:
        yield session.ping()


def arrive(session: Session) -> Iterator[Effect]:
    """Enter the first room, unless the tracker has put us into one; after a loss, return to our rooms."""
    session.has_arrived = True
    if session.absence is not None:
        yield from returning.arrive(session, session.absence)
    elif not session.rooms:
        yield Message("JOIN", session.entrance)
        yield session.ping()


def receive_topic(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    if not _is_coming_back_to(session, params[1]):
        yield Told(f"the topic of {params[1]}: {params[2]}", places=(params[1],))


def receive_no_topic(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    if not _is_coming_back_to(session, params[1]):
        yield Told(f"{params[1]} has no topic", places=(params[1],))


def receive_names(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    room = session.rooms.get(params[2])
    if room is not None:
        for word in params[3].split():
            nick = word.lstrip("".join(_LETTERS) + _OTHER_PREFIXES)
            prefixes = word[: len(word) - len(nick)]
            yield from add_member(session, room, nick, [_LETTERS[each] for each in prefixes if each in _LETTERS])


def add_member(session: Session, room: Room, nick: str, letters: Iterable[str] = ()) -> Iterator[Effect]:
    """Add somebody to a room; report it once if there is no space."""
    if not session.rooms.add_member(room, nick, letters) and room.left_out == 1:
        yield Problem(f"{room.name} has too many members to remember; Tab and /who NAME do not know some of them")


def receive_end_of_names(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    room = session.rooms.get(params[1])
    if room is None or room.is_listed:
        return
    room.is_listed = True
    if room.is_returned_to:
        return
    names = [room.members.shown(nick) for nick in room.members]
    others = len(names[MOST_NAMES_SHOWN:]) + room.left_out
    more = f" and {others} more" if others else ""
    yield Told(f"in {room.name}: {', '.join(names[:MOST_NAMES_SHOWN])}{more}", places=(room.name,))


def receive_who(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    if session.lookup is not None and len(params) >= 8:
        session.lookup.take_who(params)
    yield from ()


def receive_end_of_who(session: Session, _params: tuple[str, ...]) -> Iterator[Effect]:
    lookup = session.lookup
    if lookup is None:
        return
    questions = lookup.ask_singly()
    if questions:
        yield from questions
        yield session.ping()
    else:
        yield from _answer(session, lookup)


def receive_whois_user(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    if person := _asked_about(session, params):
        person.nick = params[1]
        person.user_and_host = short(f"{params[2]}@{params[3]}")
    yield from ()


def receive_whois_host(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    if person := _asked_about(session, params):
        person.address = short(params[2].rpartition(" ")[2])
    yield from ()


def receive_whois_idle(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    if (person := _asked_about(session, params)) and params[2].isdigit():
        person.idle = _duration(int(params[2]))
    yield from ()


def receive_whois_channels(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    if person := _asked_about(session, params):
        person.rooms = short(f"{person.rooms} {params[2].strip()}".strip())
    yield from ()


def receive_away(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    person = _asked_about(session, params)
    if person:
        person.away = short(params[2])
    else:
        yield Told(f"{params[1]} is away: {params[2]}")


def receive_end_of_whois(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    lookup = session.lookup
    if lookup is not None and lookup.finish(params[1]):
        yield from _answer(session, lookup)


def receive_list(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    topic = f", {params[3]}" if len(params) > 3 and params[3] else ""
    session.rooms_listed += 1
    yield Answer(f"{params[1]}: {params[2]} {'person' if params[2] == '1' else 'people'}{topic}")


def receive_end_of_list(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    if not session.rooms_listed:
        yield Answer("there are no rooms")
    elif ": " in params[-1]:  # a note that the list is incomplete
        yield Answer(params[-1])
    session.rooms_listed = 0


def receive_inviting(_session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    yield Answer(f"{params[1]} is invited to {params[2]}")


def receive_text(_session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    """Show the tracker's own words."""
    yield Answer(params[-1])


def receive_other_error(session: Session, params: tuple[str, ...]) -> Iterator[Effect]:
    """Show a refusal, with the text that was not sent because of it."""
    about = " ".join(params[1:-1])
    refused = session.take_refused(params[1]) if about else None
    not_said = "" if refused is None else f"; not sent: {refused}"
    text = f"{about}: {params[-1]}{not_said}" if about else params[-1]
    session.otherwise = ""
    if session.is_new_problem(text):
        yield Problem(text)


def _is_coming_back_to(session: Session, name: str) -> bool:
    room = session.rooms.get(name)
    return room is not None and room.is_returned_to and not room.is_listed


def _asked_about(session: Session, params: tuple[str, ...]) -> Person | None:
    lookup = session.lookup
    return lookup.person(params[1]) if lookup is not None and casefold(params[1]) in lookup.open else None


def _answer(session: Session, lookup: Lookup) -> Iterator[Effect]:
    session.lookup = None
    for line in lookup.describe():
        yield Answer(line)


def _duration(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h {seconds % 3600 // 60} min"


REPLIES: Mapping[str, Callable[[Session, tuple[str, ...]], Iterator[Effect]]] = {
    numerics.RPL_WELCOME: receive_welcome,
    numerics.RPL_ISUPPORT: receive_isupport,
    numerics.RPL_MOTD: receive_motd,
    numerics.RPL_ENDOFMOTD: receive_end_of_welcome,
    numerics.ERR_NOMOTD: receive_end_of_welcome,
    numerics.RPL_TOPIC: receive_topic,
    numerics.RPL_NOTOPIC: receive_no_topic,
    numerics.RPL_NAMREPLY: receive_names,
    numerics.RPL_ENDOFNAMES: receive_end_of_names,
    numerics.RPL_WHOREPLY: receive_who,
    numerics.RPL_ENDOFWHO: receive_end_of_who,
    numerics.RPL_WHOISUSER: receive_whois_user,
    numerics.RPL_WHOISHOST: receive_whois_host,
    numerics.RPL_WHOISIDLE: receive_whois_idle,
    numerics.RPL_WHOISCHANNELS: receive_whois_channels,
    numerics.RPL_AWAY: receive_away,
    numerics.RPL_ENDOFWHOIS: receive_end_of_whois,
    numerics.RPL_LIST: receive_list,
    numerics.RPL_LISTEND: receive_end_of_list,
    numerics.RPL_INVITING: receive_inviting,
    numerics.RPL_UNAWAY: receive_text,
    numerics.RPL_NOWAWAY: receive_text,
    **moderation_replies.REPLIES,
}
