"""Files that are incomplete or were never sealed: after a disk failure, a kill, a copytruncate."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chatcore.server.audit.rotated import log_files
from tests.server.audit.sealing.conftest import Desk
from tests.support.disk import Disk


def _copy(desk: Desk, size: int | None = None) -> Path:
    copy = desk.path.with_name("chat.log.1")
    copy.write_bytes(desk.path.read_bytes()[:size])
    return copy


def _fail_halfway(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Rotate twice while sealing fails; then only the first file's records are written."""
    desk.start()
    desk.say_and_seal("one")
    real, failing = os.fsync, [True]

    def fsync(descriptor: int) -> None:
        if failing[0] or b"next" in desk.seals.read_bytes():
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    desk.say_and_seal("two")
    left = [desk.rotate("chat.log.1")]
    desk.say("three")
    left.append(desk.rotate("chat.log.2"))
    desk.say("four")
    desk.clock += 600
    failing[0] = False
    desk.sealer.turn()
    desk.kill()
    monkeypatch.setattr(os, "fsync", real)
    return left


def test_files_waiting_for_their_seals_are_unsealed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, waiting = _fail_halfway(desk, monkeypatch)
    report = desk.verify()
    assert (report.problems, f"unsealed: all of {waiting}" in report.notes) == ([], True)
    desk.start()
    desk.say_and_seal("five")
    report = desk.verify()
    assert (report.problems, f"unsealed: all of {waiting}" in report.notes) == ([], True)


def test_a_file_slipped_in_before_the_last_sealed_line_is_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed, _ = _fail_halfway(desk, monkeypatch)
    false = sealed.with_name("chat.log.7")
    false.write_bytes(b"2027-01-15T08:00:10.000Z message #lobby ann :never\n")
    assert desk.verify().problems == [f"{false} is not part of the log, which was sealed at that time"]


