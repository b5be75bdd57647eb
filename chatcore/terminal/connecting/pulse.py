"""Keepalive: when to ping the other side, and when to consider it dead. Pure.

A network that was cut gives no sign, and a stopped tracker still accepts what is sent. Only a missing answer shows
either.
"""

from __future__ import annotations

from enum import Enum

from chatcore.terminal.connecting.awake import Awake

QUIET_S = 15.0
"""Ping after this long without hearing anything."""

SAID_S = 3.0
"""Ping after this long if we have sent something since: everything we send gets an answer."""

ANSWER_S = 10.0
"""How long an answer may take. With `SAID_S`, longer than a message waits in a tracker that has lost its engine."""


class Sign(Enum):
    """What to do now."""

    FINE = "nothing"
    ASK = "send a PING"
    DEAD = "give up"


class Pulse:
    """The keepalive state of one connection: call `hear` on input, and `feel` once a second without any.

    For one thread, except `say`.
    """

    def __init__(self, awake: Awake) -> None:
        self._awake = awake
        self._quiet_since = awake.seconds
        self._asked_at: float | None = None
        self._has_said = False
        self._said_at: float | None = None

    def hear(self) -> None:
        """Note that something was received."""
        self._awake.tick()
        self._quiet_since, self._asked_at = self._awake.seconds, None
        self._has_said, self._said_at = False, None

    def say(self) -> None:
        """Note that something was sent, which will be answered. Any thread."""
        self._has_said = True

    def feel(self) -> Sign:
        """Return what to do now. After a sleep, ping at once, even if a ping is pending."""
        has_slept, now = self._awake.tick(), self._awake.seconds
        if self._has_said and self._said_at is None:
            self._said_at = now
        is_due = now - self._quiet_since >= QUIET_S or (self._said_at is not None and now - self._said_at >= SAID_S)
        if has_slept or (self._asked_at is None and is_due):
            self._asked_at = now
            return Sign.ASK
        return Sign.DEAD if self._asked_at is not None and now - self._asked_at >= ANSWER_S else Sign.FINE
