"""What comes without words: reactions, who is typing, messages that are taken back. Pure. Receivers, as in `received`.

https://ircv3.net/specs/extensions/message-redaction, https://ircv3.net/specs/client-tags/typing
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chatcore.protocol.message import Message, parse_source
from chatcore.terminal.session import reactions, typists
from chatcore.terminal.session.effects import Effect, Told
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
    """Handle a REDACT: a message is gone. Raises IndexError."""
    nick = parse_source(message.source or "").nick
    msgid, reason = message.params[1], " ".join(message.params[2:])
    place = place_of(session, message)
    quote = session.memory.quotes.forget(msgid, place)
    reactions.drop(session, msgid)
    if session.absence is not None:
        session.absence.forget(msgid)
    because = f" ({reason})" if reason else ""
    whose = reactions.about(session, quote)
    if quote is None:
        told = f"{nick} took back {whose}"
    elif session.is_me(nick) == quote.is_own and (quote.is_own or quote.nick == nick):
        told = f"{nick} took back: \u201c{quote.words}\u201d"
    else:
        told = f"{nick} removed {whose if quote.is_own else f'what {quote.nick} said: {whose}'}"
    yield Told(f"{told}{because}", sent_at(message), (place,), reactions.where(place))


def _look_again(session: Session) -> Iterable[Effect]:
    """Have the session looked at when somebody will have stopped typing: nothing else tells."""
    delay_s = session.typists.leaves_in(session.clock.now)
    if delay_s is not None:
        session.clock.call_in(delay_s, _TYPING, lambda: _look_again(session))
    return ()
