"""People with the same hue in a room, told apart by numbers. Pure."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.protocol.names import casefold
from chatcore.protocol.nick_colour import hue_index

MOST = 4
"""How many can be told apart."""


class Twins:
    """The number of each person: the first seen has 0, and everybody keeps theirs while they are there."""

    def __init__(self) -> None:
        self._of_hue: dict[int, list[str]] = {}

    def number(self, nick: str, is_here: Callable[[str], bool]) -> int:
        """Return a person's number, from 0; a newcomer gets the first that nobody in the room has."""
        key = casefold(nick)
        holders = self._of_hue.setdefault(hue_index(nick), [])
        if key in holders:
            return holders.index(key)
        for number, holder in enumerate(holders):
            if not is_here(holder):
                holders[number] = key
                return number
        if len(holders) < MOST:
            holders.append(key)
            return len(holders) - 1
        return sum(map(ord, key)) % MOST
