"""Receivers, as in `received`, for messages without text: reactions, typing notices, and redactions. Pure.

https://ircv3.net/specs/extensions/message-redaction, https://ircv3.net/specs/client-tags/typing
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chatcore.protocol.message import Message, parse_source
from chatcore.protocol.names import casefold
from chatcore.terminal.session import reactions, typists
from chatcore.terminal.session.effects import Effect, Told
from chatcore.terminal.session.quotes import Quote
from chatcore.terminal.session.said import place_of, sent_at
from chatcore.terminal.session.session import Session

_TYPING = "who is typing"


def receive_tags(session: Session, message: Message) -> Iterator[Effect]:
    """Handle a TAGMSG. Raises IndexError."""
    nick = parse_source(message.source or "").nick
    state = message.tags.get(typists.TAG, "")
    if state and not session.is_me(nick):
        session.typists.take(place_of(session, message), nick, state, session.clock.now)
        _look_again(session)
    yield from reactions.receive_reaction(session, message)


def receive_redaction(session: Session, message: Message) -> Iterator[Effect]:
    """Handle a REDACT: forget a message that was taken back. Raises IndexError."""
    nick = parse_source(message.source or "").nick
    msgid, reason = message.params[1], " ".join(message.params[2:])
    place = place_of(session, message)
    quote = session.memory.quotes.forget(msgid, place)
    reactions.drop(session, msgid, place)
    if session.absence is not None:
        session.absence.forget(msgid)
    view = session.views.get(place)
    if view is not None:
        view.forget(msgid)
    is_seen = view is not None and session.views.note(Told(f"{nick} took a message back", sent_at(message), (place,)))
    if is_seen or session.shows_all:  # its words are shown once more, but not remembered
        because = f" ({reason})" if reason else ""
        yield Told(_what_is_gone(nick, quote) + because, sent_at(message), (), reactions.where(place))


def _what_is_gone(nick: str, quote: Quote | None) -> str:
    if quote is None:
        return f"{nick} took back an earlier message"
    if casefold(nick) == casefold(quote.nick):
        return f"{nick} took back: \u201c{quote.words}\u201d"
    whose = "" if quote.is_own else f"what {quote.nick} said: "
    return f"{nick} removed {whose}{reactions.about(quote)}"


def _look_again(session: Session) -> Iterable[Effect]:
    """Schedule an update for when somebody stops typing: nothing else reports that."""
    delay_s = session.typists.leaves_in(session.clock.now)
    if delay_s is not None:
        session.clock.call_in(delay_s, _TYPING, lambda: _look_again(session))
    return ()
