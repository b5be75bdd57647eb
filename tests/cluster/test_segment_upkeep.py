"""The upkeep of segments: after compressing, merging and removing, the rest can be read in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.cluster import segment_upkeep
from chatcore.cluster.engine import Batch
from chatcore.cluster.segment_file import Head, OpenSegment
from chatcore.cluster.segment_upkeep import SegmentUpkeep
from chatcore.cluster.segments import Segments, segment_path

_DAY_S = 86_400.0


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def segments(tmp_path: Path, told: list[str]) -> Iterator[Segments]:
    segments = Segments(tmp_path, told.append)
    yield segments
    segments.close()


def _upkeep(segments: Segments, *, days: int = 30, max_bytes: int = 1 << 30, now: float = 0.0) -> SegmentUpkeep:
    return SegmentUpkeep(segments, days=days, max_bytes=max_bytes, tell=segments._tell, now=lambda: now)


def _write_segments(segments: Segments, count: int) -> None:
    """Write `count` segments, one a day, each with three batches except the newest, which has one."""
    for number in range(count):
        segments.roll(Head(number * 10, f"{number * 3}-0", number * _DAY_S), b"snapshot %d" % number)
        batches = [Batch(f"{number * 3 + index}-0", b"batch") for index in (1, 2, 3)]
        segments.write(batches if number < count - 1 else batches[:1])


def _kept(segments: Segments) -> dict[str, tuple[bytes, list[str]]]:
    """Return the contents of each file: its snapshot and the ids of its batches."""
    kept = {}
    for segment in segments.all():
        with OpenSegment(segment.path) as opened:
            snapshot = opened.snapshot()
            name = f"{segment.head.position}{segment.path.suffix}"
            kept[name] = snapshot, [batch.id for batch in opened.batches()]
    return kept


def test_all_but_the_two_newest_are_compressed_and_small_ones_merged(segments: Segments) -> None:
    _write_segments(segments, 5)
    upkeep = _upkeep(segments)
    upkeep.tidy()
    joined = [f"{number}-0" for number in range(1, 10)]
    newest = {"30": (b"snapshot 3", ["10-0", "11-0", "12-0"]), "40": (b"snapshot 4", ["13-0"])}
    assert _kept(segments) == {"0.gz": (b"snapshot 0", joined)} | newest
    upkeep.tidy()
    assert _kept(segments) == {"0.gz": (b"snapshot 0", joined)} | newest


def test_large_segments_are_not_merged(segments: Segments, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_upkeep, "JOINED_BYTES", 1)
    _write_segments(segments, 4)
    _upkeep(segments).tidy()
    assert list(_kept(segments)) == ["0.gz", "10.gz", "20", "30"]


@pytest.mark.parametrize("loss", [1, 1000])
def test_segments_with_a_gap_between_them_are_not_merged(segments: Segments, loss: int) -> None:
    """For example, when a power loss has truncated the earlier one."""
    _write_segments(segments, 4)
    first = segment_path(segments.folder, 0)
    with OpenSegment(first) as opened:
        opened.snapshot()
        begins = opened.whole_bytes
    os.truncate(first, max(begins, first.stat().st_size - loss))
    _upkeep(segments).tidy()
    kept = _kept(segments)
    assert list(kept) == ["0.gz", "10.gz", "20", "30"]
    assert kept["0.gz"][1] == ["1-0", "2-0"][: 2 if loss == 1 else 0]


def test_old_segments_are_removed_by_their_end(segments: Segments) -> None:
    _write_segments(segments, 5)
    _upkeep(segments, days=10, now=12.5 * _DAY_S).tidy()
    assert list(_kept(segments)) == ["20.gz", "30", "40"]


def test_zero_days_keep_only_the_two_newest(segments: Segments) -> None:
    _write_segments(segments, 5)
    _upkeep(segments, days=0).tidy()
    assert list(_kept(segments)) == ["30", "40"]


def test_the_size_limit_removes_the_oldest_but_never_the_two_newest(segments: Segments) -> None:
    _write_segments(segments, 5)
    size = sum(path.stat().st_size for path in segments.folder.iterdir())
    _upkeep(segments, max_bytes=size - 1).tidy()
    assert next(iter(_kept(segments))) == "10.gz"
    _upkeep(segments, max_bytes=1).tidy()
    assert list(_kept(segments)) == ["30", "40"]


def test_erased_segments_are_removed_even_after_a_failed_try(
    segments: Segments, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_segments(segments, 5)
    _upkeep(segments).tidy()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda path: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        segments.forget_before(30)
    _upkeep(segments).tidy()
    assert list(_kept(segments)) == ["30", "40"]
    segments.forget_before(40)
    assert list(_kept(segments)) == ["40"]


def test_segments_to_be_rewritten_are_left_alone(segments: Segments) -> None:
    _write_segments(segments, 5)
    segments.resume(segments.all()[2])
    _upkeep(segments, days=0).tidy()
    assert list(_kept(segments)) == ["10", "20", "30", "40"]


def test_a_failure_is_reported_once_and_changes_nothing(
    segments: Segments, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_segments(segments, 4)
    upkeep = _upkeep(segments)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        upkeep.tidy()
        upkeep.tidy()
    assert list(_kept(segments)) == ["0", "10", "20", "30"]
    assert len(told) == 1
    upkeep.tidy()
    assert list(_kept(segments)) == ["0.gz", "20", "30"]
    assert len(told) == 1


def test_the_thread_tidies_when_woken(segments: Segments, monkeypatch: pytest.MonkeyPatch) -> None:
    upkeep = _upkeep(segments, days=0)
    segments.on_roll = upkeep.wake
    tidied: list[list[str]] = []
    tidy = upkeep.tidy

    def tidy_and_stop() -> None:
        tidy()
        tidied.append(list(_kept(segments)))
        upkeep._is_stopping = True
        upkeep.wake()

    monkeypatch.setattr(upkeep, "tidy", tidy_and_stop)
    _write_segments(segments, 4)
    upkeep.start()
    upkeep.join(30)
    upkeep.stop()
    assert tidied == [["20", "30"]]


def test_a_truncated_compressed_segment_keeps_its_beginning(segments: Segments) -> None:
    _write_segments(segments, 3)
    _upkeep(segments).tidy()
    (path,) = segments.folder.glob("*.gz")
    path.write_bytes(path.read_bytes()[:-12])
    assert _kept(segments)["0.gz"][0] == b"snapshot 0"
    path.write_bytes(path.read_bytes()[:30])
    assert [segment.head.position for segment in segments.all()] == [10, 20]


def test_it_can_be_stopped_before_it_starts(segments: Segments) -> None:
    upkeep = _upkeep(segments)
    upkeep.stop()
    upkeep.start()
    upkeep.join(30)
    assert not upkeep.is_alive()
