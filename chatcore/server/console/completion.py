"""What Tab offers at the console: commands, and the arguments that each can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatcore.protocol.names import casefold
from chatcore.server.console.table import CONSOLE_COMMANDS

if TYPE_CHECKING:
    from chatcore.server.tracker import Tracker


def candidates(tracker: Tracker, before: str) -> list[str]:
    """Return possible completions of the last word in `before`, the line up to the cursor. Any thread."""
    *words, begun = before.split(" ")
    words = [word for word in words if word]
    if not words:
        offered = [name + (" " if command.syntax != name else "") for name, command in CONSOLE_COMMANDS.items()]
    else:
        command = CONSOLE_COMMANDS.get(words[0].lower())
        offered = [f"{word} " for word in command.offers(tracker, words[1:])] if command else []
    return sorted({word for word in offered if casefold(word).startswith(casefold(begun))}, key=casefold)
