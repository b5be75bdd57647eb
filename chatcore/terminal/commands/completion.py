"""What Tab offers: slash commands, rooms and names, likely ones first. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chatcore.protocol.names import CHANNEL_PREFIX, casefold
from chatcore.protocol.search_terms import FILTERS
from chatcore.terminal.commands import slash
from chatcore.terminal.commands.answering import COMMON_EMOJI, EMOJI
from chatcore.terminal.session.session import Session

_ABOUT_THE_PAST = {"search": FILTERS, "export": ("all ", "in:", "stop")}
_AT = "@"
_PRIVATE = ("msg", "query")
_PLACES = re.compile(r"#?[A-Z]+(?: \| #?[A-Z]+)*")
"""The arguments in a command's usage: each is one kind of word, or one of several."""


class Names(NamedTuple):
    """The possible completions, best first."""

    rooms: Sequence[str] = ()
    nicks: Sequence[str] = ()
    partners: Sequence[str] = ()
    """People with whom there were private messages; they need not be here."""


def offered(session: Session) -> Names:
    """Return the names that may be meant.

    Those who spoke last in the current room come first, then its other members, then members of other rooms, then we
    ourselves, and last those who spoke here and have left. In a conversation, the other person comes first.
    """
    here, view = session.room, session.views.current
    talkers = session.memory.talkers.in_room(here.name) if here else []
    members = {casefold(nick): nick for nick in here.members} if here else {}
    present = [members[casefold(nick)] for nick in talkers if casefold(nick) in members]
    if view is not None and not view.is_room:
        present = [view.name]
    nicks = _unique(present, members.values(), (nick for room in session.rooms for nick in room.members))
    own = [nick for nick in nicks if session.is_me(nick)]
    others = [nick for nick in nicks if not session.is_me(nick)]
    partners = [nick for nick in session.memory.talkers.in_private() if not session.is_me(nick)]
    return Names([room.name for room in session.rooms], _unique(others, own, talkers), partners)


def candidates(before_cursor: str, names: Names) -> list[str]:
    """Return the completions for the word that ends at the cursor, best first."""
    *before, word = before_cursor.split(" ")
    if not before and word.startswith("/") and not word.startswith("//"):
        return _commands(word[1:].lower())
    if word.startswith(CHANNEL_PREFIX):
        return _starting(word, names.rooms, " ")
    if word.startswith(_AT):
        return [_AT + name for name in _starting(word[1:], names.nicks, " ")]
    command = slash.find(before[0][1:]) if before and before[0].startswith("/") else None
    if command is not None:
        return _for_command(command, before, word, names)
    return _starting(word, names.nicks, " " if before else ": ") if word or before else []


def _commands(start: str) -> list[str]:
    """Return the commands that begin with `start`, or else the aliases that do."""
    found = [row.name for row in slash.COMMANDS if row.name.startswith(start)]
    return [f"/{name} " for name in found or [name for name in slash.names() if name.startswith(start)]]


def _for_command(command: slash.SlashCommand, before: Sequence[str], word: str, names: Names) -> list[str]:
    """Return completions for an argument by the command's usage, or names within a text."""
    if command.name in _ABOUT_THE_PAST:
        return _about_the_past(command.name, word, names)
    if command.name == "help":
        return [row.name for row in slash.COMMANDS if row.name.startswith(word.lower())]
    usage = _PLACES.findall(command.usage)
    if usage[-1:] == ["EMOJI"]:
        return _emoji(word) + (_starting(word, names.nicks, " ") if len(before) == 1 else [])
    wanted = usage[min(len(before), len(usage)) - 1].replace("#", "").split(" | ") if usage else ["NOTHING"]
    rooms = _starting(CHANNEL_PREFIX + word, names.rooms, " ") if "ROOM" in wanted else []
    if wanted in (["ROOM"], ["NOTHING"]):
        return rooms
    nicks = names.nicks if command.name not in _PRIVATE or len(before) > 1 else _unique(names.partners, names.nicks)
    return rooms + _starting(word, nicks, " ")


def _emoji(word: str) -> list[str]:
    """Return the common emoji whose names begin with `word`; after a colon, any emoji."""
    names = EMOJI if word.startswith(":") else COMMON_EMOJI
    found = (f"{EMOJI[name]} " for name in names if name.startswith(word.strip(":").lower()))
    return list(dict.fromkeys(found))


def _about_the_past(command: str, word: str, names: Names) -> list[str]:
    """Return completions for `/search` or `/export`: filters, and rooms and people after their colons."""
    name, colon, value = word.partition(":")
    if colon and name.lower() in ("in", "from"):
        rooms = names.rooms if name.lower() == "in" else ()
        places = _starting(value, rooms, " ") + _starting(CHANNEL_PREFIX + value, rooms, " ")
        return [f"{name}:{place}" for place in dict.fromkeys(places + _starting(value, names.nicks, " "))]
    return _starting(word, _ABOUT_THE_PAST[command], "")


def _starting(start: str, names: Iterable[str], after: str) -> list[str]:
    return [name + after for name in names if casefold(name).startswith(casefold(start))]


def _unique(*names: Iterable[str]) -> list[str]:
    """Return the names without duplicates, compared casefolded."""
    found: dict[str, str] = {}
    for name in (each for some in names for each in some):
        found.setdefault(casefold(name), name)
    return list(found.values())
