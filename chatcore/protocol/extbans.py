"""Extended bans, `letter:mask`: entries of a room's lists that say more than a plain mask.

A row says what an entry does (its effect) or whom it means (its subject); an effect may stand before a subject, as in
`m:R:bob`. A new one is a new row. RPL_ISUPPORT derives from the rows; a test compares docs/irc-reference.md with them.
The rules in `state.channel_rules` carry out each effect.

https://defs.ircdocs.horse/defs/isupport.html#extban, https://ircv3.net/specs/extensions/account-extban
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from chatcore.protocol.modes import BAN, BAN_EXCEPTION, LIST_MODES
from chatcore.protocol.names import casefold, normalize_ban_mask


class Effect(Enum):
    """What an entry of the ban list does. An exception undoes it."""

    BAN = "neither enters nor speaks"
    MUTE = "does not speak"


class Subject(Enum):
    """The part of a client that is compared with the mask."""

    SOURCE = "nick!user@host"
    ACCOUNT = "the account that they have logged in to"


@dataclass(frozen=True, slots=True)
class ExtBan:
    """A row of the extended bans: an effect or a subject. `help` is for people; the list modes in `lists` take it.

    The letter's case is ignored, as in the rest of an entry.
    """

    letter: str
    help: str
    effect: Effect | None = None
    subject: Subject | None = None
    lists: str = LIST_MODES


class BanEntry(NamedTuple):
    """An entry ready for comparison, with a casefolded mask."""

    effect: Effect
    subject: Subject
    mask: str


MUTE = ExtBan(
    "m",
    "mute: people who match may enter and read, but not speak",
    effect=Effect.MUTE,
    lists=BAN.letter + BAN_EXCEPTION.letter,
)
ACCOUNT = ExtBan("R", "account: people who are logged in to the account of that name", subject=Subject.ACCOUNT)

EXTBANS = {casefold(row.letter): row for row in tuple(globals().values()) if isinstance(row, ExtBan)}
"""All rows above by their casefolded letters."""

EXTBAN_TOKEN = f",{''.join(row.letter for row in EXTBANS.values())}"
_COMPLETIONS: dict[Subject, Callable[[str], str]] = {Subject.SOURCE: normalize_ban_mask, Subject.ACCOUNT: str}


def complete_mask(letter: str, given: str) -> str:
    """Complete what a person typed to an entry for this list mode; in an extended ban, the part after its letters.

    Raises ValueError for an extended ban without a mask, or of a kind that this list does not take.
    """
    rows, rest = _take_apart(given)
    if rows and (not rest or not all(letter in row.lists for row in rows)):
        raise ValueError("that cannot be an extended ban")
    return "".join(f"{row.letter}:" for row in rows) + _COMPLETIONS[_subject_of(rows)](rest)


@lru_cache(maxsize=4096)
def read_entry(folded: str) -> BanEntry:
    """Take apart a casefolded entry of a list."""
    rows, mask = _take_apart(folded)
    return BanEntry(next((row.effect for row in rows if row.effect), Effect.BAN), _subject_of(rows), mask)


def _take_apart(entry: str) -> tuple[list[ExtBan], str]:
    """Return the rows for an entry's leading letters, effect before subject, and the mask after them."""
    rows: list[ExtBan] = []
    while True:
        head, colon, rest = entry.partition(":")
        row = EXTBANS.get(casefold(head)) if colon else None
        if row is None or (rows and (rows[-1].subject or row.effect)):
            return rows, entry
        rows.append(row)
        entry = rest


def _subject_of(rows: list[ExtBan]) -> Subject:
    return next((row.subject for row in rows if row.subject), Subject.SOURCE)
