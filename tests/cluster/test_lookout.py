"""A tracker that differs from the others is refused with the reason; a dead one keeps nobody out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chatcore.cluster import lookout
from chatcore.cluster.lookout import objection
from chatcore.cluster.members import Members
from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.state.records import TrackerJoined


def _joined(folder: str, version: str = "1", replay: str = "0") -> TrackerJoined:
    return TrackerJoined(folder, folder, TrackerAddress(()), version, (("replay", replay),))


def _members(*joined: TrackerJoined) -> Members:
    members = Members()
    for incarnation, each in enumerate(joined, 1):
        members.join(incarnation, 1, each)
    return members


@contextmanager
def _alive(members: Members, incarnation: int) -> Iterator[None]:
    """Let a tracker send batches continuously."""
    is_over = threading.Event()

    def speak() -> None:
        sequence = 1
        while not is_over.wait(0.001):
            sequence += 1
            members.take(incarnation, sequence)

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@pytest.fixture
def never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail on any wait."""

    def refuse(seconds: float) -> None:
        raise AssertionError("it waited")

    monkeypatch.setattr(lookout, "sleep", refuse)


@pytest.mark.usefixtures("never_waits")
def test_a_tracker_that_agrees_with_all_does_not_wait() -> None:
    assert objection(Members(), _joined("a"), 60) == ""
    assert objection(_members(_joined("a"), _joined("b")), _joined("c"), 60) == ""


@pytest.mark.usefixtures("never_waits")
def test_an_earlier_run_of_the_same_folder_is_ignored() -> None:
    assert objection(_members(_joined("a", "1")), _joined("a", "2"), 60) == ""


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        (_joined("c", "2"), "it is chatcore 2, and the others are 1"),
        (_joined("c", replay="5"), "replay is 5, and the others have 0"),
    ],
)
def test_a_tracker_that_differs_from_a_live_one_is_refused(ours: TrackerJoined, words: str) -> None:
    members = _members(_joined("a"), _joined("b"))
    with _alive(members, 2):
        assert objection(members, ours, 60) == words


def test_a_tracker_that_joins_during_the_wait_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    members = _members(_joined("a"))
    monkeypatch.setattr(lookout, "sleep", lambda seconds: members.join(2, 1, _joined("b")))
    assert objection(members, _joined("c", "2"), 60) != ""


def test_a_dead_tracker_keeps_nobody_out() -> None:
    assert objection(_members(_joined("a"), _joined("b", "2")), _joined("c", "2"), 0.1) == ""
