"""Entries of the ban list, and of its exceptions, that are more than a mask: `letter:mask`, an extended ban.

One row says what an extended ban is, and a new one is a new row. RPL_ISUPPORT derives from that; docs/irc-clients.md is
compared with it. What each effect means is a rule of `state.channel_rules`.

https://defs.ircdocs.horse/defs/isupport.html#extban
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from chatcore.protocol.modes import BAN, BAN_EXCEPTION
from chatcore.protocol.names import casefold, normalize_ban_mask


class Effect(Enum):
    """What an entry of the ban list does, and an exception undoes."""

    BAN = "neither enters nor speaks"
    MUTE = "does not speak"


class Subject(Enum):
    """What of a client is compared with the mask."""

    SOURCE = "nick!user@host"


@dataclass(frozen=True, slots=True)
class ExtBan:
    """A row of the extended bans. Its letter is found in either case, as entries are. `help` is what people read."""

    letter: str
    help: str
    effect: Effect = Effect.BAN
    subject: Subject = Subject.SOURCE


class BanEntry(NamedTuple):
    """An entry as it is compared; its mask is casefolded."""

    effect: Effect
    subject: Subject
    mask: str


MUTE = ExtBan("m", "mute: whoever matches may enter and read, but not speak", effect=Effect.MUTE)

EXTBANS = {casefold(row.letter): row for row in tuple(globals().values()) if isinstance(row, ExtBan)}
"""All rows above by their casefolded letters."""

EXTBAN_TOKEN = f",{''.join(row.letter for row in EXTBANS.values())}"
_COMPLETIONS: dict[Subject, Callable[[str], str]] = {Subject.SOURCE: normalize_ban_mask}
_LISTS = (BAN.letter, BAN_EXCEPTION.letter)


def complete_mask(letter: str, given: str) -> str:
    """Complete what a person typed to an entry of this list mode, an extended ban's behind its letter.

    Raises ValueError for an extended ban without a mask, or on a list that has none.
    """
    head, colon, rest = given.partition(":")
    row = EXTBANS.get(casefold(head)) if colon else None
    if row is None:
        return normalize_ban_mask(given)
    if not rest or letter not in _LISTS:
        raise ValueError("that cannot be an extended ban")
    return f"{row.letter}:{_COMPLETIONS[row.subject](rest)}"


@lru_cache(maxsize=4096)
def read_entry(folded: str) -> BanEntry:
    """Take apart a casefolded entry of the ban list, or of its exceptions."""
    head, colon, rest = folded.partition(":")
    row = EXTBANS.get(head) if colon else None
    return BanEntry(row.effect, row.subject, rest) if row else BanEntry(Effect.BAN, Subject.SOURCE, folded)
