"""Channel mode strings: which letters there are, and how MODE's parameters are read.

https://modern.ircdocs.horse/#channel-mode and the CHANMODES and PREFIX parameters of RPL_ISUPPORT.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

PREFIXES = {"o": "@", "v": "+"}
"""Membership modes and their prefixes, highest first."""

LIST_MODES = "beI"
ALWAYS_PARAMETER = "k"
PARAMETER_WHEN_SET = "l"
FLAGS = "imnst"

USER_MODES = "iow"
"""A user's own modes: invisible, IRC operator, hears WALLOPS."""

CHANMODES = ",".join((LIST_MODES, ALWAYS_PARAMETER, PARAMETER_WHEN_SET, FLAGS))
PREFIX_TOKEN = f"({''.join(PREFIXES)}){''.join(PREFIXES.values())}"

_KNOWN = frozenset(LIST_MODES + ALWAYS_PARAMETER + PARAMETER_WHEN_SET + FLAGS + "".join(PREFIXES))
_ALWAYS = frozenset(ALWAYS_PARAMETER + "".join(PREFIXES))


class ModeChange(NamedTuple):
    """One letter of a MODE command. `param` is None for a flag and for a query of a list."""

    adding: bool
    letter: str
    param: str | None = None


class UnknownMode(NamedTuple):
    """A letter that is no channel mode here."""

    letter: str


def parse_modes(modes: str, params: Iterable[str]) -> list[ModeChange | UnknownMode]:
    """Read `+ov-t` with its parameters.

    A change that lacks its parameter is left out; a list mode without one is a query.
    """
    rest = list(params)
    adding = True
    changes: list[ModeChange | UnknownMode] = []
    for letter in modes:
        if letter in "+-":
            adding = letter == "+"
        elif letter not in _KNOWN:
            changes.append(UnknownMode(letter))
        elif letter in LIST_MODES:
            changes.append(ModeChange(adding, letter, rest.pop(0) if rest else None))
        elif letter in _ALWAYS or (letter in PARAMETER_WHEN_SET and adding):
            if rest:
                changes.append(ModeChange(adding, letter, rest.pop(0)))
            elif letter == "k" and not adding:
                changes.append(ModeChange(adding, letter, "*"))
        else:
            changes.append(ModeChange(adding, letter))
    return changes


def format_modes(changes: Iterable[ModeChange]) -> tuple[str, ...]:
    """Return the parameters of a MODE message: letters, with signs only where they change, then values."""
    letters = ""
    sign = ""
    params = []
    for change in changes:
        wanted = "+" if change.adding else "-"
        letters += change.letter if wanted == sign else wanted + change.letter
        sign = wanted
        if change.param is not None:
            params.append(change.param)
    return (letters, *params)


def split_modes(changes: Iterable[ModeChange], max_bytes: int) -> list[list[ModeChange]]:
    """Group changes, in order, so that the words of each group take at most `max_bytes` together if possible."""
    groups: list[list[ModeChange]] = []
    left = 0
    for change in changes:
        size = len("+o ") + len((change.param or "").encode())
        if size > left or not groups:
            groups.append([])
            left = max_bytes
        groups[-1].append(change)
        left -= size
    return groups


def prefixes(letters: Iterable[str]) -> str:
    """Return a member's prefixes for its mode letters, highest first."""
    held = set(letters)
    return "".join(prefix for letter, prefix in PREFIXES.items() if letter in held)
