"""Trackers with random clients lag, stop, are fenced and rejoin: all reach the same state."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from random import Random

import pytest

from chatcore.cluster.members import FENCE_BEATS
from chatcore.errors import StreamClosed
from chatcore.state.records import RowsSet
from tests.support.replicas import Replicas, Replicated
from tests.support.rerun import Rerun

_ROUNDS = 1500


class _Fuzz:
    """Up to three trackers at once."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._replicas = Replicas()
        self.trackers: list[tuple[Replicated, Rerun]] = []
        self.ended = 0
        self.fenced = 0
        for _ in range(3):
            self._join()

    def run(self) -> None:
        """Raises AssertionError if two trackers diverge."""
        for number in range(_ROUNDS):
            self._replicas.time += self._random.random()
            tracker, rerun = self._random.choice(self.trackers)
            tracker.services.time = self._replicas.time
            with contextlib.suppress(StreamClosed):
                self._act(tracker, rerun)
                if number % 400 == 399:
                    (self._end if number % 800 == 399 else self._fence)(tracker)
            self._replace_fenced()
            if number % 100 == 0:
                self._compare_all()
        self._compare_all()

    def _act(self, tracker: Replicated, rerun: Rerun) -> None:
        chance = self._random.random()
        if chance < 0.02:
            self._resend()
        elif chance < 0.06:
            tracker.beat()
            tracker.conduct.append_markers()
        elif chance < 0.08:
            self._set_a_row(tracker)
        elif chance < 0.3:
            tracker.catch_up(self._random.randrange(9))
        else:
            rerun.step()

    def _join(self, folder: str = "") -> None:
        like = self._random.choice([None, *(tracker for tracker, _ in self.trackers)])
        tracker = self._replicas.tracker(folder, like)
        self.trackers.append((tracker, Rerun(self._random.randrange(1 << 30), tracker)))

    def _resend(self) -> None:
        self._replicas.append(self._random.choice(self._replicas.batches[-20:]).data)

    def _set_a_row(self, tracker: Replicated) -> None:
        key, value = self._random.choice("abc"), self._random.choice((None, b"x", b"y"))
        expected = ((key, self._random.choice((None, b"x"))),) if self._random.random() < 0.5 else ()
        tracker.conduct.propose(RowsSet("fuzz", ((key, value),), expected))

    def _end(self, tracker: Replicated) -> None:
        tracker.end()
        self._replace(tracker, "")
        self.ended += 1

    def _fence(self, tracker: Replicated) -> None:
        """Keep a tracker silent while another beats; its later batches are ignored."""
        others = [other for other, _ in self.trackers if other is not tracker]
        for _ in range(FENCE_BEATS):
            others[0].beat()
        tracker.beat()
        tracker.catch_up()
        assert tracker.is_fenced

    def _replace_fenced(self) -> None:
        for tracker, _ in self.trackers:
            if tracker.is_fenced:
                self._replace(tracker, tracker.folder)
                self.fenced += 1

    def _replace(self, tracker: Replicated, folder: str) -> None:
        self.trackers = [each for each in self.trackers if each[0] is not tracker]
        self._join(folder)

    def _compare_all(self) -> None:
        self._replicas.compare(tracker for tracker, _ in self.trackers)
        self._replace_fenced()


@pytest.mark.parametrize("seed", range(4))
def test_all_trackers_reach_the_same_state(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    fuzz = _Fuzz(seed)
    fuzz.run()
    assert fuzz.ended > 0 < fuzz.fenced
    assert caplog.records == [], "a record could not be carried out"


def _read_another_clock(tracker: Replicated) -> None:
    tracker.shared.now = lambda: tracker.replica.time + 1  # type: ignore[method-assign]


def _skip_a_record(tracker: Replicated) -> None:
    tracker.replica.position += 1


def _remove_the_fence(tracker: Replicated) -> None:
    tracker.members.beat = lambda incarnation: []  # type: ignore[method-assign]


def _take_resent_batches(tracker: Replicated) -> None:
    tracker.members.take = lambda incarnation, sequence: incarnation in tracker.members  # type: ignore[method-assign]


@pytest.mark.parametrize("plant", [_read_another_clock, _skip_a_record, _remove_the_fence, _take_resent_batches])
def test_a_planted_divergence_is_caught(plant: Callable[[Replicated], None]) -> None:
    fuzz = _Fuzz(1)
    plant(fuzz.trackers[0][0])
    with pytest.raises(AssertionError):
        fuzz.run()
