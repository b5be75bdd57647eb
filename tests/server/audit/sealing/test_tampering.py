"""Every change in a sealed log or its seals is found and named."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.audit.sealing.conftest import Desk
from tests.support.thorough import first_and_thorough

Change = Callable[[list[bytes]], list[bytes]]


def _lines(path: Path) -> list[bytes]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data.splitlines(keepends=True)


def _put(path: Path, lines: list[bytes]) -> None:
    data = b"".join(lines)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def _files(desk: Desk) -> list[Path]:
    return [desk.path.with_name(name) for name in ("chat.log.2.gz", "chat.log.1", "chat.log")]


def test_an_untouched_log_verifies(small: Desk) -> None:
    report = small.verify()
    assert (report.problems, report.notes) == ([], [])
    assert (report.files, report.lines) == (3, 12)
    assert report.until == "2027-01-15T08:01:30.006Z"


@pytest.mark.parametrize("flipped", first_and_thorough(0x01, 0x20))
def test_every_byte_of_every_file(small: Desk, flipped: int) -> None:
    for path in (*_files(small), small.seals):
        before = path.read_bytes()
        unpacked = _lines(path) if path.suffix == ".gz" else []
        for place in range(len(before)):
            changed = bytearray(before)
            changed[place] ^= flipped
            path.write_bytes(changed)
            report = small.verify()
            # The header of a compressed file has bytes that change nothing, such as a time.
            is_harmless = path.suffix == ".gz" and place < 10 and not report.problems and _lines(path) == unpacked
            assert report.problems or is_harmless, f"byte {place} of {path.name}"
        path.write_bytes(before)
    assert small.verify().problems == []


@pytest.mark.parametrize("index", range(3))
def test_every_line_altered(small: Desk, index: int) -> None:
    path = _files(small)[index]
    lines = _lines(path)
    for place, line in enumerate(lines):
        changed = line.replace(b" :", b" :not ")
        _put(path, [*lines[:place], changed, *lines[place + 1 :]])
        (problem,) = small.verify().problems
        assert problem == f"{path} line {place + 1} ({line[:24].decode()}) is altered"


@pytest.mark.parametrize("index", range(3))
def test_every_line_dropped(small: Desk, index: int) -> None:
    path = _files(small)[index]
    lines = _lines(path)
    for place in range(len(lines)):
        _put(path, lines[:place] + lines[place + 1 :])
        (problem,) = small.verify().problems
        assert problem.startswith(f"{path} line {place + 1} (")
        assert problem.endswith(" is missing")
        assert re.search(r"\((after|before|sealed) 2027-01-15T08:0", problem)


@pytest.mark.parametrize("index", range(3))
def test_every_line_doubled(small: Desk, index: int) -> None:
    path = _files(small)[index]
    lines = _lines(path)
    for place in range(len(lines)):
        for where in range(place + 1, len(lines) + 1):
            _put(path, [*lines[:where], lines[place], *lines[where:]])
            (problem,) = small.verify().problems
            named = f"{path} line {where + 1} "
            assert problem.startswith(named), (place, where)
            assert "doubled" in problem or (where == len(lines) and "added" in problem)


@pytest.mark.parametrize("index", range(3))
def test_every_two_lines_swapped(small: Desk, index: int) -> None:
    path = _files(small)[index]
    lines = _lines(path)
    for first in range(len(lines)):
        for second in range(first + 1, len(lines)):
            changed = lines.copy()
            changed[first], changed[second] = changed[second], changed[first]
            _put(path, changed)
            (problem,) = small.verify().problems
            assert problem == f"{path} line {first + 1} ({lines[second][:24].decode()}) is reordered"


@pytest.mark.parametrize("index", range(3))
def test_a_line_added_anywhere(small: Desk, index: int) -> None:
    path = _files(small)[index]
    lines = _lines(path)
    added = lines[0][:24] + b" message #lobby eve :I was here\n"
    for place in range(len(lines) + 1):
        _put(path, [*lines[:place], added, *lines[place:]])
        (problem, *_) = small.verify().problems
        assert problem.startswith(f"{path} line {place + 1} ")
        assert " is added" in problem


def test_lines_of_a_later_run_without_seals_are_named_unsealed(small: Desk) -> None:
    with small.path.open("ab") as file:
        file.write(b"2027-01-15T09:00:00.000Z start :127.0.0.1:8000\n")
        file.write(b"2027-01-15T09:00:01.000Z message #lobby eve :later\n")
    report = small.verify()
    assert report.problems == []
    assert report.notes == [f"unsealed: {small.path} lines 5-6 are after the last seal of this file"]


def test_lines_before_a_joining_start_are_named_unsealed(small: Desk) -> None:
    with small.path.open("ab") as file:
        file.write(b"2027-01-15T09:00:01.000Z message #lobby eve :meanwhile\n")
        file.write(b"2027-01-15T09:00:02.000Z start joined :127.0.0.1:8000\n")
    report = small.verify()
    assert report.problems == []
    assert report.notes == [f"unsealed: {small.path} lines 5-6 are after the last seal of this file"]


def test_two_lines_swapped_between_files(small: Desk) -> None:
    one, two = _files(small)[:2]
    first, second = _lines(one), _lines(two)
    _put(one, [*first[:1], second[1], *first[2:]])
    _put(two, [*second[:1], first[1], *second[2:]])
    assert [problem.split(" ")[0] for problem in small.verify().problems] == [str(one), str(two)]


def test_the_names_of_rotated_files_do_not_matter(small: Desk) -> None:
    one, two = _files(small)[:2]
    first, second = _lines(one), _lines(two)
    _put(one, second)
    _put(two, first)
    assert small.verify().problems == []


def test_an_older_file_named_like_the_log(small: Desk) -> None:
    older, newest = _files(small)[1:]
    first, second = _lines(older), _lines(newest)
    _put(older, second)
    _put(newest, first)
    assert f"{newest} is an older file of the log under this name" in small.verify().problems


@pytest.mark.parametrize("index", range(3))
def test_a_missing_file(small: Desk, index: int) -> None:
    _files(small)[index].unlink()
    (problem,) = small.verify().problems
    assert problem.startswith("the file of the log that began at 2027-01-15T08:0")
    assert problem.endswith("with 4 lines, is missing")


def test_a_file_slipped_in(small: Desk) -> None:
    false = small.path.with_name("chat.log.3")
    false.write_bytes(b"2027-01-15T08:00:20.000Z message #lobby ann :I never said this\n")
    (problem,) = small.verify().problems
    assert problem == f"{false} is not part of the log, which was sealed at that time"


def test_a_file_older_than_the_first_seal_is_named_unsealed(small: Desk) -> None:
    old = small.path.with_name("chat.log.3")
    old.write_bytes(b"2026-01-15T08:00:20.000Z message #lobby ann :long ago\n")
    report = small.verify()
    assert (report.problems, report.notes) == ([], [f"unsealed: all of {old}"])


def _seals(desk: Desk) -> list[bytes]:
    return desk.seals.read_bytes().splitlines(keepends=True)


def test_every_seal_dropped_doubled_and_swapped(small: Desk) -> None:
    lines = _seals(small)
    for place in range(1, len(lines)):
        changes = [lines[:place] + lines[place + 1 :], [*lines[: place + 1], *lines[place:]]]
        if place + 1 < len(lines):
            changes.append([*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]])
        for changed in changes:
            small.seals.write_bytes(b"".join(changed))
            assert small.verify().problems


def test_log_and_seals_cut_back_together(small: Desk) -> None:
    """The rest is authentic, but the tracker has the key of a later seal."""
    lines = _seals(small)
    small.path.write_bytes(b"".join(_lines(small.path)[:2]))
    small.seals.write_bytes(b"".join(lines[:-2]))
    assert small.verify().problems[0].startswith(f"{small.seals} has {len(lines) - 3} seals, and {len(lines) - 1} were")
    report = small.verify(with_state=False)
    assert (report.problems, report.is_ended) == ([], False)


def test_an_old_copy_of_the_seals_and_the_log(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one")
    before = desk.path.read_bytes(), desk.seals.read_bytes()
    desk.say_and_seal("two")
    desk.path.write_bytes(before[0])
    desk.seals.write_bytes(before[1])
    (problem,) = desk.verify().problems
    assert problem == f"{desk.seals} has 2 seals, and 3 were made"


def test_another_chain(small: Desk) -> None:
    key, seals, slots = small.key, small.seals.read_bytes(), (small.state / "seal-key").read_bytes()
    small.seals.unlink()
    (small.state / "seal-key").unlink()
    small.start()
    small.end()
    assert small.key != key, "a new chain must have a new key"
    assert small.verify().problems == []
    small.key = key
    assert small.verify().problems == ["no seals"]
    records = small.seals.read_bytes().split(b"\n", 1)[1]
    small.seals.write_bytes(seals.split(b"\n", 1)[0] + b"\n" + records)
    assert small.verify().problems[0] == f"{small.seals} line 2 is altered, missing, doubled or reordered"
    small.seals.write_bytes(seals)
    (small.state / "seal-key").write_bytes(slots)
    assert small.verify().problems == []


@pytest.mark.thorough
def test_a_compressed_copy_beside_its_file_is_compared(small: Desk) -> None:
    """It exists for a moment whenever the tracker compresses a file, and is not read as part of the log."""
    plain = small.path.with_name("chat.log.1")
    packed = plain.with_name("chat.log.1.gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert small.verify().problems == []
    packed.write_bytes(gzip.compress(plain.read_bytes().replace(b"two", b"too", 1)))
    (problem,) = small.verify().problems
    assert problem.startswith(f"{packed} line ")
    assert problem.endswith(" is altered")
