"""Notes: events for the audit log alone. Nobody is told of them."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from chatcore.protocol.invitations import without_secrets
from chatcore.protocol.timestamp import format_time


class NoteKind(StrEnum):
    """What a note is about, as written in chat.log."""

    START = "start"
    REFUSED = "refused"
    SHUT_OUT = "shut-out"
    REGISTER = "register"
    RESUME = "resume"
    INVITED = "invited"
    KEY = "key"
    INVITATION_MADE = "invitation-made"
    INVITATION_REVOKED = "invitation-revoked"
    OPER = "oper"
    OVERRIDE = "override"
    KILL = "kill"
    BAN = "ban"
    UNBAN = "unban"
    LOG_OPENED = "log-opened"
    LOG_RESUMED = "log-resumed"
    GAP = "gap"
    REPEAT = "repeat"


class LoginProblem(StrEnum):
    """What was wrong with a refused login."""

    PASSWORD = "password"
    ACCOUNT = "account"
    OPERATOR = "oper"
    BAN = "ban"
    RESUME = "resume"
    INVITATION = "invitation"


class Noted(NamedTuple):
    """Something for the log alone: a refused login, the tracker's start, a ban."""

    kind: NoteKind
    fields: tuple[str, ...] = ()
    text: str | None = None
    problem: LoginProblem | None = None  # for a refused login: the category it is counted in


JOINED = "joined"
"""The word in a start line that says that other trackers kept the chat running, so that nobody left because of it."""


def started(where: str, *, has_others: bool) -> Noted:
    """Return the note that the tracker has started and listens at `where`."""
    return Noted(NoteKind.START, (JOINED,) if has_others else (), where)


def login_refused(problem: LoginProblem, nick: str, address: str, reason: str) -> Noted:
    """Return the note that a login was refused, for this reason in words.

    Reason and nick contain a stranger's text, which may be an invitation typed where a name belongs.
    """
    return Noted(NoteKind.REFUSED, (without_secrets(nick), address), without_secrets(reason), problem)


def invitation_made(invitation_id: str, room: str, by: str, uses: int, until: float) -> Noted:
    """Return the note that an invitation was made, until a Unix time (s), `by` an IRC user or '' for the operator.

    The id is in the text of all notes about an invitation, so that a search for it finds them.
    """
    text = f"{invitation_id}, {uses} can come until {format_time(until)}"
    return Noted(NoteKind.INVITATION_MADE, (room or "*", *([by] if by else [])), text)


def invitation_revoked(invitation_id: str, room: str, by: str) -> Noted:
    """Return the note that an invitation was revoked, `by` an IRC user or '' for the operator."""
    return Noted(NoteKind.INVITATION_REVOKED, (room or "*", *([by] if by else [])), invitation_id)


def invited(nick: str, address: str, invitation_id: str) -> Noted:
    """Return the note that a client enters by an invitation."""
    return Noted(NoteKind.INVITED, (nick, address), invitation_id)


def logged_in_by_key(account: str, address: str, fingerprint: str) -> Noted:
    """Return the note that a client that is about to enter has logged in to an account with a key."""
    return Noted(NoteKind.KEY, (account, address), fingerprint)


def gap(first: int, last: int) -> Noted:
    """Return the note that entries at these positions of the chat's stream may be missing."""
    return Noted(NoteKind.GAP, (str(first), str(last)))


Note = Noted