def test_a_file_slipped_in_between_two_sealed_runs_is_found(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one")
    desk.kill()
    desk.clock += 60
    desk.start()
    desk.say_and_seal("two")
    false = desk.path.with_name("chat.log.7")
    false.write_bytes(b"2027-01-15T08:00:30.000Z message #lobby ann :never\n")
    assert desk.verify().problems == [f"{false} is not part of the log, which was sealed at that time"]


def test_a_damaged_file_proves_no_time(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one", os.urandom(1 << 16).hex())
    packed = desk.rotate("chat.log.1", is_packed=True)
    desk.kill()
    desk.path.unlink()
    packed.write_bytes(packed.read_bytes()[:-1000])
    other = desk.path.with_name("chat.log.2")
    other.write_bytes(b"2027-01-15T08:00:05.000Z message #lobby ann :who knows\n")
    report = desk.verify()
    assert len(report.problems) == 1
    assert "is damaged" in report.problems[0]
    assert report.notes == [f"unsealed: all of {other}"]


@pytest.mark.parametrize("is_killed", [False, True])
def test_lines_lost_by_copytruncate_before_the_next_write(desk: Desk, is_killed: bool) -> None:
    desk.start()
    desk.say_and_seal("one")
    copy = _copy(desk)
    desk.say_and_seal("two")
    os.truncate(desk.path, 0)
    if is_killed:
        desk.kill()
    report = desk.verify()
    assert report.problems == []
    assert report.notes[0].startswith(f"lost: {copy} line 2, between the copying and the emptying")
    if is_killed:
        desk.clock += 3600
        desk.start()
        desk.say_and_seal("three")
        report = desk.verify()
        assert (report.problems, len(report.notes)) == ([], 1)
        assert "\nemptied " in desk.seals.read_text()


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_file_renamed_after_a_kill_must_be_complete(desk: Desk, is_packed: bool) -> None:
    desk.start()
    desk.say_and_seal("one")
    desk.say_and_seal("two")
    desk.kill()
    left = desk.path.rename(desk.path.with_name("chat.log.1"))
    if is_packed:
        left = desk.pack(left)
    desk.start()
    desk.say_and_seal("three")
    assert desk.verify().problems == []
    assert "\nemptied " not in desk.seals.read_text(), "the file was not emptied, so missing lines must not be excused"
    left.unlink()
    left.with_name("chat.log.1").write_bytes(b"2027-01-15T08:00:00.001Z message #lobby ann :one\n")
    assert len(desk.verify().problems) == 1


@pytest.mark.parametrize("size", [0, 9])
def test_a_copy_shorter_than_its_first_line(desk: Desk, size: int) -> None:
    desk.start()
    desk.say_and_seal("one")
    copy = _copy(desk, size)
    os.truncate(desk.path, 0)
    desk.say_and_seal("two")
    report = desk.verify()
    assert report.problems == []
    assert report.notes[0].startswith(f"lost: {copy} line 1, ")


def test_a_copy_holding_only_a_partial_line(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one")
    _copy(desk)
    os.truncate(desk.path, 0)
    desk.say_and_seal("two")
    fragment = desk.path.with_name("chat.log.2")
    fragment.write_bytes(b"2027-01-15T08:00:15.0")
    report = desk.verify()
    assert (report.problems, report.notes) == ([], [f"unsealed: {fragment}, which has no whole line"])


def test_a_copy_ending_in_a_partial_line_cut_from_the_log(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one")
    copy = _copy(desk)
    copy.write_bytes(copy.read_bytes() + b"2027-01-15T08:00:15.0")
    os.truncate(desk.path, 0)
    desk.say_and_seal("two")
    report = desk.verify()
    assert (report.problems, report.notes) == ([], [f"unsealed: {copy} line 2 is torn where the log was copied"])


def test_a_partial_first_write_after_emptying(desk: Desk, disk: Disk) -> None:
    desk.start()
    desk.say_and_seal("one")
    _copy(desk)
    os.truncate(desk.path, 0)
    disk.free = 80
    desk.say("two", "three")
    disk.free = None
    desk.seal()
    report = desk.verify()
    assert (report.problems, report.notes, report.lines) == ([], [], 2)


def test_a_file_emptied_before_its_discovery_was_sealed(desk: Desk, disk: Disk) -> None:
    desk.path.parent.mkdir()
    desk.path.write_bytes(b"2027-01-15T07:00:00.000Z start :127.0.0.1:8000\n")
    disk.cannot_sync = True
    desk.start()
    _copy(desk)
    os.truncate(desk.path, 0)
    desk.say("one")
    disk.cannot_sync = False
    desk.clock += 60
    desk.sealer.turn()
    report = desk.verify()
    assert (report.problems, report.lines) == ([], 1)


def test_a_torn_first_line_found_at_the_start(desk: Desk) -> None:
    desk.path.parent.mkdir()
    desk.path.write_bytes(b"torn")
    desk.start()
    desk.say_and_seal("one")
    desk.end()
    desk.path.rename(desk.path.with_name("chat.log.1"))
    desk.start()
    desk.say_and_seal("two")
    report = desk.verify()
    assert (report.problems, report.files) == ([], 2)


def test_a_partial_line_at_the_end_is_left_for_the_next_start(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one")
    with desk.path.open("ab") as file:
        file.write(b"2027-01-15T08:00:15.0")
    desk.end()
    report = desk.verify()
    assert (report.problems, report.is_ended, len(report.notes)) == ([], False, 1)
    desk.start()
    assert desk.verify().problems == []
    assert len(log_files(desk.path)) == 1


def test_a_fragment_shorter_than_a_time_without_copytruncate(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one")
    fragment = desk.path.with_name("chat.log.1")
    fragment.write_bytes(b"2027-01-15T08:00:1")
    assert desk.verify().notes == [f"unsealed: {fragment}, which has no whole line"]
    fragment.write_bytes(b"2027-01-15T08:00:10.000Z message #lobby ann :nev")
    assert desk.verify().problems == [f"{fragment} is not part of the log, which was sealed at that time"]
