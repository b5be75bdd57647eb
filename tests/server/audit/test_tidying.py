"""Rotated files are compressed, and removed when there are too many."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from chatcore.server.audit.rotated import open_log_file
from chatcore.server.audit.tidying import Tidying
from tests.support.disk import Disk
from tests.support.together import wait_until

_NAMES = [f"chat.log-20261126T12000{second}Z" for second in range(5)]


class Left:
    """A log's folder with rotated files."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "chat.log"
        self.told: list[str] = []
        self.removed: list[str] = []
        self.path.write_text("now\n")
        for name in _NAMES:
            self.path.with_name(name).write_text(f"{name}\n" * 1000)

    def tidying(self, keep: int = 0) -> Tidying:
        """Return the tidying thread."""
        return Tidying(self.path, keep, self.told.append, lambda path: self.removed.append(path.name))

    def names(self) -> list[str]:
        """Return the names of the files beside the log."""
        return sorted(path.name for path in self.path.parent.iterdir() if path != self.path)

    def read(self, name: str) -> str:
        """Return the text of a file."""
        with open_log_file(self.path.with_name(name)) as file:
            return file.read().decode()


@pytest.fixture
def left(tmp_path: Path) -> Left:
    return Left(tmp_path)


def test_compression_preserves_the_content(left: Left) -> None:
    left.tidying().tidy()
    assert left.names() == [f"{name}.gz" for name in _NAMES]
    for name in _NAMES:
        assert left.read(f"{name}.gz") == f"{name}\n" * 1000
        assert left.path.with_name(f"{name}.gz").stat().st_mode & 0o777 == 0o600
    assert not left.told


@pytest.mark.parametrize("keep", [1, 2, 5, 6])
def test_the_newest_are_kept(left: Left, keep: int) -> None:
    left.tidying(keep).tidy()
    assert left.names() == [f"{name}.gz" for name in _NAMES[-keep:]]
    assert left.removed == _NAMES[:-keep]


def test_files_of_other_programs_stay(left: Left) -> None:
    others = [
        "chat.log.1",
        "chat.log-20261126.gz",
        "chat.log-20261126T120000",
        "chat.log.seal",
        "chat.log-2026112T120000Z",
    ]
    for name in others:
        left.path.with_name(name).touch()
    left.tidying(1).tidy()
    assert left.names() == sorted([*others, f"{_NAMES[-1]}.gz"])


def test_an_interrupted_compression_is_finished(left: Left) -> None:
    left.path.with_name(f"{_NAMES[0]}.gz.tmp").write_bytes(b"half")
    left.path.with_name(f"{_NAMES[1]}.gz").write_bytes(gzip.compress(f"{_NAMES[1]}\n".encode() * 1000))
    left.tidying().tidy()
    assert left.names() == [f"{name}.gz" for name in _NAMES]
    assert left.read(f"{_NAMES[0]}.gz") == f"{_NAMES[0]}\n" * 1000


def test_an_unfinished_copy_is_removed_with_its_file(left: Left) -> None:
    left.path.with_name(f"{_NAMES[0]}.gz.tmp").write_bytes(b"half")
    left.tidying(1).tidy()
    assert left.names() == [f"{_NAMES[-1]}.gz"]


def test_a_file_and_its_compressed_copy_count_once(left: Left) -> None:
    left.path.with_name(f"{_NAMES[0]}.gz").write_bytes(gzip.compress(b"the same"))
    left.tidying(4).tidy()
    assert left.names() == [f"{name}.gz" for name in _NAMES[1:]]


def test_a_disk_error_is_reported_once_and_leaves_no_partial_file(left: Left, disk: Disk) -> None:
    disk.cannot_sync = True
    tidying = left.tidying()
    tidying.tidy()
    tidying.tidy()
    assert left.names() == _NAMES
    assert left.told == [
        f"A rotated log cannot be compressed or removed ({left.path.with_name(_NAMES[-1])}: Input/output error)"
    ]
    disk.cannot_sync = False
    tidying.tidy()
    assert left.names() == [f"{name}.gz" for name in _NAMES]


def test_an_unreadable_file_does_not_hold_up_the_others(left: Left) -> None:
    left.path.with_name(_NAMES[1]).unlink()
    left.path.with_name(_NAMES[1]).mkdir()
    left.tidying().tidy()
    assert left.names() == [_NAMES[1] if name == _NAMES[1] else f"{name}.gz" for name in _NAMES]
    assert len(left.told) == 1


def test_a_folder_that_cannot_be_listed_is_reported(tmp_path: Path) -> None:
    told: list[str] = []
    Tidying(tmp_path / "nowhere" / "chat.log", 0, told.append).tidy()
    assert told == [
        f"A rotated log cannot be compressed or removed ({tmp_path / 'nowhere'}: No such file or directory)"
    ]


def test_the_thread_tidies_at_its_start_and_when_woken(left: Left) -> None:
    tidying = left.tidying()
    tidying.start()
    wait_until(lambda: left.names() == [f"{name}.gz" for name in _NAMES])
    left.path.with_name("chat.log-20261126T130000Z").write_text("another\n")
    tidying.wake()
    wait_until(lambda: left.names()[-1] == "chat.log-20261126T130000Z.gz")
    tidying.stop()


def test_a_stopped_thread_begins_no_file(left: Left) -> None:
    tidying = left.tidying()
    tidying.stop()
    tidying.tidy()
    assert left.names() == _NAMES
    tidying.start()
    tidying.join()
    assert left.names() == _NAMES


def test_a_stopped_thread_abandons_a_file_in_progress(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    tidying = left.tidying()
    pack = tidying._pack

    def stop_first(path: Path, packed: Path) -> bool:
        tidying.stop()
        return pack(path, packed)

    monkeypatch.setattr(tidying, "_pack", stop_first)
    tidying.tidy()
    assert left.names() == _NAMES
    assert not left.told
