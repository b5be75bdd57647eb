"""How a change of a room's modes is told: bans, mutes and slowness in words, all else as its letters. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from chatcore.protocol import extbans
from chatcore.protocol.modes import BAN, SLOW, ModeChange, format_modes

MUTE = f"{extbans.MUTE.letter}:"
"""What an entry of the ban list begins with if it mutes."""

_EVERYTHING_ELSE = "!*@*"


def told_changes(who: str, room: str, changes: Iterable[ModeChange], is_me: Callable[[str], bool]) -> Iterator[str]:
    """Yield what is shown of one MODE, the changes that have words first."""
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
    """Return in words how often one may speak in a slow room."""
    return f"one message every {seconds} s"


def whom(mask: str) -> str:
    """Return whom a mask means: a name, if it is about no more than that, or else the mask."""
    return mask.removeprefix(MUTE).removesuffix(_EVERYTHING_ELSE)


def _of_mask(who: str, room: str, adding: bool, mask: str, is_me: Callable[[str], bool]) -> str:
    them = whom(mask)
    subject = "you were" if is_me(them) else f"{them} was"
    if mask.startswith(MUTE):
        return f"{subject} {'muted' if adding else 'unmuted'} by {who} in {room}"
    return f"{subject} {'banned from' if adding else 'unbanned from'} {room} by {who}"
