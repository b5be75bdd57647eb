"""AuditLog and Holdback when the log is renamed, removed or replaced while in use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatcore.server.audit.grammar import AuditFormat
from chatcore.server.audit.log import AuditLog
from chatcore.server.outgoing.holdback import Holdback
from chatcore.state import facts, requests
from chatcore.state.stream import Entry
from tests.support.disk import Disk
from tests.support.readers import connected


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "chat.log"


@pytest.fixture
def told() -> list[str]:
    """Messages to the operator."""
    return []


@pytest.fixture
def log(path: Path, told: list[str]) -> Iterator[AuditLog]:
    """A log that contains "one"."""
    log = AuditLog(path, fsync=False, tell=told.append)
    log.write(["one\n"])
    yield log
    log.close()


def _is_followed(log: AuditLog) -> bool:
    log.look()
    return log.has_moved and log.follow()


def test_an_untouched_log_is_not_followed(log: AuditLog, told: list[str]) -> None:
    assert not _is_followed(log)
    assert not log.has_moved
    assert not told


def test_after_a_rename_the_log_continues_in_a_new_file(log: AuditLog, path: Path, told: list[str]) -> None:
    old = path.rename(path.with_name("chat.log.1"))
    log.write(["not noticed yet\n"])
    assert _is_followed(log)
    assert log.write(["two\n"]) == 1
    assert old.read_text() == "one\nnot noticed yet\n"
    assert path.read_text() == "two\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert told == [f"The log was renamed or removed; it continues in a new file: {path}"]
    assert not _is_followed(log)


def test_a_file_created_by_somebody_else_is_continued(log: AuditLog, path: Path) -> None:
    """As with logrotate's `create`; a torn last line is ended there too."""
    path.rename(path.with_name("chat.log.1"))
    path.write_text("torn")
    path.chmod(0o640)
    assert _is_followed(log)
    log.write(["two\n"])
    assert path.read_text() == "torn\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("remove", [Path.unlink, lambda path: shutil.rmtree(path.parent)], ids=["file", "folder"])
def test_a_removed_log_is_created_again_with_its_folder(
    log: AuditLog, path: Path, remove: Callable[[Path], None], told: list[str]
) -> None:
    remove(path)
    assert _is_followed(log)
    assert log.write(["two\n"]) == 1
    assert path.read_text() == "two\n"
    assert path.parent.stat().st_mode & 0o777 == 0o700 or remove is Path.unlink
    assert len(told) == 1


def test_a_log_renamed_back_is_continued(log: AuditLog, path: Path, told: list[str]) -> None:
    away = path.rename(path.with_name("away"))
    log.look()
    away.rename(path)
    assert log.has_moved
    assert (log.follow(), log.has_moved) == (False, False)
    assert log.write(["two\n"]) == 1
    assert path.read_text() == "one\ntwo\n"
    assert not told


def test_nothing_is_written_while_no_new_file_can_be_opened(log: AuditLog, path: Path) -> None:
    old = path.rename(path.with_name("chat.log.1"))
    path.mkdir()
    assert not _is_followed(log)
    assert (log.has_moved, log.is_writable, log.problem) == (True, False, "Is a directory")
    assert log.write(["two\n"]) == 0
    assert old.read_text() == "one\n"
    path.rmdir()
    assert _is_followed(log)
    assert log.write(["two\n"]) == 1
    assert path.read_text() == "two\n"


def test_a_log_whose_path_cannot_be_resolved_counts_as_gone(log: AuditLog, path: Path) -> None:
    away = path.parent.rename(path.parent.with_name("away"))
    path.parent.touch()
    assert not _is_followed(log)
    assert not log.is_writable
    path.parent.unlink()
    away.rename(path.parent)
    assert not _is_followed(log), "the same file is back, so there is nothing to follow"
    assert log.write(["two\n"]) == 1
    assert path.read_text() == "one\ntwo\n"


def test_another_trackers_log_is_not_taken_over(log: AuditLog, path: Path) -> None:
    path.rename(path.with_name("chat.log.1"))
    other = AuditLog(path, fsync=False)
    assert not _is_followed(log)
    assert log.problem.startswith("another tracker is using it")
    assert log.write(["two\n"]) == 0
    other.close()
    assert _is_followed(log)


