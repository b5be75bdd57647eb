"""AuditLog: whole lines only, whatever happens to the disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import ConfigError
from chatcore.server.audit.log import AuditLog
from tests.support.disk import Disk
from tests.support.generated import PROPERTY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "chat.log"


@pytest.fixture
def log(path: Path) -> Iterator[AuditLog]:
    log = AuditLog(path, fsync=False)
    yield log
    log.close()


@pytest.fixture
def synced_log(path: Path) -> Iterator[AuditLog]:
    log = AuditLog(path, fsync=True)
    yield log
    log.close()


# Beginning


def test_folder_and_file_are_created_readable_by_the_owner_only(path: Path) -> None:
    before = os.umask(0)
    try:
        AuditLog(path, fsync=False).close()
    finally:
        os.umask(before)
    assert path.read_bytes() == b""
    assert path.stat().st_mode & 0o777 == 0o600


def test_existing_lines_are_kept(path: Path) -> None:
    for text in ("one\n", "two\n"):
        log = AuditLog(path, fsync=False)
        assert log.write([text]) == 1
        log.close()
    assert path.read_text() == "one\ntwo\n"


def test_a_torn_last_line_is_ended_before_new_lines(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"whole\ntorn \xc3")
    log = AuditLog(path, fsync=False)
    assert log.write([""]) == 1
    assert path.read_bytes() == b"whole\ntorn \xc3"
    assert log.write(["one\n"]) == 1
    assert log.write(["two\n"]) == 1
    log.close()
    assert path.read_bytes() == b"whole\ntorn \xc3\none\ntwo\n"


def test_a_second_tracker_is_refused_under_any_path_to_the_file(log: AuditLog, path: Path, tmp_path: Path) -> None:
    (tmp_path / "link.log").symlink_to(path)
    os.link(path, tmp_path / "same.log")
    for name in (path, tmp_path / "link.log", tmp_path / "same.log"):
        with pytest.raises(ConfigError) as refusal:
            AuditLog(name, fsync=False)
        why = "another tracker is using it (choose another with --log, and with --state-dir)"
        assert str(refusal.value) == f"cannot write the log {name}: {why}"
    assert log.write(["one\n"]) == 1


def test_several_trackers_may_log_to_a_device(log: AuditLog) -> None:
    logs = [AuditLog(Path("/dev/null"), fsync=False) for _ in range(2)]
    assert [log.write(["one\n"]) for log in logs] == [1, 1]
    for log in logs:
        log.look()
        assert not log.has_moved
        log.close()


@pytest.mark.parametrize("where", ["folder", "file/chat.log"])
def test_a_log_that_cannot_be_opened_gives_a_one_line_error(tmp_path: Path, where: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=rf"^cannot write the log .*{where}: [A-Z][a-z ]+$"):
        AuditLog(tmp_path / where, fsync=False)


def test_a_log_whose_end_cannot_be_read_gives_a_one_line_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    path.parent.mkdir()
    path.write_bytes(b"torn")
    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(ConfigError, match=r"^cannot write the log .*chat\.log: Input/output error$"):
        AuditLog(path, fsync=False)


# Writing


def test_a_batch_is_one_write(log: AuditLog, path: Path, disk: Disk) -> None:
    assert log.write(["one\n", "", "two\nthree\n"]) == 3
    assert path.read_text() == "one\ntwo\nthree\n"
    assert disk.calls == ["write"]


def test_an_empty_batch_writes_nothing(log: AuditLog, disk: Disk) -> None:
    disk.free = 0
    assert log.write([]) == 0
    assert log.write(["", ""]) == 2
    assert disk.calls == []
    assert log.is_writable


def test_a_partial_write_is_continued(log: AuditLog, path: Path, disk: Disk) -> None:
    disk.most_at_once = 3
    assert log.write(["eins\n", "zwölf\n"]) == 2
    assert path.read_text(encoding="utf-8") == "eins\nzwölf\n"
    assert log.is_writable


def test_a_batch_is_synced_once_after_it_is_written(synced_log: AuditLog, disk: Disk) -> None:
    assert synced_log.write(["one\n", "two\n"]) == 2
    assert disk.calls == ["write", "sync"]


def test_without_fsync_only_an_explicit_sync_syncs(log: AuditLog, disk: Disk) -> None:
    log.write(["one\n"])
    assert "sync" not in disk.calls
    assert log.sync()
    assert disk.calls[-1] == "sync"


# A full disk

_TEXTS = st.lists(st.sampled_from(["", "one\n", "zwölf\n", "three\nfour\n"]), max_size=6)


@pytest.mark.thorough
@PROPERTY
@given(_TEXTS, st.integers(0, 60), st.sampled_from([b"", b"old\n", b"old\ntorn"]), st.integers(1, 60))
def test_only_whole_entries_stay_and_the_rest_is_written_later(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], free: int, before: bytes, most_at_once: int
) -> None:
    path = tmp_path_factory.mktemp("disk") / "chat.log"
    path.write_bytes(before)
    ended = before + b"\n" if before and not before.endswith(b"\n") else before
    with pytest.MonkeyPatch.context() as monkeypatch:
        disk = Disk(monkeypatch)
        disk.free, disk.most_at_once = free, most_at_once
        log = AuditLog(path, fsync=False)
        done = log.write(texts)
        sizes = [len(text.encode()) for text in texts]
        needed = len(ended) - len(before)
        fits = [
            count for count in range(len(texts) + 1) if sum(sizes[:count]) + needed <= free or not sum(sizes[:count])
        ]
        assert done == max(fits)
        assert log.is_writable is (done == len(texts))
        assert path.read_bytes() in _with_or_without_end(before, ended, texts[:done])
        disk.free = None
        assert log.write(texts[done:]) == len(texts) - done
        assert log.is_writable or not any(texts[done:])
        log.close()
    assert path.read_bytes() in _with_or_without_end(before, ended, texts)


def _with_or_without_end(before: bytes, ended: bytes, texts: list[str]) -> list[bytes]:
    """Return the possible contents: a torn old line is ended together with the first new line."""
    data = "".join(texts).encode()
    return [ended + data] if data else [before, ended]


def test_a_full_disk_is_reported_until_there_is_space_again(log: AuditLog, path: Path, disk: Disk) -> None:
    disk.free = 6
    assert log.write(["one\n", "two\n"]) == 1
    assert (log.is_writable, log.problem) == (False, "No space left on device")
    assert path.read_text() == "one\n"
    assert log.write(["two\n"]) == 0
    assert path.read_text() == "one\n"
    disk.free = None
    assert log.write(["two\n"]) == 1
    assert log.is_writable
    assert path.read_text() == "one\ntwo\n"


def test_a_partial_line_is_cut_off_before_the_next_write(log: AuditLog, path: Path, disk: Disk) -> None:
    disk.free, disk.cannot_cut = 6, True
    assert log.write(["one\n", "two\n"]) == 1
    assert path.read_text() == "one\ntw"
    disk.free = None
    assert log.write(["two\n"]) == 0
    assert (log.is_writable, log.problem) == (False, "Input/output error")
    assert path.read_text() == "one\ntw"
    disk.cannot_cut = False
    assert log.write(["two\n"]) == 1
    assert log.is_writable
    assert path.read_text() == "one\ntwo\n"


def test_a_partial_line_is_cut_off_on_close(path: Path, disk: Disk) -> None:
    log = AuditLog(path, fsync=False)
    disk.free, disk.cannot_cut = 6, True
    assert log.write(["one\n", "two\n"]) == 1
    disk.cannot_cut = False
    log.close()
    assert path.read_text() == "one\n"


def test_the_written_part_of_a_batch_is_synced(synced_log: AuditLog, path: Path, disk: Disk) -> None:
    """It counts as logged and is delivered, so a power loss must not undo it."""
    disk.free = 6
    assert synced_log.write(["one\n", "two\n"]) == 1
    assert "sync" in disk.calls[disk.calls.index("write") :]
    assert path.read_text() == "one\n"
    assert not synced_log.is_writable


def test_a_written_part_that_cannot_be_synced_is_removed(synced_log: AuditLog, path: Path, disk: Disk) -> None:
    disk.free, disk.cannot_sync = 6, True
    assert synced_log.write(["one\n", "two\n"]) == 0
    assert path.read_text() == ""
    assert not synced_log.is_writable


def test_a_partial_line_in_an_emptied_file_needs_no_cutting(log: AuditLog, path: Path, disk: Disk) -> None:
    """Truncating to the old size would extend the file with zero bytes."""
    disk.free, disk.cannot_cut = 6, True
    assert log.write(["one\n", "two\n"]) == 1
    os.truncate(path, 0)
    disk.free, disk.cannot_cut = None, False
    assert log.write(["two\n"]) == 1
    assert path.read_bytes() == b"two\n"


def test_a_file_emptied_during_the_cut_gets_no_hole(
    log: AuditLog, path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def truncate_late(descriptor: int, length: int) -> None:
        monkeypatch.setattr(os, "ftruncate", disk.ftruncate)
        os.truncate(path, 0)
        os.ftruncate(descriptor, length)

    monkeypatch.setattr(os, "ftruncate", truncate_late)
    disk.free = 6
    assert log.write(["one\n", "two\n"]) == 1
    disk.free = None
    assert log.write(["two\n"]) == 1
    assert path.read_bytes() == b"two\n"


def test_a_partial_write_to_a_pipe_does_not_stop_later_writes(tmp_path: Path, disk: Disk) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    log = AuditLog(path, fsync=False)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(log._fd, False)
    assert log.write(["x" * 200_000 + "\n"]) == 0
    os.read(reader, 200_000)
    assert log.write(["one\n"]) == 1
    os.close(reader)
    log.close()


# A disk that cannot sync


@pytest.mark.parametrize("before", [b"", b"old\n", b"old\ntorn"])
def test_lines_that_cannot_be_synced_are_removed(path: Path, disk: Disk, before: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(before)
    log = AuditLog(path, fsync=True)
    disk.cannot_sync = True
    assert log.write(["one\n", "", "two\n"]) == 0
    assert (log.is_writable, log.problem) == (False, "Input/output error")
    ended = before + b"\n" if before.endswith(b"torn") else before
    assert path.read_bytes() in (before, ended)
    disk.cannot_sync = False
    assert log.write(["one\n", "", "two\n"]) == 3
    assert log.is_writable
    log.close()
    assert path.read_bytes() == ended + b"one\ntwo\n"


def test_a_failed_sync_makes_the_log_unwritable(log: AuditLog, disk: Disk) -> None:
    disk.cannot_sync = True
    assert not log.sync()
    assert not log.is_writable


# The witness


class Notes:
    """A witness that records its calls."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def begin(self, descriptor: int) -> None:
        self.told.append(("begin", os.fstat(descriptor).st_size))

    def wrote(self, data: bytes, torn: int = 0) -> None:
        self.told.append(data)

    def leave(self) -> None:
        self.told.append("leave")


