"""A `/history` that goes back further than one answer of the tracker's: page after page, the latest first. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatcore.protocol.message import Message
from chatcore.terminal.session.effects import Said


@dataclass
class Recall:
    """What is known of it so far."""

    room: str
    left: int
    """How many messages are still wanted."""
    most: int
    """How many one answer may have."""
    oldest: str = ""
    """The id of the first message so far."""
    said: list[Said] = field(default_factory=list)
    held_chars: int = 0

    def ask(self) -> Message:
        """Return the question for the next page."""
        count = str(min(self.left, self.most))
        if self.oldest:
            return Message("CHATHISTORY", ("BEFORE", self.room, f"msgid={self.oldest}", count))
        return Message("CHATHISTORY", ("LATEST", self.room, "*", count))

    def take(self, page: list[Said], received: int, oldest: str, held_chars: int) -> bool:
        """Put a page before what there is; return whether there may be another."""
        self.said[:0] = page
        self.held_chars += held_chars
        self.left -= received
        self.oldest = oldest
        return received > 0 and self.left > 0 and oldest != ""
