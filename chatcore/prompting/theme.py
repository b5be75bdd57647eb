"""What stands out on a terminal, and in which colours: one table for dark backgrounds, one for light ones. Pure.

On a terminal with 256 colours, only those are used that people do not redefine. Everything has a contrast of at least
4.5 on black and on #002b36, or on white and on #fdf6e3. If the background is unknown, it is at least 3 on all four.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from chatcore.protocol.nick_colour import HUES, hue_index

_TWINS = ("", "1", "4", "1;4")  # tell apart names of the same hue


class Background(Enum):
    """The background of the terminal."""

    DARK = "dark"
    LIGHT = "light"
    UNKNOWN = "unknown"


class Depth(Enum):
    """How many colours a terminal has."""

    NONE = "none"
    SIXTEEN = "16"
    MANY = "256"


class Role(Enum):
    """What a piece of text is."""

    TEXT = "text"
    TIME = "time"
    PLACE = "place"
    """The name of another room, before something said there."""
    PRIVATE = "private"
    TOLD = "told"
    HISTORY = "history"
    ANSWERED = "answered"
    """What a reply answers."""
    FOUND = "found"
    """A match of a search."""
    PENDING = "pending"
    """Sent, but not delivered yet."""
    MENTION = "mention"
    BAR = "bar"
    """A bar of a plot."""
    RULE = "rule"
    NEW = "new"
    """The rule above unread messages."""
    PROBLEM = "problem"


class _Inks(NamedTuple):
    """SGR parameters of ECMA-48, or ''."""

    quiet: str = ""
    alarm: str = ""
    notable: str = "1"
    bar: str = ""


_BOLD = "1"
_PLAIN = ""

_INKS: Mapping[tuple[Depth, Background], _Inks] = {
    (Depth.MANY, Background.DARK): _Inks("38;5;247", "38;5;210", "1;38;5;220", "38;5;79"),
    (Depth.MANY, Background.LIGHT): _Inks("38;5;241", "38;5;160", "1;38;5;94", "38;5;23"),
    (Depth.MANY, Background.UNKNOWN): _Inks("38;5;244", "38;5;196", "1;38;5;166", "38;5;30"),
    (Depth.SIXTEEN, Background.DARK): _Inks("", "91", "1;93", "36"),
    (Depth.SIXTEEN, Background.LIGHT): _Inks("", "31", "1;35"),
}

# Hues in the sixteen colours of a console: those that are legible on black, or on white. Some hues share a colour.
_DARK_16 = ("96", "32", "36", "96", "95", "95", "95", "91", "92", "91", "93", "93")
_LIGHT_16 = ("34", "34", "34", "34", "35", "35", "35", "31", "31", "35", "31", "35")


class Theme:
    """The SGR parameters of everything, for one kind of terminal."""

    def __init__(self, background: Background = Background.UNKNOWN, depth: Depth = Depth.MANY) -> None:
        self.background = background
        self.depth = depth
        inks = _INKS.get((depth, background), _Inks())
        self._sgr = {
            Role.TEXT: _PLAIN,
            Role.TIME: inks.quiet,
            Role.PLACE: inks.quiet,
            Role.PRIVATE: _BOLD,
            Role.TOLD: inks.quiet,
            Role.HISTORY: inks.quiet,
            Role.ANSWERED: inks.quiet,
            Role.FOUND: _BOLD,
            Role.PENDING: inks.quiet,
            Role.MENTION: inks.notable,
            Role.BAR: inks.bar,
            Role.RULE: inks.quiet,
            Role.NEW: inks.notable,
            Role.PROBLEM: inks.alarm,
        }
        self._hues = _hues(background, depth)

    def __getitem__(self, role: Role) -> str:
        """Return the look of a piece of text: the parameters of ECMA-48's SGR, or ''."""
        return self._sgr[role]

    def name(self, nick: str, twin: int = 0) -> str:
        """Return the look of a name; `twin` is its number among the names of the same hue, from 0."""
        hue = self._hues[hue_index(nick)]
        return ";".join(filter(None, (_TWINS[twin % len(_TWINS)], hue))) if hue else ""


def depth_of(environment: Mapping[str, str]) -> Depth:
    """Return how many colours the terminal has, as the environment says (https://no-color.org, TERM, COLORTERM)."""
    if environment.get("NO_COLOR"):
        return Depth.NONE
    if environment.get("COLORTERM") in ("truecolor", "24bit"):
        return Depth.MANY
    term = environment.get("TERM", "")
    if term.startswith(("vt1", "vt2", "vt3", "vt4", "vt5")):
        return Depth.NONE
    return Depth.SIXTEEN if term in _SIXTEEN_COLOURS or term.endswith("-16color") else Depth.MANY


_SIXTEEN_COLOURS = frozenset({"ansi", "cons25", "cygwin", "eterm-color", "linux", "pcansi", "xterm-color"})


def _hues(background: Background, depth: Depth) -> tuple[str, ...]:
    if depth is Depth.NONE or (depth is Depth.SIXTEEN and background is Background.UNKNOWN):
        return ("",) * len(HUES)  # none of the sixteen is legible on both black and white
    if depth is Depth.SIXTEEN:
        return _DARK_16 if background is Background.DARK else _LIGHT_16
    number = {Background.DARK: 0, Background.LIGHT: 1, Background.UNKNOWN: 2}[background]
    return tuple(f"38;5;{hue[number]}" for hue in HUES)
