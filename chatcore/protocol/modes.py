"""Channel and user modes, and how MODE's parameters are read.

Each mode is a row. RPL_ISUPPORT, RPL_MYINFO and the reading of MODE's parameters derive from the rows, and a test
compares docs/irc-reference.md with them. A mode's effect is a rule elsewhere, such as in `state.channel_rules`.

https://modern.ircdocs.horse/#channel-mode and the CHANMODES and PREFIX parameters of RPL_ISUPPORT.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from chatcore.protocol import numerics as num


class Kind(Enum):
    """What parameter a channel mode takes, and when. All but the first are in CHANMODES' order: types A, B, C, D."""

    MEMBERSHIP = "nick"  # always
    LIST = "mask"  # always; without one it is a query
    KEY = "key"  # always; when the mode is removed, any text
    LIMIT = "number"  # only when the mode is set
    FLAG = ""


class Listing(NamedTuple):
    """How a list is shown: the numerics for an entry and for the end, and the name of the list."""

    entry: str
    end: str
    name: str
    is_for_operators: bool = False


class Range(NamedTuple):
    """The numbers that a mode takes, starting at 1, and the text that says so."""

    most: int
    words: str


@dataclass(frozen=True, slots=True)
class Mode:
    """A row of the channel modes. `help` is its text for people."""

    letter: str
    kind: Kind
    help: str
    prefix: str = ""  # the prefix of members with this mode
    listing: Listing | None = None
    range: Range | None = None
    is_default: bool = False  # whether a new channel has it


@dataclass(frozen=True, slots=True)
class UserMode:
    """A row of the user modes."""

    letter: str
    help: str
    is_granted: bool = False  # by the tracker: clients can only give it up


OPERATOR = Mode(
    "o",
    Kind.MEMBERSHIP,
    "operator (@): may set modes and the topic, kick, invite, and always speak",
    prefix="@",
)
VOICE = Mode("v", Kind.MEMBERSHIP, "voice (+): may speak where others may not", prefix="+")
BAN = Mode(
    "b",
    Kind.LIST,
    "ban: people who match nick!user@host can neither enter nor speak",
    listing=Listing(num.RPL_BANLIST, num.RPL_ENDOFBANLIST, "ban"),
)
BAN_EXCEPTION = Mode(
    "e",
    Kind.LIST,
    "exception: people who match are not banned",
    listing=Listing(num.RPL_EXCEPTLIST, num.RPL_ENDOFEXCEPTLIST, "ban exception", is_for_operators=True),
)
INVITE_EXCEPTION = Mode(
    "I",
    Kind.LIST,
    "people who match may enter an invite-only channel",
    listing=Listing(num.RPL_INVEXLIST, num.RPL_ENDOFINVEXLIST, "invitation exception", is_for_operators=True),
)
KEY = Mode("k", Kind.KEY, "a key is needed to enter")
LIMIT = Mode("l", Kind.LIMIT, "the maximum number of members", range=Range(999_999, "A limit is a number over 0"))
SLOW = Mode(
    "W",
    Kind.LIMIT,
    "slow: people with neither @ nor + may speak only once every N seconds",
    range=Range(3600, "The time is from 1 to 3600 seconds"),
)
INVITE_ONLY = Mode("i", Kind.FLAG, "invite-only: people need an invitation, which only operators can give")
MODERATED = Mode("m", Kind.FLAG, "moderated: only people with @ or + may speak")
NO_CTCP = Mode("C", Kind.FLAG, "no CTCP messages to the channel except ACTION (/me)")
NO_OUTSIDERS = Mode("n", Kind.FLAG, "no messages from outside", is_default=True)
SECRET = Mode("s", Kind.FLAG, "secret: hidden from everybody but members and IRC operators")
TOPIC_LOCK = Mode("t", Kind.FLAG, "only operators set the topic", is_default=True)
CLOSING = (INVITE_ONLY, KEY, SECRET)
"""The modes that keep a channel's messages for its members."""

BOT = UserMode("B", "bot: WHOIS, WHO and a tag on your messages show that you are one")
INVISIBLE = UserMode("i", "invisible: WHO and NAMES show you only to people who share a channel with you")
IRC_OPERATOR = UserMode("o", "IRC operator; only OPER sets it", is_granted=True)
WALLOPS = UserMode("w", "receive what IRC operators send with WALLOPS")

CHANNEL_MODES = {mode.letter: mode for mode in tuple(globals().values()) if isinstance(mode, Mode)}
"""All rows above by letter, membership modes from the highest down."""

USER_MODES = {mode.letter: mode for mode in tuple(globals().values()) if isinstance(mode, UserMode)}


def letters_of(kind: Kind) -> str:
    """Return the letters of the channel modes of this kind, in the table's order."""
    return "".join(mode.letter for mode in CHANNEL_MODES.values() if mode.kind is kind)


PREFIXES = {letter: CHANNEL_MODES[letter].prefix for letter in letters_of(Kind.MEMBERSHIP)}
"""Membership modes and their prefixes, highest first."""

LIST_MODES = letters_of(Kind.LIST)
CHANMODES = ",".join(letters_of(kind) for kind in Kind if kind is not Kind.MEMBERSHIP)
PREFIX_TOKEN = f"({''.join(PREFIXES)}){''.join(PREFIXES.values())}"


class ModeChange(NamedTuple):
    """One letter of a MODE command. `param` is None for a flag and for a query of a list."""

    adding: bool
    letter: str
    param: str | None = None


class UnknownMode(NamedTuple):
    """A letter that is not a channel mode here."""

    letter: str


def parse_modes(modes: str, params: Iterable[str]) -> list[ModeChange | UnknownMode]:
    """Parse modes such as `+ov-t` and their parameters.

    A change without its parameter is dropped; a list mode without one is a query.
    """
    rest = list(params)
    adding = True
    changes: list[ModeChange | UnknownMode] = []
    for letter in modes:
        if letter in "+-":
            adding = letter == "+"
            continue
        mode = CHANNEL_MODES.get(letter)
        if mode is None:
            changes.append(UnknownMode(letter))
        elif mode.kind is Kind.FLAG or (mode.kind is Kind.LIMIT and not adding):
            changes.append(ModeChange(adding, letter))
        elif rest:
            changes.append(ModeChange(adding, letter, rest.pop(0)))
        elif mode.kind is Kind.LIST:
            changes.append(ModeChange(adding, letter))
        elif mode.kind is Kind.KEY and not adding:
            changes.append(ModeChange(adding, letter, "*"))
    return changes


def format_modes(changes: Iterable[ModeChange]) -> tuple[str, ...]:
    """Return the parameters of a MODE message: the letters, with a sign wherever it changes, then the values."""
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
    """Group changes, in order, so that the words of each group fit `max_bytes` if possible."""
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
