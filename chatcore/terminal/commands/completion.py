"""What Tab offers: slash commands, rooms and names. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chatcore.protocol.names import CHANNEL_PREFIX, casefold
from chatcore.protocol.search_terms import FILTERS
from chatcore.terminal.commands import slash

_ABOUT_THE_PAST = {"search": FILTERS, "export": ("all ", "in:", "stop")}
_TAKES_ROOM = ("join", "leave", "send", "who")


def candidates(before_cursor: str, rooms: Sequence[str], nicks: Sequence[str]) -> list[str]:
    """Return what may replace the word that ends at the cursor, best first."""
    *before, word = before_cursor.split(" ")
    if not before and word.startswith("/") and not word.startswith("//"):
        return [f"/{row.name} " for row in slash.COMMANDS if row.name.startswith(word[1:].lower())]
    if word.startswith(CHANNEL_PREFIX):
        return _starting(word, rooms, " ")
    command = slash.find(before[0][1:]) if before and before[0].startswith("/") else None
    if command is not None and command.name in _ABOUT_THE_PAST:
        return _about_the_past(command.name, word, rooms, nicks)
    found: list[str] = []
    if command is not None and len(before) == 1 and command.name in _TAKES_ROOM:
        found = _starting(CHANNEL_PREFIX + word, rooms, " ")
    if command is not None and command.name == "help":
        return [row.name for row in slash.COMMANDS if row.name.startswith(word.lower())]
    return found + (_starting(word, nicks, " " if before else ": ") if word or before else [])


def _about_the_past(command: str, word: str, rooms: Sequence[str], nicks: Sequence[str]) -> list[str]:
    """Return what may follow `/search` or `/export`: filters, and after their colons rooms and people."""
    name, colon, value = word.partition(":")
    if colon and name.lower() in ("in", "from"):
        places = (
            _starting(value, rooms, " ") + _starting(CHANNEL_PREFIX + value, rooms, " ") if name.lower() == "in" else []
        )
        return [f"{name}:{place}" for place in dict.fromkeys(places + _starting(value, nicks, " "))]
    return _starting(word, _ABOUT_THE_PAST[command], "")


def _starting(start: str, names: Iterable[str], after: str) -> list[str]:
    return [name + after for name in names if casefold(name).startswith(casefold(start))]
