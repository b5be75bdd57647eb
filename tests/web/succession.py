"""Trackers that run one after the other in the same folder."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from chatcore.protocol.goodbye import TRACKER_LEFT
from tests.support.browser import PASSWORD
from tests.support.trackers import Hosted, hosted_tracker


class Succession:
    """One tracker after the other, with the same files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = ExitStack()
        self._hosted: Hosted | None = None

    def start(self, password: str = PASSWORD) -> Hosted:
        """Stop the running tracker, then start and return the next."""
        self.stop()
        self._hosted = self._running.enter_context(hosted_tracker(self._folder, password))
        return self._hosted

    def stop(self, farewell: str = TRACKER_LEFT) -> None:
        """Stop the running tracker, telling everybody this reason."""
        if self._hosted is not None:
            self._hosted.farewell = farewell
        self._running.close()
