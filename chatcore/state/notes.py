"""Notes: what only the audit log hears of. They are logged, and nobody is told."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class NoteKind(StrEnum):
    """What a note is about, as chat.log has it."""

    START = "start"
    REFUSED = "refused"
    SHUT_OUT = "shut-out"
    REGISTER = "register"
    RESUME = "resume"
    OPER = "oper"
    OVERRIDE = "override"
    KILL = "kill"
    BAN = "ban"
    UNBAN = "unban"
    LOG_OPENED = "log-opened"
    LOG_RESUMED = "log-resumed"


class LoginProblem(StrEnum):
    """What was wrong with a refused login."""

    PASSWORD = "password"
    ACCOUNT = "account"
    OPERATOR = "oper"
    BAN = "ban"
    RESUME = "resume"


class Noted(NamedTuple):
    """Something for the log alone: a refused login, the tracker's start, a ban."""

    kind: NoteKind
    fields: tuple[str, ...] = ()
    text: str | None = None
    problem: LoginProblem | None = None  # of a refused login: what it is counted by


def login_refused(problem: LoginProblem, nick: str, address: str, reason: str) -> Noted:
    """Return the note that a login was refused, for this reason in words."""
    return Noted(NoteKind.REFUSED, (nick, address), reason, problem)


Note = Noted
