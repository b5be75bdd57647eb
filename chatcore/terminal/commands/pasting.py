"""What is asked before many lines are said, and how they are said then. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from chatcore.terminal.commands.slash import find
from chatcore.terminal.commands.typed import is_path

MOST_UNASKED = 5
"""So many lines are said at once, as one message."""


class Way(Enum):
    """What becomes of several lines; each value is the key for it."""

    TOGETHER = "o"
    LINE_BY_LINE = "l"
    EDIT = "e"
    NOT_AT_ALL = "n"


class Question(NamedTuple):
    """What is to be asked; Enter is the default."""

    text: str
    ways: tuple[Way, ...]
    default: Way


def question(lines: Sequence[str], destination: str, messages: int) -> Question | None:
    """Return what to ask before lines are said to `destination`, None if nothing.

    `messages` is how many they would be together. Lines that look like the text of a command are asked about, few as
    they are: whoever has typed `/msg bob` before them does not mean everybody.
    """
    count = sum(1 for line in lines if line.strip())
    command = _command(lines[0])
    if count <= MOST_UNASKED and not command:
        return None
    default = Way.EDIT if command else Way.LINE_BY_LINE
    text = f"{count} lines to {destination}{f', {command} too' if command else ''}?"
    together = "(o)ne message" if messages == 1 else f"t(o)gether, in {messages} messages"
    answers = [(Way.TOGETHER, together), (Way.LINE_BY_LINE, "(l)ines"), (Way.EDIT, "(e)dit"), (Way.NOT_AT_ALL, "(n)o")]
    if messages >= count:
        del answers[0]  # it would be the same
    words = [f"{answer} [Enter]" if way is default else answer for way, answer in answers]
    return Question(f"{text} {' / '.join(words)} ", tuple(way for way, _ in answers), default)


def _command(line: str) -> str:
    """Return the command that a line begins with, '' if with none."""
    name = line.partition(" ")[0]
    return name if name.startswith("/") and not is_path(line) and find(name[1:]) else ""
