"""When the log is rotated, and what happens if that fails."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.server.audit.log import AuditLog
from chatcore.server.audit.rotated import own_rotated
from chatcore.server.audit.rotation import Rotation
from tests.support.disk import Disk

_DAY_S = 86400.0
_NOON = 1_795_694_400.0  # 2026-11-26T12:00:00Z


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = _NOON

    def __call__(self) -> float:
        return self.now


class Rotated:
    """A log that is rotated, and the messages to the operator."""

    def __init__(self, path: Path, most_bytes: int | None) -> None:
        self.path, self.clock = path, Clock()
        self.told: list[str] = []
        self.left: list[str] = []
        self.log = self._open(most_bytes)

    def _open(self, most_bytes: int | None) -> AuditLog:
        rotation = Rotation(self.path, most_bytes, self.clock)
        return AuditLog(self.path, fsync=False, tell=self.told.append, rotation=rotation, on_left=self._note)

    def _note(self) -> None:
        self.left = self.names()

    def again(self, most_bytes: int | None) -> None:
        """Close the log and open it again, as a restart does."""
        self.log.close()
        self.log = self._open(most_bytes)

    def beat(self) -> bool:
        """Do what heartbeat and delivery do; return whether the log has moved to another file."""
        self.log.look()
        return self.log.has_moved and self.log.follow()

    def names(self) -> list[str]:
        """Return the names of the rotated files."""
        return [path.name for path in own_rotated(self.path)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "chat.log"


@pytest.fixture
def by_size(path: Path) -> Iterator[Rotated]:
    rotated = Rotated(path, 10)
    yield rotated
    rotated.log.close()


@pytest.fixture
def daily(path: Path) -> Iterator[Rotated]:
    rotated = Rotated(path, None)
    yield rotated
    rotated.log.close()


def test_a_file_is_rotated_at_the_size_limit(by_size: Rotated) -> None:
    by_size.log.write(["12345678\n"])
    assert not by_size.beat()
    by_size.log.write(["9\n"])
    assert by_size.beat()
    by_size.log.write(["next\n"])
    assert by_size.names() == by_size.left == ["chat.log-20261126T120000Z"]
    assert by_size.path.with_name(by_size.left[0]).read_text() == "12345678\n9\n"
    assert by_size.path.read_text() == "next\n"
    assert by_size.path.stat().st_mode & 0o777 == 0o600
    assert not by_size.beat()
    assert not by_size.told  # its own rotation is not worth a message


def test_names_increase_whatever_the_clock_does(by_size: Rotated) -> None:
    for step in (0, 0, -_DAY_S, 2 * _DAY_S, -_NOON / 2):
        by_size.clock.now += step
        by_size.log.write(["0123456789\n"])
        before = by_size.names()
        assert by_size.beat()
        assert by_size.names()[:-1] == before
    assert len(by_size.names()) == 5


def test_the_name_of_a_compressed_file_is_not_reused(by_size: Rotated) -> None:
    by_size.path.with_name("chat.log-20261126T120000Z.gz").touch()
    by_size.log.write(["0123456789\n"])
    assert by_size.beat()
    assert by_size.names()[-1] == "chat.log-20261126T120001Z"


@pytest.mark.parametrize("step", [_DAY_S / 2, _DAY_S * 400, -_DAY_S])
def test_a_file_is_rotated_when_the_day_changes(daily: Rotated, step: float) -> None:
    daily.log.write(["2026-11-26T12:00:00.000Z stop :\n"])
    assert not daily.beat()
    daily.clock.now += step
    assert daily.beat()
    assert len(daily.names()) == 1
    daily.log.write(["today\n"])
    assert not daily.beat()


def test_an_empty_file_is_not_rotated(daily: Rotated) -> None:
    daily.clock.now += _DAY_S
    assert not daily.beat()


@pytest.mark.parametrize("first", ["2026-11-25T23:59:59.999Z stop :\n", "2026-11-26T00:00:00.000Z stop :\n", "torn"])
def test_a_restart_takes_the_day_from_the_first_line(daily: Rotated, first: str) -> None:
    daily.log.write([first])
    daily.again(None)
    assert daily.beat() == first.startswith("2026-11-25")


def test_with_a_limit_of_zero_a_file_is_never_rotated(path: Path) -> None:
    rotated = Rotated(path, 0)
    rotated.log.write(["x" * 1000 + "\n"])
    rotated.clock.now += _DAY_S
    assert not rotated.beat()
    rotated.log.close()


def test_a_device_is_never_rotated() -> None:
    log = AuditLog(Path("/dev/null"), fsync=False, rotation=Rotation(Path("/dev/null"), 1))
    log.write(["0123456789\n"])
    log.look()
    assert not log.has_moved
    log.close()


def test_a_failed_rename_is_retried_and_the_log_continues(by_size: Rotated, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    by_size.log.write(["0123456789\n"])
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        assert not by_size.beat()
    assert by_size.log.is_writable
    assert by_size.log.write(["more\n"]) == 1
    assert by_size.told == ["The log cannot be rotated (Permission denied): it continues in the same file"]
    assert not by_size.beat()
    by_size.clock.now += 61
    assert by_size.beat()
    assert by_size.path.with_name(by_size.names()[0]).read_text() == "0123456789\nmore\n"


def test_without_a_new_file_the_old_one_gets_its_name_back(by_size: Rotated, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    by_size.log.write(["0123456789\n"])
    with monkeypatch.context() as patch:
        patch.setattr("chatcore.server.audit.log._open", refuse)
        assert not by_size.beat()
    assert by_size.names() == []
    assert by_size.log.is_writable
    assert by_size.log.write(["more\n"]) == 1
    assert by_size.path.read_text() == "0123456789\nmore\n"
    assert len(by_size.told) == 1


def test_a_file_placed_there_by_somebody_else_is_not_overwritten(
    by_size: Rotated, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> int:
        path.write_text("another's\n")
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    by_size.log.write(["0123456789\n"])
    with monkeypatch.context() as patch:
        patch.setattr("chatcore.server.audit.log._open", refuse)
        assert not by_size.beat()
        assert not by_size.log.is_writable
    assert by_size.beat()
    assert by_size.log.write(["more\n"]) == 1
    assert by_size.path.read_text() == "another's\nmore\n"


def test_undelivered_lines_are_cut_before_rotation(by_size: Rotated, disk: Disk) -> None:
    disk.free, disk.cannot_cut = 12, True
    by_size.log.write(["0123456789\n", "never sent\n"])
    assert not by_size.beat()
    assert by_size.names() == []
    disk.free, disk.cannot_cut = None, False
    by_size.clock.now += 61
    assert by_size.beat()
    assert by_size.path.with_name(by_size.names()[0]).read_text() == "0123456789\n"


def test_a_folder_writable_by_others_is_reported_once(path: Path) -> None:
    path.parent.mkdir(mode=0o777)
    path.parent.chmod(0o777)
    rotated = Rotated(path, 10)
    for _ in range(2):
        rotated.log.write(["0123456789\n"])
        assert rotated.beat()
    path.parent.chmod(0o700)
    rotated.log.close()
    assert len(rotated.told) == 1
