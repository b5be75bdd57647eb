"""The command that announces the chat on the network, or stops that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatcore.server.console.result import NotDone, Result
from chatcore.server.nearby.announcer import LAN_FILE, Told
from chatcore.transport.fingerprint import in_pairs

if TYPE_CHECKING:
    from chatcore.server.tracker import Tracker

_WORDS = ("on", "off")
_SHOWN_DIGITS = 16  # of the pin, as the client shows it
_OFF = "The chat is not announced on this network; lan on announces it."
_NOBODY = "The chat listens where no other machine can reach it, so it is not announced on any network."


def offer_lan(tracker: Tracker, words: list[str]) -> list[str]:
    """Return the possible arguments."""
    return [] if words else list(_WORDS)


def handle_lan(tracker: Tracker, argument: str) -> Result:
    """Start or stop announcing the chat, and remember that; without an argument, show whether it is announced."""
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
    """Return what is announced, in one line."""
    if not told.is_on:
        return _OFF
    if told.announcement is None:
        return f"The chat is not announced on this network: {told.problem}" if told.problem else _NOBODY
    pin = in_pairs(told.announcement.pin[:_SHOWN_DIGITS])
    where = " and ".join(told.announcement.places)
    return f"The chat is announced on this network at {where}, with its key ({pin}...); lan off stops that."


def in_short(told: Told) -> str:
    """Return the same for the banner at start; '' if it is off, or there is a problem, which is reported elsewhere."""
    if told.announcement is not None:
        return "The chat is announced on this network; lan off stops that."
    return _NOBODY if told.is_on and not told.problem else ""


def _turn(tracker: Tracker, *, on: bool) -> list[str]:
    """Turn it on or off; return remarks."""
    try:
        tracker.nearby.turn(on=on)
    except OSError as error:
        path = tracker.config.state_dir / LAN_FILE
        return [f"This is not remembered: {path} cannot be changed ({error.strerror})."]
    if tracker.config.lan not in (None, on):
        return [f"The next start follows the setting lan again: {'on' if tracker.config.lan else 'off'}."]
    return []
