"""What of what others say is meant for us, and when a person is told of it. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf

from chatcore.protocol.names import casefold
from chatcore.terminal.session.effects import Said

PAUSE_S = 10.0
"""Who has said nothing to us for so long is heard again; until then more of the same makes no noise."""
LEAST_PAUSE_S = 2.0
"""Between two noises, whoever makes them."""

_MOST_PLACES = 100


def is_for_us(nick: str, said: Said) -> bool:
    """Return whether something that is said is private, answers us, or names us, as a word of its own."""
    if said.is_own:
        return False
    if said.answers is not None and casefold(said.answers.nick) == casefold(nick):
        return True
    word = rf"(?<![\w-]){re.escape(casefold(nick))}(?![\w-])"
    return said.room is None or re.search(word, casefold(said.text)) is not None


def marked(nick: str, said: Said) -> Said:
    """Return what is said, marked if it is for us."""
    return replace(said, is_for_us=True) if is_for_us(nick, said) else said


class Bursts:
    """Knows of many things that come in a row which of them are worth a noise: the first."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}  # when something came last, by place, the latest last
        self._noise_at = -inf

    def is_worth_a_noise(self, place: str, now: float) -> bool:
        """Return whether what comes now to this place is; `now` is in s, by a clock that goes on."""
        place = casefold(place)
        before = self._last.pop(place, -inf)
        self._last[place] = now
        while len(self._last) > _MOST_PLACES:
            del self._last[next(iter(self._last))]
        if now - before < PAUSE_S or now - self._noise_at < LEAST_PAUSE_S:
            return False
        self._noise_at = now
        return True