def test_the_new_file_is_locked_and_the_old_one_released(log: AuditLog, path: Path) -> None:
    old = path.rename(path.with_name("chat.log.1"))
    assert _is_followed(log)
    AuditLog(old, fsync=False).close()
    with pytest.raises(Exception, match="another tracker"):
        AuditLog(path, fsync=False)


def test_a_partial_line_is_cut_off_before_the_old_file_is_closed(log: AuditLog, path: Path, disk: Disk) -> None:
    disk.free, disk.cannot_cut = 2, True
    assert log.write(["two\n"]) == 0
    old = path.rename(path.with_name("chat.log.1"))
    assert old.read_text() == "one\ntw"
    assert not _is_followed(log)
    assert log.problem == "Input/output error"
    assert path.read_text() == ""
    disk.free, disk.cannot_cut = None, False
    assert _is_followed(log)
    assert log.write(["two\n"]) == 1
    assert (old.read_text(), path.read_text()) == ("one\n", "two\n")


def test_a_removed_file_needs_no_cutting(log: AuditLog, path: Path, disk: Disk) -> None:
    disk.free, disk.cannot_cut = 2, True
    assert log.write(["two\n"]) == 0
    path.unlink()
    disk.free = None
    assert _is_followed(log)
    assert log.write(["two\n"]) == 1
    assert path.read_text() == "two\n"


def test_an_emptied_file_is_written_from_its_start(log: AuditLog, path: Path) -> None:
    """As with copytruncate: no hole is left up to the old end."""
    os.truncate(path, 0)
    assert not _is_followed(log)
    log.write(["two\n"])
    assert path.read_bytes() == b"two\n"


# With a holdback


@pytest.fixture
def holdback(log: AuditLog) -> Holdback:
    """Ann (1) is here."""
    holdback = Holdback(log, AuditFormat(log_private=True))
    holdback.admit([Entry(1, 1.0, (connected(1),))], 1.0)
    return holdback


def _said(position: int) -> Entry:
    return Entry(position, float(position), (facts.Said(1, "#room", "PRIVMSG", "hi"),))


def _kinds(path: Path) -> list[str]:
    return [line.split()[1] for line in path.read_text().splitlines()]


def test_the_new_file_begins_with_log_opened(log: AuditLog, holdback: Holdback, path: Path) -> None:
    old = path.rename(path.with_name("chat.log.1"))
    log.look()
    said = _said(2)
    assert holdback.admit([said], 2.0) == [said]
    assert holdback.admit([_said(3)], 3.0)
    assert _kinds(path) == ["log-opened", "message", "message"]
    assert old.read_text().startswith("one\n")


def test_without_a_log_entries_wait_and_messages_are_refused(log: AuditLog, holdback: Holdback, path: Path) -> None:
    path.rename(path.with_name("chat.log.1"))
    path.mkdir()
    log.look()
    joined = Entry(2, 2.0, (facts.Joined(1, "#room", "o"),))
    assert holdback.admit([joined], 2.0) == []
    (refused,) = holdback.admit([Entry(3, 3.0, (facts.Said(1, "#room", "PRIVMSG", "hi"),))], 3.0) or [joined]
    assert refused is joined, "the refusal must wait behind the JOIN"
    path.rmdir()
    ready = holdback.admit([], 4.0)
    assert [type(entry.events[0]) for entry in ready] == [facts.Joined, requests.Replied]
    assert _kinds(path) == ["join", "log-opened", "log-resumed"]


def test_log_opened_is_written_once_the_disk_has_space(
    log: AuditLog, holdback: Holdback, path: Path, disk: Disk
) -> None:
    path.rename(path.with_name("chat.log.1"))
    log.look()
    disk.free = 10
    holdback.admit([_said(2)], 2.0)
    assert path.read_text() == ""
    disk.free = None
    holdback.admit([_said(3)], 3.0)
    assert _kinds(path) == ["log-opened", "log-resumed", "message"]
