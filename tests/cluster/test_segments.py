"""Segments: they read as they were written, whatever became of the file's end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.cluster.engine import FIRST, Batch
from chatcore.cluster.segment_file import GZIP_SUFFIX, Head, OpenSegment, SegmentUnusable, version_of
from chatcore.cluster.segments import Segments, end_of, is_after, segment_path
from tests.support.disk import Disk

_SNAPSHOT = b"\n\0 all that is known \xff"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def segments(tmp_path: Path, told: list[str]) -> Iterator[Segments]:
    segments = Segments(tmp_path / "state" / "cluster", told.append)
    yield segments
    segments.close()


def _head(position: int, after: str) -> Head:
    return Head(position, after, 1_700_000_000.5 + position, "chat", "some place")


def _batches(first: int, last: int) -> list[Batch]:
    return [Batch(f"{number}-0", b"batch\n %d \xfe" % number) for number in range(first, last + 1)]


def _read(path: Path) -> tuple[Head, bytes, list[Batch]]:
    with OpenSegment(path) as opened:
        return opened.head, opened.snapshot(), list(opened.batches())


def test_a_segment_has_its_head_snapshot_and_batches_in_order(segments: Segments) -> None:
    segments.roll(_head(7, "9-0"), _SNAPSHOT)
    segments.write(_batches(10, 12))
    segments.write([])
    segments.write(_batches(13, 13))
    path = segment_path(segments.folder, 7)
    assert _read(path) == (_head(7, "9-0"), _SNAPSHOT, _batches(10, 13))
    assert path.stat().st_mode & 0o777 == 0o600
    assert version_of(path) == 1


def test_a_repeated_batch_is_kept_once(segments: Segments) -> None:
    segments.roll(_head(7, "9-0"), _SNAPSHOT)
    segments.write(_batches(8, 12))
    segments.write(_batches(11, 14))
    assert _read(segment_path(segments.folder, 7))[2] == _batches(10, 14)


def test_segments_are_listed_by_position(segments: Segments) -> None:
    for position in (3, 20_000_000_000_000_000, 100):
        segments.roll(_head(position, f"{position}-0"), b"")
    assert [segment.head.position for segment in segments.all()] == [3, 100, 20_000_000_000_000_000]
    newest = segments.newest()
    assert newest is not None
    assert newest.head.position == 20_000_000_000_000_000


def test_without_segments_there_is_no_newest(segments: Segments) -> None:
    assert segments.newest() is None


def test_a_segment_notes_whether_it_continues_the_previous_one(segments: Segments) -> None:
    segments.roll(_head(7, "9-0"), b"")
    segments.write(_batches(10, 12))
    segments.roll(_head(8, "12-0"), b"")
    segments.roll(_head(9, "13-0"), b"")
    assert [segment.head.goes_on for segment in segments.all()] == [False, True, False]


def test_a_file_torn_anywhere_keeps_whole_batches_and_can_be_resumed(segments: Segments) -> None:
    segments.roll(_head(7, "9-0"), _SNAPSHOT)
    path = segment_path(segments.folder, 7)
    begins = path.stat().st_size
    segments.write(_batches(10, 12))
    whole = path.read_bytes()
    frame_bytes = (len(whole) - begins) // 3
    for size in range(begins, len(whole)):
        path.write_bytes(whole[:size])
        segment = segments.all()[0]
        count = (size - begins) // frame_bytes
        assert end_of(segment) == (f"{9 + count}-0", begins + count * frame_bytes)
        segments.resume(segment)
        segments.write(_batches(10, 13))
        assert _read(path)[2] == _batches(10, 13)


def test_reading_stops_at_a_damaged_batch(segments: Segments) -> None:
    segments.roll(_head(7, "9-0"), _SNAPSHOT)
    segments.write(_batches(10, 12))
    path = segment_path(segments.folder, 7)
    path.write_bytes(path.read_bytes().replace(b"batch\n 11", b"batch\n 1!"))
    assert _read(path)[2] == _batches(10, 10)


def test_a_segment_with_a_torn_beginning_is_unusable(segments: Segments, told: list[str]) -> None:
    segments.roll(_head(7, "9-0"), _SNAPSHOT)
    path = segment_path(segments.folder, 7)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(SegmentUnusable):
            _read(path)
    path.write_bytes(b"")
    assert segments.all() == []
    assert told == [f"{path} cannot be used: damaged"]


@pytest.mark.parametrize(("old", "new"), [(b'"position"', b'"somewhere"'), (b"{", b"["), (b"all that", b"all thou")])
def test_a_damaged_beginning_is_found(segments: Segments, old: bytes, new: bytes) -> None:
    segments.roll(_head(7, "9-0"), _SNAPSHOT)
    path = segment_path(segments.folder, 7)
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(SegmentUnusable, match="damaged"):
        _read(path)


def test_a_newer_format_is_left_alone(segments: Segments, told: list[str]) -> None:
    segments.roll(_head(7, "9-0"), _SNAPSHOT)
    path = segment_path(segments.folder, 7)
    path.write_bytes(path.read_bytes().replace(b"chatcore-segment 1", b"chatcore-segment 2"))
    assert version_of(path) == 2
    assert segments.all() == []
    assert told == [f"{path} cannot be used: its format is 2, this program knows 1"]


def test_an_invalid_compressed_file_has_no_version(tmp_path: Path) -> None:
    path = tmp_path / f"segment-{7:016}{GZIP_SUFFIX}"
    path.write_bytes(b"no such thing")
    assert version_of(path) == 0
    with pytest.raises(SegmentUnusable):
        OpenSegment(path)


def test_a_full_disk_ends_a_segment_and_the_next_one_notes_the_gap(
    segments: Segments, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment has no gaps: later batches are not kept until another segment begins."""
    segments.roll(_head(7, "9-0"), _SNAPSHOT)
    segments.write(_batches(10, 11))
    disk = Disk(monkeypatch)
    disk.free = 10
    segments.write(_batches(12, 13))
    segments.write(_batches(14, 14))
    disk.free = None
    segments.write(_batches(15, 15))
    assert _read(segment_path(segments.folder, 7))[2] == _batches(10, 11)
    segments.roll(_head(8, "15-0"), b"")
    segments.write(_batches(16, 16))
    assert _read(segment_path(segments.folder, 8))[2] == _batches(16, 16)
    assert [segment.head.goes_on for segment in segments.all()] == [False, False]
    where = segments.folder.absolute()
    assert told == [
        f"What other trackers need to catch up cannot be kept in {where}: No space left on device. The chat goes on.",
        "What other trackers need to catch up is kept again.",
    ]


