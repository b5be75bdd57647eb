"""Trackers that run one after the other in the same folder."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.support.browser import PASSWORD
from tests.support.trackers import Hosted, hosted_tracker


class Succession:
    """One tracker after the other, with the same files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running = ExitStack()

    def start(self, password: str = PASSWORD) -> Hosted:
        """End the one that runs, and return the next."""
        self.stop()
        return self._running.enter_context(hosted_tracker(self._folder, password))

    def stop(self) -> None:
        """End the one that runs."""
        self._running.close()
