"""The parts of files that are read for a span of time: all that may contain its lines, and little else."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from chatcore.protocol.timestamp import format_time
from chatcore.server.audit.reading import sections as module
from chatcore.server.audit.reading.blocks import BlockReader
from chatcore.server.audit.reading.sections import Section, sections
from chatcore.server.audit.reading.sought import MAX_MS

_DAY = 86_400_000
_FIRST = 1_790_000_000_000


def _line(ms: int) -> bytes:
    return f"{format_time((ms + 0.5) / 1000)} away ann\n".encode()


def _write(path: Path, *days: float, mtime_ms: float | None = None) -> Path:
    data = b"".join(_line(_FIRST + int(day * _DAY)) for day in days)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    if mtime_ms is not None:
        os.utime(path, (mtime_ms / 1000, mtime_ms / 1000))
    return path


def _read(section: Section) -> bytes:
    file, stop = section.open()
    with file:
        return b"".join(BlockReader(file, stop).blocks())


def _names(path: Path, since_ms: int = 0, until_ms: int = MAX_MS) -> list[str]:
    with path.open("rb") as current:
        return [section.path.name for section in sections(path, current, since_ms, until_ms)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log with three files, of ten days each."""
    for number, name in enumerate(("chat.log-20260101T000000Z.gz", "chat.log.1", "chat.log")):
        _write(tmp_path / name, number * 10, number * 10 + 9, mtime_ms=_FIRST + (number * 10 + 9) * _DAY)
    return tmp_path / "chat.log"


def test_files_are_read_in_order(path: Path) -> None:
    assert _names(path) == ["chat.log-20260101T000000Z.gz", "chat.log.1", "chat.log"]


def test_files_outside_the_span_are_left_out(path: Path) -> None:
    assert _names(path, _FIRST + 10 * _DAY) == [
        "chat.log-20260101T000000Z.gz",  # a day of tolerance, in case the clock was wrong
        "chat.log.1",
        "chat.log",
    ]
    assert _names(path, _FIRST + 11 * _DAY) == ["chat.log.1", "chat.log"]
    assert _names(path, _FIRST + 90 * _DAY) == ["chat.log"]
    assert _names(path, 0, _FIRST + 9 * _DAY) == ["chat.log-20260101T000000Z.gz"]
    assert _names(path, 0, _FIRST + 10 * _DAY) == ["chat.log-20260101T000000Z.gz", "chat.log.1"]


def test_a_file_with_a_later_mtime_is_read(path: Path) -> None:
    os.utime(path.with_name("chat.log.1"), (_FIRST / 1000 + 95 * 86_400,) * 2)
    assert _names(path, _FIRST + 90 * _DAY) == ["chat.log.1", "chat.log"]


@pytest.mark.parametrize("name", ["chat.log-20261126T101530Z", "chat.log-20261126T101530Z.gz"])
def test_a_file_rotated_while_reading_is_read_once(path: Path, name: str) -> None:
    with path.open("rb") as current:
        plain = path.rename(path.with_name(name.removesuffix(".gz")))
        if name.endswith(".gz"):
            path.with_name(name).write_bytes(gzip.compress(plain.read_bytes()))
            plain.unlink()
        _write(path, 30)
        found = sections(path, current, 0, MAX_MS)
        assert [section.path.name for section in found][-1] == "chat.log"
        assert len(found) == 3
        assert b"".join(map(_read, found)).count(b"\n") == 6


def test_a_file_compressed_while_reading_is_read(path: Path) -> None:
    (before,) = (section for section in sections(path, None, 0, MAX_MS) if section.path.name == "chat.log.1")
    data = before.path.read_bytes()
    before.path.with_name("chat.log.1.gz").write_bytes(gzip.compress(data))
    before.path.unlink()
    assert _read(before) == data


def test_a_single_rotated_file_is_read(path: Path) -> None:
    gz = path.with_name("chat.log-20260101T000000Z.gz")
    (section,) = sections(gz, None, 0, MAX_MS)
    assert _read(section).count(b"\n") == 2


def test_a_folder_named_like_the_log_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "chat.log").mkdir()
    assert sections(tmp_path / "chat.log", None, 0, MAX_MS) == []


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WORTH_PROBING_BYTES", 1)
    monkeypatch.setattr(module, "_PROBE_BYTES", 80)


def _only_section(path: Path, since_day: float, until_day: float) -> Section:
    with path.open("rb") as current:
        (section,) = sections(path, current, _FIRST + int(since_day * _DAY), _FIRST + int(until_day * _DAY))
    return section._replace(file=None)


@pytest.mark.usefixtures("_small")
def test_only_a_part_of_a_large_file_is_read(tmp_path: Path) -> None:
    path = _write(tmp_path / "chat.log", *range(1000))
    part = _only_section(path, 500, 510)
    days = _read(part)
    assert days.startswith(_line(_FIRST + 495 * _DAY)) or part.start > path.stat().st_size * 0.49
    for day in range(499, 511):
        assert _line(_FIRST + day * _DAY) in days
    assert len(days) < path.stat().st_size / 20
    assert _only_section(path, 2000, 3000).size < path.stat().st_size / 100


@pytest.mark.usefixtures("_small")
def test_a_file_whose_times_are_not_in_order_is_read_whole(tmp_path: Path) -> None:
    path = _write(tmp_path / "chat.log", *range(500), *range(400, 800))
    assert _only_section(path, 500, 510).size == path.stat().st_size


@pytest.mark.thorough
@pytest.mark.usefixtures("_small")
def test_a_clock_wrong_by_hours_hides_nothing(tmp_path: Path) -> None:
    days = [number / 100 for number in range(1000)]
    days[300:310] = [day + 0.9 for day in days[300:310]]
    path = _write(tmp_path / "chat.log", *days)
    for since in days[290:420]:
        read = _read(_only_section(path, since, 1000))
        assert all(_line(_FIRST + int(day * _DAY)) in read for day in days if day >= since)


@pytest.mark.usefixtures("_small")
def test_a_file_without_times_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "chat.log"
    path.write_bytes(b"no time\n" * 1000 + b"\0" * 1000)
    assert _only_section(path, 500, 510).size == path.stat().st_size
