"""The command that has the network told of the chat, or no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatcore.server.console.result import NotDone, Result
from chatcore.server.nearby.announcer import LAN_FILE, Told
from chatcore.transport.fingerprint import in_pairs

if TYPE_CHECKING:
    from chatcore.server.tracker import Tracker

_WORDS = ("on", "off")
_SHOWN_DIGITS = 16  # of the pin, as the client shows it
_OFF = "This network is not told of the chat; lan on tells it."
_NOBODY = "Nobody in a network can reach the chat where it listens, so none is told of it."


def offer_lan(tracker: Tracker, words: list[str]) -> list[str]:
    """Return what can be said of it."""
    return [] if words else list(_WORDS)


def handle_lan(tracker: Tracker, argument: str) -> Result:
    """Begin or end to tell the network, which is remembered; alone, show whether it is told."""
    word = argument.lower()
    if word and word not in _WORDS:
        raise NotDone("Usage: lan [on|off]")
    remarks = _turn(tracker, on=word == "on") if word else []
    told = tracker.nearby.told()
    what = told.announcement
    return Result(
        [in_words(told), *remarks],
        {
            "is_on": told.is_on,
            "addresses": what.places if what else [],
            "public_key_sha256": what.pin if what else "",
            "problem": told.problem,
            "remarks": remarks,
        },
    )


def in_words(told: Told) -> str:
    """Return what the network is told, in one line."""
    if not told.is_on:
        return _OFF
    if told.announcement is None:
        return f"This network is not told of the chat: {told.problem}" if told.problem else _NOBODY
    pin = in_pairs(told.announcement.pin[:_SHOWN_DIGITS])
    where = " and ".join(told.announcement.places)
    return f"This network is told of the chat at {where}, and of its key ({pin}...); lan off ends that."


def in_short(told: Told) -> str:
    """Return the same for whoever has just started the tracker; '' if it is off, and for a problem, which was told."""
    if told.announcement is not None:
        return "This network is told of the chat; lan off ends that."
    return _NOBODY if told.is_on and not told.problem else ""


def _turn(tracker: Tracker, *, on: bool) -> list[str]:
    """Do it; return what else there is to say."""
    try:
        tracker.nearby.turn(on=on)
    except OSError as error:
        path = tracker.config.state_dir / LAN_FILE
        return [f"It is not remembered: {path} cannot be changed ({error.strerror})."]
    if tracker.config.lan not in (None, on):
        return [f"The next start goes by its setting lan again: {'on' if tracker.config.lan else 'off'}."]
    return []