def test_the_witness_sees_everything_the_file_contains(path: Path) -> None:
    notes = Notes()
    path.parent.mkdir()
    path.write_bytes(b"torn")
    log = AuditLog(path, fsync=False, witness=notes)
    log.write(["one\n", "two\n"])
    path.rename(path.with_name("chat.log.1"))
    log.follow()
    log.write(["three\n"])
    log.close()
    assert notes.told == [("begin", 4), b"\none\ntwo\n", "leave", ("begin", 0), b"three\n", "leave"]
    assert log.written_bytes == len("\none\ntwo\nthree\n")


@pytest.mark.parametrize("free", range(9))
@pytest.mark.parametrize("cannot_sync", [False, True])
def test_the_witness_sees_nothing_that_is_removed_again(path: Path, disk: Disk, free: int, cannot_sync: bool) -> None:
    notes = Notes()
    log = AuditLog(path, fsync=cannot_sync, witness=notes)
    disk.free, disk.cannot_sync = free, cannot_sync
    log.write(["one\n", "two\n"])
    disk.free, disk.cannot_sync = None, False
    log.write(["three\n"])
    log.close()
    assert b"".join(data for data in notes.told if isinstance(data, bytes)) == path.read_bytes()
    assert log.written_bytes == path.stat().st_size
