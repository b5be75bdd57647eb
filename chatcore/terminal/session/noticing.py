"""Which messages are meant for us, and when to make a noise about them. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf

from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Said

PAUSE_S = 10.0
"""Within this time after a message for us, further ones in the same place make no noise."""
LEAST_PAUSE_S = 2.0
"""The least time between two noises, wherever they come from."""

_MOST_PLACES = 100


def is_for_us(nick: str, said: Said) -> bool:
    """Return whether a message is private, replies to us, or names us as a separate word."""
    if said.is_own:
        return False
    if said.answers is not None and casefold(said.answers.nick) == casefold(nick):
        return True
    word = rf"(?<![\w-]){re.escape(casefold(nick))}(?![\w-])"
    return said.room is None or re.search(word, casefold(said.text)) is not None


def marked(nick: str, said: Said) -> Said:
    """Return the message, marked if it is for us."""
    return replace(said, is_for_us=True) if is_for_us(nick, said) else said


class Bursts:
    """Decides which of many messages in a row are worth a noise: the first."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}  # when the last message came, by place, the latest last
        self._noise_at = -inf

    def is_worth_a_noise(self, place: str, now: float) -> bool:
        """Return whether a message in this place is worth a noise. `now` is monotonic, s."""
        place = casefold(place)
        before = self._last.pop(place, -inf)
        self._last[place] = now
        while len(self._last) > _MOST_PLACES:
            del self._last[next(iter(self._last))]
        if now - before < PAUSE_S or now - self._noise_at < LEAST_PAUSE_S:
            return False
        self._noise_at = now
        return True
