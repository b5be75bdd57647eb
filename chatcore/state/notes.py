"""Notes: what only the audit log hears of. They are logged, and nobody is told."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class NoteKind(StrEnum):
    """What a note is about, as chat.log has it."""

    START = "start"
    REFUSED = "refused"
    SHUT_OUT = "shut-out"
    OPER = "oper"
    OVERRIDE = "override"
    KILL = "kill"
    BAN = "ban"
    UNBAN = "unban"
    LOG_OPENED = "log-opened"
    LOG_RESUMED = "log-resumed"


class Noted(NamedTuple):
    """Something for the log alone: a refused login, the tracker's start, a ban."""

    kind: NoteKind
    fields: tuple[str, ...] = ()
    text: str | None = None


Note = Noted
