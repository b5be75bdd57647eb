"""Every line of the log is read once and in order, however it is rotated."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.server.audit.reading.following import Follower
from tests.server.audit.reading.log_text import block


class _Log:
    """A log that is written and rotated in every way. The lines are numbered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written = 0

    def write(self, count: int = 1) -> None:
        with self.path.open("ab") as file:
            for _ in range(count):
                file.write(block(f"away n{self.written}", second=self.written))
                self.written += 1

    def rename(self, name: str) -> None:
        self.path.rename(self.path.with_name(name))

    def copytruncate(self, name: str) -> None:
        self.path.with_name(name).write_bytes(self.path.read_bytes())
        os.truncate(self.path, 0)

    def compress(self, name: str) -> None:
        plain = self.path.with_name(name)
        plain.with_name(f"{name}.gz").write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()


class _Reader:
    """Follows a log from its end, and collects the numbers of its new lines."""

    def __init__(self, log: _Log) -> None:
        file = log.path.open("rb") if log.path.exists() else None
        self.follower = Follower(log.path, file, log.path.stat().st_size if file else 0)

    def look(self) -> list[int]:
        data = b"".join(self.follower.blocks())
        return [int(line.rpartition(b"n")[2]) for line in data.splitlines()]


@pytest.fixture
def log(tmp_path: Path) -> _Log:
    log = _Log(tmp_path / "chat.log")
    log.write(3)
    return log


@pytest.fixture
def reader(log: _Log) -> Iterator[_Reader]:
    reader = _Reader(log)
    yield reader
    reader.follower.close()


def test_appended_lines(log: _Log, reader: _Reader) -> None:
    assert reader.look() == []
    log.write(2)
    assert reader.look() == [3, 4]
    assert reader.look() == []


def test_only_whole_lines(log: _Log, reader: _Reader) -> None:
    line = block("away n3", second=3)
    with log.path.open("ab", buffering=0) as file:
        file.write(line[:10])
        assert reader.look() == []
        file.write(line[10:])
    assert reader.look() == [3]


def test_a_log_that_does_not_exist_yet(tmp_path: Path) -> None:
    log = _Log(tmp_path / "chat.log")
    reader = _Reader(log)
    assert (reader.look(), reader.follower.is_there) == ([], False)
    log.write(2)
    assert (reader.look(), reader.follower.is_there) == ([0, 1], True)
    reader.follower.close()


def test_a_reader_without_a_log_can_be_closed(tmp_path: Path) -> None:
    Follower(tmp_path / "chat.log", None, 0).close()


def test_a_rename(log: _Log, reader: _Reader) -> None:
    log.write()
    log.rename("chat.log.1")
    assert reader.look() == [3]
    with log.path.with_name("chat.log.1").open("ab") as file:  # until the tracker notices
        file.write(block("away n4", second=4))
    log.written = 5
    assert reader.look() == [4]
    log.path.touch()  # by logrotate's `create`
    with log.path.with_name("chat.log.1").open("ab") as file:
        file.write(block("away n5", second=5))
    log.written = 6
    assert reader.look() == [5]
    log.write(2)
    assert reader.look() == [6, 7]


def test_a_torn_line_at_the_end_of_a_file(log: _Log, reader: _Reader) -> None:
    with log.path.open("ab") as file:
        file.write(b"torn n3")
    log.written = 4
    log.rename("chat.log.1")
    log.write()
    assert reader.look() == [3, 4]


@pytest.mark.parametrize("is_compressed", [True, False])
def test_several_rotations_between_two_looks(log: _Log, reader: _Reader, is_compressed: bool) -> None:
    assert reader.look() == []
    log.write()
    for second in range(3):
        name = f"chat.log-20261120T22505{second}Z"
        log.rename(name)
        if is_compressed:
            log.compress(name)
        log.write(2)
    assert reader.look() == [3, 4, 5, 6, 7, 8, 9]
    log.write()
    assert reader.look() == [10]


def test_only_the_lines_of_removed_files_are_missing(log: _Log, reader: _Reader) -> None:
    assert reader.look() == []
    for second in range(3):
        log.rename(f"chat.log-20261120T22505{second}Z")
        log.write(2)
    log.path.with_name("chat.log-20261120T225050Z").unlink()
    assert reader.look() == [3, 4, 5, 6, 7, 8]


def test_copytruncate(log: _Log, reader: _Reader) -> None:
    assert reader.look() == []
    log.write(2)
    log.copytruncate("chat.log.1")
    assert reader.look() == [3, 4]
    log.write(1)
    assert reader.look() == [5]


def test_copytruncate_and_more_before_the_next_look(log: _Log, reader: _Reader) -> None:
    log.write(3)
    assert reader.look() == [3, 4, 5]
    log.write(1)
    log.copytruncate("chat.log.1")
    log.write(2)
    assert reader.look() == [6, 7, 8]


def test_copytruncate_compressed_at_once(log: _Log, reader: _Reader) -> None:
    log.write(3)
    assert reader.look() == [3, 4, 5]
    log.write(1)
    log.copytruncate("chat.log.1")
    log.compress("chat.log.1")
    assert reader.look() == [6]


def test_a_log_emptied_without_a_copy_is_followed(log: _Log, reader: _Reader) -> None:
    assert reader.look() == []
    os.truncate(log.path, 0)
    log.written = 0
    assert reader.look() == []
    log.write()
    assert reader.look() == [0]


def test_a_log_replaced_while_empty(tmp_path: Path) -> None:
    log = _Log(tmp_path / "chat.log")
    log.path.touch()
    reader = _Reader(log)
    assert reader.look() == []
    log.rename("chat.log.1")
    log.write(2)
    assert reader.look() == [0, 1]
    reader.follower.close()
