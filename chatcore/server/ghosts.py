"""Whether the holder of a wanted nick is still there: connections may die without a word.

A holder that has been silent for `ghost_timeout_s` is sent a PING, and ended by heartbeat if as long again brings no
answer.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from chatcore.server.visit import Visit
from chatcore.state.client import Client

_PATIENCE_S = 1.0  # to wait until a holder has been silent long enough to be asked
_FIRST_LOOK_S = 0.02  # a live holder answers within moments...
_LONGEST_LOOK_S = 0.5  # ...a dead one takes longer, and many who wait must not cost much


PATIENCE_ELSEWHERE_S = 2.0
"""For so long it is waited that another tracker ends a holder that is silent; whoever comes later finds it gone."""


def await_departure(holder: Client, seconds: float, pause: Callable[[float], object]) -> bool:
    """Wait until a client of another tracker has left, at most for so long; return whether it has. Holding no lock."""
    deadline = monotonic() + seconds
    while not holder.has_left and monotonic() < deadline:
        pause(_FIRST_LOOK_S)
    return holder.has_left


def probe(holder: Visit, timeout_s: float) -> None:
    """Ask the holder whether it is there, if it has been silent. Any thread. Does not wait.

    A holder whose own thread waits for credit counts as there, because the tracker is not reading what it says.
    """
    is_silent = monotonic() - holder.heard_at >= timeout_s and not holder.client.credit.is_waiting
    if is_silent and holder.probe_deadline is None and holder.client.is_registered:
        holder.probe_deadline = monotonic() + timeout_s
        holder.ping()


def is_there(holder: Visit, asker: Visit, timeout_s: float) -> bool:
    """Wait until it is known whether the holder is there; return False once its nick is free.

    The asker's thread, holding no lock. A live holder answers within moments. The asker's own end ends the wait.
    """
    began = monotonic()
    interval = _FIRST_LOOK_S
    while not holder.has_left.is_set:
        if asker.is_ending() or (not holder.is_ending() and _has_been_heard(holder, began, timeout_s)):
            return True
        probe(holder, timeout_s)
        asker.client.credit.pause(interval)
        interval = min(2 * interval, _LONGEST_LOOK_S)
        asker.heard_at = monotonic()  # nobody is reading what it says
    return False


def _has_been_heard(holder: Visit, began: float, timeout_s: float) -> bool:
    """Return whether the holder was heard from since then, or so recently that asking would take too long."""
    will_be_silent_at = holder.heard_at + timeout_s
    return holder.heard_at > began or will_be_silent_at > began + _PATIENCE_S or holder.client.credit.is_waiting
