"""Positions: none is used twice, no matter how a run ends."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chatcore.errors import ConfigError, StateTooNew
from chatcore.server.archive.journal.positions import BLOCK, MAX_RUNS, POSITIONS_FILE, Positions, copied
from chatcore.state.history import MAX_POSITION


def test_each_run_has_a_new_number_and_later_positions(tmp_path: Path) -> None:
    first = Positions(tmp_path)
    first.keep_ahead(first.first + BLOCK // 2 + 1)  # ... and ends like a kill -9
    second = Positions(tmp_path)
    third = Positions(tmp_path)
    assert first.is_first_run
    assert not second.is_first_run
    assert (second.run, third.run) == (first.run + 1, first.run + 2)
    assert first.first < first.first + BLOCK // 2 + 1 < second.first < third.first
    assert first.sequence == second.sequence == third.sequence
    for positions in (first, second, third):
        positions.close()


def test_reserved_positions_stay_ahead_of_the_stream(tmp_path: Path) -> None:
    positions = Positions(tmp_path)
    for position in range(1, 5 * BLOCK, BLOCK // 3):
        positions.keep_ahead(position)
        assert json.loads((tmp_path / POSITIONS_FILE).read_text())["reserved"] > position + BLOCK // 4
    positions.close()


def test_the_file_keeps_its_size_and_is_private(tmp_path: Path) -> None:
    positions = Positions(tmp_path)
    size = (tmp_path / POSITIONS_FILE).stat().st_size
    positions.keep_ahead(1 << 40)
    positions.close()
    found = (tmp_path / POSITIONS_FILE).stat()
    assert (found.st_size, found.st_mode & 0o777) == (size, 0o600)


def test_positions_and_runs_start_after_those_of_the_archive(tmp_path: Path) -> None:
    positions = Positions(tmp_path)
    run = positions.run
    positions.start_after(5, run - 1)
    assert (positions.first, positions.run) == (6, run)
    positions.start_after(3, run + 6)
    assert (positions.first, positions.run) == (6, run + 7)
    positions.close()
    again = Positions(tmp_path)
    assert again.first >= 6 + BLOCK
    assert again.run == run + 8
    again.close()


@pytest.mark.parametrize(
    "damage",
    [
        b"x" * 200,
        b"{}",
        b"[1]",
        b'{"version": 1, "stream": "x", "run": 1, "reserved": 1}',
        b'{"version": 1, "stream": "0123456789", "run": 1, "reserved": -1}',
        b'{"version": 1, "stream": "0123456789", "run": 1, "reserved": %d}' % MAX_POSITION,
    ],
)
def test_a_damaged_file_starts_a_new_sequence_and_is_reported(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / POSITIONS_FILE).write_bytes(damage)
    told: list[str] = []
    positions = Positions(tmp_path, told.append)
    positions.close()
    assert positions.first == 1
    assert len(told) == 1
    assert "damaged" in told[0]
    again = Positions(tmp_path, told.append)
    again.close()
    assert again.sequence == positions.sequence
    assert len(told) == 1


@pytest.mark.parametrize("becomes", [lambda path: path.unlink(), lambda path: path.write_bytes(b"x")])
def test_run_numbers_do_not_repeat_after_the_file_is_lost(tmp_path: Path, becomes: Callable[[Path], object]) -> None:
    """The chance of a clash is one in some hundred million."""
    runs = []
    for _ in range(3):
        positions = Positions(tmp_path)
        positions.close()
        runs.append(positions.run)
        becomes(tmp_path / POSITIONS_FILE)
    assert len(set(runs)) == 3
    assert max(runs) < MAX_RUNS


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / POSITIONS_FILE).write_text('{"version": 3}')
    with pytest.raises(StateTooNew, match="newer version"):
        Positions(tmp_path)


def test_an_unusable_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / POSITIONS_FILE).mkdir()
    with pytest.raises(ConfigError, match="cannot use"):
        Positions(tmp_path)


def test_runs_on_a_full_disk_have_sequences_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> int:
        raise OSError(28, "No space left on device")

    told: list[str] = []
    Positions(tmp_path).close()
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        first, second = Positions(tmp_path, told.append), Positions(tmp_path, told.append)
        first.keep_ahead(1 << 40)
    third = Positions(tmp_path)
    assert len({first.sequence, second.sequence, third.sequence}) == 3
    assert len(told) == 2
    assert "No space left" in told[0]
    for positions in (first, second, third):
        positions.close()


def _restored(data: bytes | None, folder: Path) -> Positions:
    assert data is not None
    folder.mkdir(exist_ok=True)
    (folder / POSITIONS_FILE).write_bytes(data)
    positions = Positions(folder)
    positions.close()
    return positions


def test_copies_never_share_positions_with_the_original(tmp_path: Path) -> None:
    """Otherwise messages of both would have the same ids, and a client would confuse them."""
    original = Positions(tmp_path)
    original.close()
    backup = copied(tmp_path)
    one, other = _restored(backup, tmp_path / "one"), _restored(backup, tmp_path / "other")
    assert one.sequence == other.sequence == original.sequence
    assert {original.run + 1} == {one.run, other.run}
    for number in range(20):
        later = Positions(tmp_path)
        later.close()
        assert all(abs(later.first - copy.first) > 1000 * BLOCK for copy in (one, other)), number
    assert one.first != other.first
    again = Positions(tmp_path / "one")
    again.close()
    assert again.first == one.first + BLOCK, "only the first start of a copy may skip positions"


def test_a_copy_near_the_last_position_has_its_own_sequence(tmp_path: Path) -> None:
    Positions(tmp_path).close()
    record = json.loads((tmp_path / POSITIONS_FILE).read_text())
    (tmp_path / POSITIONS_FILE).write_text(json.dumps({**record, "reserved": MAX_POSITION // 2 - 5}))
    copy = _restored(copied(tmp_path), tmp_path / "copy")
    assert copy.sequence != record["stream"]
    assert copy.first == MAX_POSITION // 2 - 5


@pytest.mark.parametrize("damage", [b"", b"[1]", b"x" * 200])
def test_a_damaged_file_is_copied_unchanged(tmp_path: Path, damage: bytes) -> None:
    assert copied(tmp_path) is None
    (tmp_path / POSITIONS_FILE).write_bytes(damage)
    assert copied(tmp_path) == damage


def test_a_constantly_changing_file_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(100))
    monkeypatch.setattr(Path, "read_bytes", lambda path: b"%d" % next(numbers))
    with pytest.raises(OSError, match="the file keeps changing"):
        copied(tmp_path)
