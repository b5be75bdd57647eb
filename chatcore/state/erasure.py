"""Which messages are to be erased. Pure."""

from __future__ import annotations

from typing import NamedTuple

from chatcore.protocol.names import casefold


class Erasure(NamedTuple):
    """Which lines are to be erased: those that meet every condition given here.

    `nick` is the author's nick or account, `room` the room; both are casefolded, '' for any. `before_ms` is the time
    before which a line was said (Unix, ms).
    """

    nick: str = ""
    room: str = ""
    before_ms: int | None = None

    def concerns(self, source: str, account: str | None, room: str, time_ms: int) -> bool:
        """Return whether a line is to be erased. `room` is casefolded, and '' for a private one."""
        if self.room and room != self.room:
            return False
        if self.before_ms is not None and time_ms >= self.before_ms:
            return False
        return not self.nick or self.is_by(source, account)

    def is_by(self, source: str, account: str | None) -> bool:
        """Return whether a source (nick!user@host) or an account is the author that is meant."""
        return self.nick in (casefold(source.partition("!")[0]), casefold(account or ""))
