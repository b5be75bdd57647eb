"""Changes of a room's modes for people: bans, mutes and slow mode in words, others as letters. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from chatcore.protocol import extbans
from chatcore.protocol.modes import BAN, SLOW, ModeChange, format_modes

MUTE = f"{extbans.MUTE.letter}:"
"""The prefix of ban list entries that mute."""

_EVERYTHING_ELSE = "!*@*"


def told_changes(who: str, room: str, changes: Iterable[ModeChange], is_me: Callable[[str], bool]) -> Iterator[str]:
    """Yield a line for each change in a MODE that has words, then one for all others."""
    others = []
    for change in changes:
        adding, letter, param = change
        if letter == BAN.letter and param is not None:
            yield _of_mask(who, room, adding, param, is_me)
        elif letter == SLOW.letter:
            yield f"{who} made {room} slow: {pace(param)}" if adding else f"{who} ended slow mode in {room}"
        else:
            others.append(change)
    if others:
        yield f"{who} set the mode {' '.join(format_modes(others))} on {room}"


def pace(seconds: str | None) -> str:
    """Return how often each person may speak in a slow room."""
    return f"one message every {seconds} s"


def whom(mask: str) -> str:
    """Return the name in a mask, if it has nothing else, or else the mask."""
    return mask.removeprefix(MUTE).removesuffix(_EVERYTHING_ELSE)


def _of_mask(who: str, room: str, adding: bool, mask: str, is_me: Callable[[str], bool]) -> str:
    them = whom(mask)
    subject = "you were" if is_me(them) else f"{them} was"
    if mask.startswith(MUTE):
        return f"{subject} {'muted' if adding else 'unmuted'} by {who} in {room}"
    return f"{subject} {'banned from' if adding else 'unbanned from'} {room} by {who}"
