"""Whether the other side still lives: when it is asked, and when it is taken for dead. Pure.

A network that has been cut says nothing, and a tracker that was stopped takes what it is sent. Only an answer that
does not come shows either.
"""

from __future__ import annotations

from enum import Enum

from chatcore.terminal.connecting.awake import Awake

QUIET_S = 15.0
"""After so long without a word the other side is asked."""

SAID_S = 3.0
"""After so long if it has been told something since: whatever we say has an answer."""

ANSWER_S = 10.0
"""So long it may take to answer. With `SAID_S` it is longer than a message waits in a tracker whose engine is away."""


class Sign(Enum):
    """What is to be done."""

    FINE = "nothing"
    ASK = "send a PING"
    DEAD = "give up"


class Pulse:
    """Told whenever something is heard, and asked once a second while nothing is. For one thread, but for `say`."""

    def __init__(self, awake: Awake) -> None:
        self._awake = awake
        self._quiet_since = awake.seconds
        self._asked_at: float | None = None
        self._has_said = False
        self._said_at: float | None = None

    def hear(self) -> None:
        """Take note that something was heard."""
        self._awake.tick()
        self._quiet_since, self._asked_at = self._awake.seconds, None
        self._has_said, self._said_at = False, None

    def say(self) -> None:
        """Take note that something was said, which has an answer. For any thread."""
        self._has_said = True

    def feel(self) -> Sign:
        """Return what is to be done now. After a sleep the other side is asked at once, and anew."""
        has_slept, now = self._awake.tick(), self._awake.seconds
        if self._has_said and self._said_at is None:
            self._said_at = now
        is_due = now - self._quiet_since >= QUIET_S or (self._said_at is not None and now - self._said_at >= SAID_S)
        if has_slept or (self._asked_at is None and is_due):
            self._asked_at = now
            return Sign.ASK
        return Sign.DEAD if self._asked_at is not None and now - self._asked_at >= ANSWER_S else Sign.FINE
