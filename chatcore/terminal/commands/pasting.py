"""The question before many lines are sent, and its answers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from chatcore.terminal.commands.slash import find
from chatcore.terminal.commands.typed import is_path

MOST_UNASKED = 5
"""Up to this many lines are sent as one message, without a question."""


class Way(Enum):
    """What to do with several lines; each value is the key to press."""

    TOGETHER = "o"
    LINE_BY_LINE = "l"
    EDIT = "e"
    NOT_AT_ALL = "n"


class Question(NamedTuple):
    """A question; Enter means the default."""

    text: str
    ways: tuple[Way, ...]
    default: Way


def question(lines: Sequence[str], destination: str, messages: int) -> Question | None:
    """Return the question to ask before lines are sent to `destination`, None if there is none.

    `messages` is how many messages they would take if sent together. Lines that begin like a command are always asked
    about: after `/msg bob`, they are not meant for everybody.
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
    """Return the command that a line begins with, '' if there is none."""
    name = line.partition(" ")[0]
    return name if name.startswith("/") and not is_path(line) and find(name[1:]) else ""
