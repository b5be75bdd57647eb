"""The thread that enforces deadlines: it PINGs idle clients and ends visits that missed one. It never sends itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from time import monotonic

from chatcore.config import Limits
from chatcore.server.visit import Visit

_INTERVAL_S = 0.5
_logger = logging.getLogger(__name__)


class Heartbeat(threading.Thread):
    """Checks the visits twice a second, calm ones less often, and carries out other duties."""

    def __init__(
        self, limits: Limits, visits: Callable[[], Iterable[Visit]], duties: Iterable[Callable[[], None]] = ()
    ) -> None:
        super().__init__(name="heartbeat")
        self._limits = limits
        # Other threads may set a deadline while a visit is calm, but none that ends sooner than this.
        self._calm_s = min(limits.close_timeout_s, limits.ghost_timeout_s, limits.write_timeout_s)
        if limits.websocket_quiet_s:  # one check sees that something was sent, a later one that it was long ago
            self._calm_s = min(self._calm_s, limits.websocket_quiet_s / 8)
        self._visits = visits
        self._duties = (lambda: self.check_all(monotonic()), *duties)
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopping.set()
        self.join()

    def run(self) -> None:
        """Check all deadlines until stopped."""
        while not self._stopping.wait(_INTERVAL_S):
            for duty in self._duties:
                try:
                    duty()
                except Exception:  # without this thread no deadline would be enforced
                    _logger.exception("a heartbeat failed")

    def check_all(self, now: float) -> None:
        """Check all visits that may have missed a deadline at `now` (monotonic s)."""
        for visit in self._visits():
            if now >= visit.calm_until:
                self.check(visit, now)

    def check(self, visit: Visit, now: float) -> None:
        """Ping or end one visit if one of its deadlines has passed at `now` (monotonic s)."""
        limits = self._limits
        if visit.closing_since is not None:
            if now > visit.closing_since + limits.close_timeout_s:
                visit.connection.shutdown()
        elif visit.is_ending():
            return
        elif not visit.client.is_registered:
            visit.check_deadline(now)
        else:
            visit.connection.keep_open(now, limits.websocket_quiet_s)
            self._check_guest(visit, now)

    def _check_guest(self, visit: Visit, now: float) -> None:
        limits = self._limits
        if visit.connection.is_stalled_since(now - limits.write_timeout_s):
            visit.end("Write timeout", is_lost=True)
        elif visit.client.credit.is_waiting:
            visit.heard_at = now
            visit.probe_deadline = None
        elif visit.probe_deadline is not None and now > visit.probe_deadline:
            visit.end("Ping timeout: somebody else wanted the username", is_lost=True)
        elif visit.pinged_at is not None:
            if now > visit.pinged_at + limits.ping_timeout_s:
                visit.end("Ping timeout", is_lost=True)
        elif now > visit.heard_at + limits.ping_interval_s:
            visit.pinged_at = now
            visit.ping()
        elif visit.probe_deadline is None and not visit.connection.is_stalled_since(now):
            visit.calm_until = min(now + self._calm_s, visit.heard_at + limits.ping_interval_s)
