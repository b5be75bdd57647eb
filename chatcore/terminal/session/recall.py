"""A `/history` longer than one answer from the tracker: fetched page by page, latest first. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatcore.protocol.message import Message
from chatcore.terminal.session.effects import Said


@dataclass
class Recall:
    """A history that is being fetched."""

    room: str
    left: int
    """How many messages are still wanted."""
    most: int
    """How many messages one answer may have."""
    oldest: str = ""
    """The id of the oldest message so far."""
    said: list[Said] = field(default_factory=list)
    held_chars: int = 0

    def ask(self) -> Message:
        """Return the request for the next page."""
        count = str(min(self.left, self.most))
        if self.oldest:
            return Message("CHATHISTORY", ("BEFORE", self.room, f"msgid={self.oldest}", count))
        return Message("CHATHISTORY", ("LATEST", self.room, "*", count))

    def take(self, page: list[Said], received: int, oldest: str, held_chars: int) -> bool:
        """Put a page before the others; return whether there may be another one."""
        self.said[:0] = page
        self.held_chars += held_chars
        self.left -= received
        self.oldest = oldest
        return received > 0 and self.left > 0 and oldest != ""
