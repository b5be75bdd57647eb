"""How a visit ends."""

from __future__ import annotations

from enum import Enum


class Outcome(Enum):
    """How a visit ended."""

    LEFT = "left"
    SAID_GOODBYE = "the tracker said goodbye"
    BROKEN = "the connection broke"
    LOGGED_OUT = "logged out"


STATUS = {Outcome.LEFT: 0, Outcome.SAID_GOODBYE: 0, Outcome.BROKEN: 1, Outcome.LOGGED_OUT: 0}
"""The exit status of each outcome."""
