"""The slash commands about one message: reply, reaction, redaction. Handlers of the table in `slash`. Pure.

They apply to the last message in the current view, or to the last one there by the person named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chatcore.protocol.message import Message
from chatcore.protocol.names import is_channel
from chatcore.terminal.commands import listed
from chatcore.terminal.commands.actions import UsageError
from chatcore.terminal.session.effects import Effect, Problem
from chatcore.terminal.session.quotes import REPLY_TAGS, Quote
from chatcore.terminal.session.reactions import REACT, UNREACT
from chatcore.terminal.session.session import Session

REDACTION = "draft/message-redaction"
TAGS = "message-tags"

EMOJI: Mapping[str, str] = listed.emoji()
"""Emoji by name; a name may be typed with or without colons around it."""

COMMON_EMOJI = tuple(listed.emoji(lines=1))
"""The names that Tab offers without a colon."""

MOST_REACTION_BYTES = 64

NO_TAGS = "this tracker passes on neither replies nor reactions"


def handle_reply(session: Session, text: str) -> Iterator[Effect]:
    """Send a reply. The first word counts as a name only if that person is here or has spoken here."""
    place, room = _place(session), session.room
    name, _, rest = text.partition(" ")
    is_known = session.memory.quotes.last(place, name) is not None or (room is not None and name in room.members)
    is_name = is_known and bool(rest.strip())
    quote = _meant(session, name if is_name else "")
    if not session.has(TAGS):
        yield Problem(NO_TAGS)
        return
    is_tagged = False
    for effect in session.say(quote.target, rest.strip() if is_name else text):
        if isinstance(effect, Message) and not is_tagged:  # only the first message of a long text
            is_tagged = True
            yield effect._replace(tags={**effect.tags, **dict.fromkeys(REPLY_TAGS, quote.msgid)})
        else:
            yield effect


def handle_react(session: Session, text: str) -> Iterator[Effect]:
    yield from _react(session, text, REACT)


def handle_unreact(session: Session, text: str) -> Iterator[Effect]:
    yield from _react(session, text, UNREACT)


def handle_unsay(session: Session, text: str) -> Iterator[Effect]:
    """Take back our own last message, or, as a room's operator, somebody else's."""
    if not session.has(REDACTION):
        yield Problem("messages cannot be taken back on this tracker")
        return
    name, *more = text.split()[:2] or [""]
    if more:
        raise UsageError("one NAME at a time")
    place = _place(session)
    quote = _meant(session, name) if name else session.memory.quotes.last(place, is_own=True)
    if quote is None:
        raise UsageError(f"you have said nothing {_where(place)} lately")
    yield Message("REDACT", (quote.target, quote.msgid))


def _react(session: Session, text: str, tag: str) -> Iterator[Effect]:
    *names, word = text.split()
    if len(names) > 1:
        raise UsageError("one NAME, and one EMOJI")
    if not session.has(TAGS):
        yield Problem(NO_TAGS)
        return
    value = EMOJI.get(word.strip(":").lower(), word)
    if len(value.encode()) > MOST_REACTION_BYTES:
        raise UsageError("that is too long for a reaction")
    quote = _meant(session, *names)
    tags = {tag: value, **dict.fromkeys(REPLY_TAGS, quote.msgid)}
    yield Message("TAGMSG", (quote.target,), tags=tags)


def _meant(session: Session, name: str = "") -> Quote:
    """Return the last message in the current view by `name`, or else by anybody but us. Raises UsageError."""
    place = _place(session)
    quote = session.memory.quotes.last(place, name or None)
    if quote is None:
        who = f"{name} has said nothing" if name else "nobody else has said anything"
        raise UsageError(f"{who} {_where(place)} lately")
    return quote


def _place(session: Session) -> str:
    """Return the name of the current view. Raises UsageError."""
    view = session.views.current
    if view is None:
        raise UsageError("you are not in any room; /join ROOM enters one")
    return view.name


def _where(place: str) -> str:
    return f"in {place}" if is_channel(place) else "here"