def test_a_segment_that_cannot_be_started_leaves_nothing(
    segments: Segments, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    disk.free = 10
    segments.roll(_head(7, "9-0"), _SNAPSHOT)
    segments.write(_batches(10, 11))
    segments.roll(_head(8, "11-0"), _SNAPSHOT)
    assert list(segments.folder.iterdir()) == []
    assert len(told) == 1


def test_resuming_an_earlier_segment_rewrites_later_ones(segments: Segments) -> None:
    """For example, after a power loss, if the log ends before the newest begins."""
    segments.roll(_head(7, "9-0"), _SNAPSHOT)
    segments.write(_batches(10, 12))
    segments.roll(_head(8, "12-0")._replace(place="wrong"), _SNAPSHOT)
    segments.write(_batches(13, 15))
    segments.resume(segments.all()[0])
    segments.write(_batches(10, 12))
    segments.roll(_head(8, "12-0"), _SNAPSHOT)
    segments.write(_batches(13, 14))
    assert _read(segment_path(segments.folder, 8)) == (
        _head(8, "12-0")._replace(goes_on=True),
        _SNAPSHOT,
        _batches(13, 14),
    )


def test_unfinished_files_are_removed_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "segment-0000000000000007.tmp").write_bytes(b"half")
    (tmp_path / "fetched.tmp.gz").write_bytes(b"half")
    Segments(tmp_path, print)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("one", "other", "is_later"), [("10-0", "9-5", True), ("9-10", "9-9", True), ("9-0", "9-0", False)]
)
def test_ids_are_compared_as_numbers(one: str, other: str, is_later: bool) -> None:
    assert is_after(one, other) == is_later
    assert is_after("0-1", FIRST)


def test_unreadable_segments_are_reported_but_vanished_ones_are_not(segments: Segments, told: list[str]) -> None:
    folder = segment_path(segments.folder, 7)
    folder.mkdir()
    segment_path(segments.folder, 8).symlink_to("nowhere")
    for _ in range(2):
        assert segments.all() == []
    assert told == [f"cannot read {folder}: Is a directory"]
