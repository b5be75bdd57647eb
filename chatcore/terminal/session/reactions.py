"""Reactions to messages, as lines (https://ircv3.net/specs/client-tags/react). Pure.

The first reaction to a message is shown at once; those that follow within a few seconds are folded into one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from chatcore.protocol.message import Message, parse_source
from chatcore.protocol.names import casefold, is_channel
from chatcore.terminal.session.effects import Effect, Told
from chatcore.terminal.session.folding import Folding
from chatcore.terminal.session.quotes import Quote, answered_id
from chatcore.terminal.session.said import place_of, sent_at
from chatcore.terminal.session.session import Session

REACT, UNREACT = "+draft/react", "+draft/unreact"

FOLDED_FOR_S = 3.0
MOST_AT_ONCE = 100
"""The most messages whose reactions are being folded."""
MOST_CHARS = 24
"""The limit for a reaction, which may be any text."""


def receive_reaction(session: Session, message: Message) -> Iterator[Effect]:
    """Handle a TAGMSG that adds a reaction or takes one back. Raises IndexError."""
    tags, nick = message.tags, parse_source(message.source or "").nick
    if (REACT in tags) == (UNREACT in tags):  # both at once are meaningless
        return
    value, msgid = _short(tags.get(REACT, "") or tags.get(UNREACT, "")), answered_id(tags)
    place = place_of(session, message)
    if not value or not msgid or not is_seen_of(session, place):
        return
    quote, key = session.memory.quotes.get(msgid, place), _key(msgid, place)
    folding = session.foldings.get(key)
    if UNREACT in tags:
        if folding is None or not folding.take_back(nick, value):
            told = f"{nick} took {value} back from {about(quote)}"
            yield Told(told, sent_at(message), (place,), where(place), msgid)
        return
    is_first = folding is None
    if folding is None:
        folding = _begin(session, key, Folding(msgid, about(quote), place, where(place)))
    folding.time = sent_at(message)
    folding.add(nick, value)
    if is_first:
        yield from folding.line()


def is_seen_of(session: Session, place: str) -> bool:
    """Return whether a room or conversation has a view, in which lines about its messages are shown."""
    return session.shows_all or session.views.get(place) is not None


def show_rest(session: Session) -> Iterator[Effect]:
    """Show all folded reactions now, as the visit ends."""
    foldings, session.foldings = session.foldings, {}
    for key, folding in foldings.items():
        session.clock.cancel(_name(key))
        yield from folding.line()


def drop(session: Session, msgid: str, place: str) -> None:
    """Drop the pending reactions to a message."""
    session.foldings.pop(_key(msgid, place), None)
    session.clock.cancel(_name(_key(msgid, place)))


def about(quote: Quote | None) -> str:
    """Return how a sentence refers to a message."""
    if quote is None:
        return "an earlier message"
    return f"{'your ' if quote.is_own else ''}\u201c{quote.words}\u201d"


def where(place: str) -> str:
    """Return how a line outside the view names the place."""
    return f"in {place}" if is_channel(place) else "in private"


def _begin(session: Session, key: str, folding: Folding) -> Folding:
    if len(session.foldings) < MOST_AT_ONCE:
        session.foldings[key] = folding
        session.clock.call_in(FOLDED_FOR_S, _name(key), partial(_go_on, session, key))
    return folding


def _go_on(session: Session, key: str) -> Iterable[Effect]:
    """Show the reactions that have come meanwhile, and continue folding as long as there are any."""
    folding = session.foldings[key]
    shown = list(folding.line())
    if shown:
        session.clock.call_in(FOLDED_FOR_S, _name(key), partial(_go_on, session, key))
    else:
        del session.foldings[key]
    return shown


def _key(msgid: str, place: str) -> str:
    """Return a key for a message that is unique even if the same id is used elsewhere."""
    return f"{msgid} in {casefold(place)}"


def _name(key: str) -> str:
    return f"reactions to {key}"


def _short(value: str) -> str:
    return value if len(value) <= MOST_CHARS else f"{value[:MOST_CHARS]}\u2026"
