"""`/register`: creating an account for our own name. Pure.

https://ircv3.net/specs/extensions/account-registration (a draft). The password is asked for twice. The client remembers
it until it ends, to log in again if the connection is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from chatcore.protocol.message import Message
from chatcore.terminal.commands.moderation import NO_PASSWORD
from chatcore.terminal.session.effects import Answer, AskPassword, Effect, Problem
from chatcore.terminal.session.session import REGISTRATION, Session

NOT_OFFERED = "you cannot register on this tracker; its operator can create an account for you (account add NAME)"
NOT_IN_THE_LINE = "type /register alone, and the client asks for a password; nothing was sent"
NOT_THE_SAME = "the passwords do not match; nothing was sent"


def handle_register(session: Session, text: str) -> Iterator[Effect]:
    if not session.has(REGISTRATION):
        yield Problem(NOT_OFFERED)
    elif text:
        yield Problem(NOT_IN_THE_LINE)
    else:
        yield AskPassword(f"A password for the account {session.nick}: ", partial(_take_first, session))


def _take_first(session: Session, password: str) -> list[Effect]:
    if not password:
        return [Answer(NO_PASSWORD)]
    return [AskPassword("The same password again: ", partial(_take_second, session, password))]


def _take_second(session: Session, password: str, again: str) -> list[Effect]:
    if not again:
        return [Answer(NO_PASSWORD)]
    if again != password:
        return [Problem(NOT_THE_SAME)]
    session.registering = password
    return [Message("REGISTER", ("*", "*", password)), session.ping()]
