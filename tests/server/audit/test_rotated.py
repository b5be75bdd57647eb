"""The files of a log, in the order in which they were written, however they were rotated."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from chatcore.server.audit.rotated import log_files, open_log_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.log"


def _write(path: Path, second: int) -> None:
    data = f"2026-11-26T10:15:{second:02}.000Z stop :done\n".encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


@pytest.mark.parametrize(
    "names",
    [
        ["chat.log-20261126T101501Z", "chat.log-20261126T101502Z.gz"],
        ["chat.log.3.gz", "chat.log.2.gz", "chat.log.1"],
        ["chat.log.10", "chat.log.9", "chat.log.1"],
        ["chat.log-20261124.gz", "chat.log-20261125"],
        ["chat.log.1", "chat.log-20261126T101501Z"],  # a mixture of both naming schemes
    ],
)
def test_files_come_in_the_order_of_their_first_lines(path: Path, names: list[str]) -> None:
    _write(path, len(names))
    for second, name in enumerate(names):
        _write(path.with_name(name), second)
    assert [found.name for found in log_files(path)] == [*names, "chat.log"]


def test_the_trackers_own_files_keep_their_order_when_the_clock_is_set_back(path: Path) -> None:
    names = ["chat.log-20261126T101501Z.gz", "chat.log-20261126T101502Z", "chat.log-20261126T101503Z"]
    for second, name in zip((30, 10, 20), names, strict=True):
        _write(path.with_name(name), second)
    _write(path.with_name("chat.log.1"), 40)
    assert [found.name for found in log_files(path)] == [*names, "chat.log.1"]


def test_unrelated_files_are_left_out(path: Path) -> None:
    for name in (
        "chat.log",
        "chat.log.seal",
        "chat.log-20261126T101501Z.gz.tmp",
        "chat.logs-1",
        "other.log.1",
        "chat.log.bak",
    ):
        _write(path.with_name(name), 1)
    path.with_name("chat.log.1").mkdir()
    assert log_files(path) == [path]


def test_a_file_and_its_compressed_copy_count_as_one(path: Path) -> None:
    _write(path.with_name("chat.log-20261126T101501Z"), 1)
    _write(path.with_name("chat.log-20261126T101501Z.gz"), 1)
    assert [found.name for found in log_files(path)] == ["chat.log-20261126T101501Z"]


def test_rotated_files_are_found_without_the_current_one(path: Path) -> None:
    _write(path.with_name("chat.log.1"), 1)
    assert [found.name for found in log_files(path)] == ["chat.log.1"]


def test_compressed_files_are_read_like_others(path: Path) -> None:
    for name in ("chat.log.1", "chat.log.2.gz"):
        _write(path.with_name(name), 7)
        with open_log_file(path.with_name(name)) as file:
            assert file.read() == b"2026-11-26T10:15:07.000Z stop :done\n"


def test_a_damaged_file_is_still_listed(path: Path) -> None:
    path.with_name("chat.log.1.gz").write_bytes(b"\x1f\x8b\x08")
    assert [found.name for found in log_files(path)] == ["chat.log.1.gz"]
