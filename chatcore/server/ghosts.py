"""Finds out whether the holder of a wanted nick is still there: connections can die without notice.

A holder that has been silent for `ghost_timeout_s` is sent a PING. If no answer comes within the same time again,
heartbeat ends its visit.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from chatcore.server.visit import Visit
from chatcore.state.client import Client

_PATIENCE_S = 1.0  # how long to wait until a holder has been silent long enough to be asked
_FIRST_LOOK_S = 0.02  # a live holder answers within moments...
_LONGEST_LOOK_S = 0.5  # ...a dead one takes longer, and many waiting clients must not cost much


PATIENCE_ELSEWHERE_S = 2.0
"""How long to wait for another tracker to end a silent holder. A client that asks again later finds it gone."""


def await_departure(holder: Client, seconds: float, pause: Callable[[float], object]) -> bool:
    """Wait at most `seconds` for another tracker's client to leave; return whether it has. The caller holds no lock."""
    deadline = monotonic() + seconds
    while not holder.has_left and monotonic() < deadline:
        pause(_FIRST_LOOK_S)
    return holder.has_left


def probe(holder: Visit, timeout_s: float) -> None:
    """PING the holder if it has been silent. Any thread. Does not wait.

    A holder whose thread is waiting for credit counts as there, because the tracker is not reading its input.
    """
    is_silent = monotonic() - holder.heard_at >= timeout_s and not holder.client.credit.is_waiting
    if is_silent and holder.probe_deadline is None and holder.client.is_registered:
        holder.probe_deadline = monotonic() + timeout_s
        holder.ping()


def is_there(holder: Visit, asker: Visit, timeout_s: float) -> bool:
    """Wait until it is known whether the holder is there; return False once its nick is free.

    The asker's thread, holding no lock. A live holder answers within moments. The wait ends with the asker's visit.
    """
    began = monotonic()
    interval = _FIRST_LOOK_S
    while not holder.has_left.is_set:
        if asker.is_ending() or (not holder.is_ending() and _has_been_heard(holder, began, timeout_s)):
            return True
        probe(holder, timeout_s)
        asker.client.credit.pause(interval)
        interval = min(2 * interval, _LONGEST_LOOK_S)
        asker.heard_at = monotonic()  # its own input is not being read
    return False


def _has_been_heard(holder: Visit, began: float, timeout_s: float) -> bool:
    """Return whether the holder was heard from since `began`, or too recently to be worth asking."""
    will_be_silent_at = holder.heard_at + timeout_s
    return holder.heard_at > began or will_be_silent_at > began + _PATIENCE_S or holder.client.credit.is_waiting
