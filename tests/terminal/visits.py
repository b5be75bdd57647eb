"""Sessions at some point of a visit, and what they yield, for the tests that need no connection."""

from collections.abc import Iterable

from chatcore.protocol.message import Message, parse, serialize
from chatcore.terminal.commands.typed import type_line
from chatcore.terminal.connecting.handshake import WANTED
from chatcore.terminal.screen.render import render_plain
from chatcore.terminal.session.effects import AskPassword, Effect, Errand, Request
from chatcore.terminal.session.outbox import LABEL
from chatcore.terminal.session.received import receive
from chatcore.terminal.session.session import Session

WELCOME = (
    ":tracker.chat 001 ann :Welcome to the chat, ann!",
    ":tracker.chat 005 ann CASEMAPPING=ascii NICKLEN=10 PREFIX=(ov)@+ :are supported by this server",
    ":tracker.chat 005 ann CHANMODES=beI,k,lW,imnst EXTBAN=,m :are supported by this server",
    ":tracker.chat 376 ann :End of MOTD",
)

LOBBY = (
    ":ann!ann@127.0.0.1 JOIN #lobby",
    ":tracker.chat 353 ann = #lobby :@bob ann +Cleo",
    ":tracker.chat 366 ann #lobby :End of names",
)


def arrive(session: Session, *lines: str) -> list[Effect]:
    """Feed lines from the tracker; return all effects."""
    return [effect for line in lines for effect in receive(session, parse(line))]


def settle(session: Session, effects: Iterable[Effect]) -> list[Effect]:
    """Answer the PINGs among the effects; return the resulting effects."""
    messages = [effect for effect in effects if isinstance(effect, Message)]
    tokens = [message.params[0] for message in messages if message.command == "PING"]
    return arrive(session, *(f":tracker.chat PONG tracker.chat {token}" for token in tokens))


def shown(effects: Iterable[Effect]) -> list[str]:
    """Return what a pipe would print."""
    not_shown = Message | Request | AskPassword | Errand
    lines = [render_plain(effect) for effect in effects if not isinstance(effect, not_shown)]
    return [line for line in lines if line]


def looked_at(session: Session) -> str | None:
    """Return the name of the current view."""
    return session.views.current.name if session.views.current else None


def unread(session: Session) -> dict[str, int]:
    """Return the number of unread messages of each view that has any."""
    return {view.name: view.unread for view in session.views if view.unread}


def sent(effects: Iterable[Effect]) -> list[str]:
    """Return the lines to send, without the PINGs that only settle the session, and without the outbox's labels."""
    messages = [effect for effect in effects if isinstance(effect, Message)]
    return [serialize(without_label(message)) for message in messages if message.command != "PING"]


def without_label(message: Message) -> Message:
    """Return a message without the label by which the outbox knows it."""
    tags = {name: value for name, value in message.tags.items() if name != "label" or not value.startswith(LABEL)}
    return message._replace(tags=tags)


def pings(effects: Iterable[Effect]) -> int:
    return sum(isinstance(effect, Message) and effect.command == "PING" for effect in effects)


def type_in(session: Session, line: str) -> list[Effect]:
    """Type a line and let the tracker settle it."""
    effects = type_line(session, line)
    settle(session, effects)
    return effects


def welcomed(*, capabilities: Iterable[str] = WANTED) -> Session:
    """Return the session of ann, who is not in any room yet."""
    session = Session("ann", frozenset(capabilities))
    settle(session, settle(session, arrive(session, *WELCOME)))
    return session


def in_lobby(*, capabilities: Iterable[str] = WANTED) -> Session:
    """Return the session of ann, who is in #lobby with bob, an operator, and Cleo, who has a voice."""
    session = welcomed(capabilities=capabilities)
    arrive(session, *LOBBY)
    return session


def in_two_rooms() -> Session:
    """Return the session of ann, who is in #lobby and then joined #dev."""
    session = in_lobby()
    arrive(
        session,
        ":ann!ann@127.0.0.1 JOIN #dev",
        ":tracker.chat 353 ann = #dev :@ann",
        ":tracker.chat 366 ann #dev :End of names",
    )
    return session
