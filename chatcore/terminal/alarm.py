"""Timers: they carry out what a session has scheduled (`session/clock`).

One thread serves all alarms of a process. It runs while any alarm has been set and not stopped.
"""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable
from time import monotonic

_PATIENCE_S = 1.0


class Alarm:
    """A timer that can be set to one time at a time."""

    def __init__(self, ring: Callable[[], None]) -> None:
        """`ring` is called in the thread that all alarms share. It must not block for long."""
        self.ring = ring
        self.is_stopped = False
        """Whether it never rings again. For `_Alarms` only."""

    def set(self, time: float | None) -> None:
        """Ring at this time (s, by `monotonic`) instead of any earlier one. Any thread; does not block for long."""
        _all.set(self, time)

    def stop(self) -> None:
        """Never ring again, and wait for a ring in progress. Not for the thread of the alarms."""
        _all.remove(self)


class _Alarms:
    """All alarms that have been set and not stopped, and their thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()  # guards what follows
        self._times: dict[Alarm, float | None] = {}
        self._ringing: Alarm | None = None
        self._thread: threading.Thread | None = None

    def set(self, alarm: Alarm, time: float | None) -> None:
        with self._changed:
            if time == self._times.get(alarm) or alarm.is_stopped:
                return
            self._times[alarm] = time
            if self._thread is None:
                self._thread = threading.Thread(target=self._ring_all, name="alarm", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def remove(self, alarm: Alarm) -> None:
        with self._changed:
            alarm.is_stopped = True
            if alarm not in self._times:
                return
            del self._times[alarm]
            thread = self._thread
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._ringing is not alarm, _PATIENCE_S)
            self._changed.wait_for(lambda: self._times or self._thread is not thread, _PATIENCE_S)
            has_ended = self._thread is not thread
        if thread is not None and has_ended:
            thread.join(_PATIENCE_S)

    def _ring_all(self) -> None:
        """Ring alarms until none is left. Runs in a thread of its own."""
        while alarm := self._next():
            try:
                alarm.ring()
            except Exception:  # noqa: BLE001 - reported as for any thread; the other alarms go on
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
            with self._changed:
                self._ringing = None
                self._changed.notify_all()

    def _next(self) -> Alarm | None:
        """Wait for the next alarm that is due and return it; None when no alarms are left."""
        with self._changed:
            while self._times:
                alarm, time = min(self._times.items(), key=lambda item: math.inf if item[1] is None else item[1])
                left_s = None if time is None else time - monotonic()
                if left_s is not None and left_s <= 0:
                    self._times[alarm] = None
                    self._ringing = alarm
                    return alarm
                self._changed.wait(left_s)
            self._thread = None
            self._changed.notify_all()
            return None


_all = _Alarms()
