"""Two trackers with one chat, for tests: each is the real program, and so is their engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.trackers import TrackerProcess, tracker_process
from tests.support.valkey import valkey_process


class Pair(NamedTuple):
    """They listen on loopback."""

    first: TrackerProcess
    second: TrackerProcess


@contextmanager
def clustered_pair(folder: Path, password: str = "", *flags: str) -> Iterator[Pair]:
    """Run both, with an engine of their own, in folders of their own."""
    for name in ("a", "b"):
        (folder / name).mkdir()
    with valkey_process(folder / "engine") as engine:
        flags = ("--cluster", engine.url, *flags)
        with (
            tracker_process(folder / "a", *flags, password=password) as first,
            tracker_process(folder / "b", *flags, password=password) as second,
        ):
            yield Pair(first, second)
