"""Two trackers of one chat, for tests: they and their engine are the real programs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.trackers import TrackerProcess, tracker_process
from tests.support.valkey import valkey_process

_UNMEASURED = ("env", "-u", "COVERAGE_PROCESS_CONFIG")
"""Without measuring coverage they start in half the time; other tests measure it."""


class Pair(NamedTuple):
    """They listen on loopback."""

    first: TrackerProcess
    second: TrackerProcess


@contextmanager
def clustered_pair(folder: Path, password: str = "", *flags: str) -> Iterator[Pair]:
    """Run both, and an engine, each in a folder of its own. The trackers start at the same time."""
    with valkey_process(folder / "engine") as engine, ExitStack() as running:

        def start(name: str) -> TrackerProcess:
            (folder / name).mkdir()
            flagged = ("--cluster", engine.url, *flags)
            tracker = tracker_process(folder / name, *flagged, password=password, started_by=_UNMEASURED)
            return running.enter_context(tracker)

        with ThreadPoolExecutor() as starting:
            first, second = starting.map(start, ("a", "b"))
        yield Pair(first, second)
