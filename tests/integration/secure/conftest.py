"""Trackers for the security tests; a fault that the program logs fails each of these tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faults import faults_logged
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "correct hörse"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker with a password and an account."""
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        hosted.tracker.keys.accounts.add("Alice", "alice's own")
        yield hosted


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[Hosted]:
    """A tracker that trusts proxies on this machine and at two other addresses."""
    with hosted_tracker(tmp_path, trusted_proxies=("127.0.0.1", "10.0.0.0/8")) as hosted:
        yield hosted


@pytest.fixture(autouse=True)
def no_faults() -> Iterator[None]:
    """Check that nothing a peer does is logged as a fault of the program."""
    with faults_logged() as faults:
        yield
    assert faults == []
