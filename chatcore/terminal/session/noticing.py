"""What of what others say is meant for us. Pure."""

from __future__ import annotations

import re

from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Said


def is_for_us(nick: str, said: Said) -> bool:
    """Return whether something that is said is private, answers us, or names us, as a word of its own."""
    if said.is_own:
        return False
    if said.answers is not None and casefold(said.answers.nick) == casefold(nick):
        return True
    word = rf"(?<![\w-]){re.escape(casefold(nick))}(?![\w-])"
    return said.room is None or re.search(word, casefold(said.text)) is not None
