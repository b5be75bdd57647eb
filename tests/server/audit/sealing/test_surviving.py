"""An intact log never looks changed: not after restarts, kills, full disks, or rotation by others."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from chatcore.server.audit.rotated import log_files
from chatcore.server.audit.sealing import handover, verifying
from chatcore.server.audit.sealing.sealer import RETRY_S, SEAL_BYTES
from chatcore.server.audit.sealing.verifying import Verification
from tests.server.audit.sealing.conftest import Desk
from tests.support.disk import Disk


class Killed(BaseException):
    """The process is killed here."""


class Killer:
    """Kills the process at the n-th call that changes the disk; if it is a write, half of it is done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = -1
        for name in ("write", "fsync", "ftruncate"):
            monkeypatch.setattr(os, name, self._deadly(getattr(os, name), is_write=name == "write"))

    def _deadly(self, call: Callable[..., object], *, is_write: bool) -> Callable[..., object]:
        def run(descriptor: int, *rest: bytes) -> object:
            self.left -= 1
            if self.left == 0:
                if is_write:
                    call(descriptor, rest[0][: len(rest[0]) // 2])
                raise Killed
            return call(descriptor, *rest)

        return run


@pytest.fixture
def killer(monkeypatch: pytest.MonkeyPatch) -> Killer:
    return Killer(monkeypatch)


def _kinds(desk: Desk) -> list[str]:
    return [line.split(" ")[0] for line in desk.seals.read_text().splitlines()[1:]]


def _run(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one", "two")
    desk.rotate("chat.log.1")
    desk.say_and_seal("three")


def test_a_kill_at_every_step(tmp_path: Path, killer: Killer) -> None:
    steps = 0
    for steps in range(1, 200):
        (tmp_path / str(steps)).mkdir()
        desk = Desk(tmp_path / str(steps))
        _run(desk)
        desk.kill()
        killer.left = steps
        try:
            _run_again(desk)
            killer.left = -1
        except Killed:
            assert desk.verify().problems == [], f"step {steps}"
            desk.kill()
            _run_again(desk)
            report = desk.verify()
            assert (report.problems, desk.told) == ([], []), f"step {steps}"
        else:
            break
    assert steps > 40


def _run_again(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("four")
    if desk.path.with_name("chat.log.2").exists():
        desk.path.with_name("chat.log.2").rename(desk.path.with_name("chat.log.3"))
    desk.rotate("chat.log.2")
    desk.say_and_seal("five")
    desk.end()


def test_a_kill_at_every_step_of_the_first_start(tmp_path: Path, killer: Killer) -> None:
    for steps in range(1, 30):
        (tmp_path / str(steps)).mkdir()
        desk = Desk(tmp_path / str(steps))
        killer.left = steps
        try:
            desk.start()
        except Killed:
            desk.kill()
            desk.start()
        killer.left = -1
        desk.say_and_seal("one")
        desk.end()
        assert (desk.verify().problems, desk.told) == ([], []), f"step {steps}"


def test_a_restart_continues_the_same_chain(small: Desk) -> None:
    key = small.key
    small.start()
    small.say_and_seal("five")
    small.end()
    report = small.verify()
    assert (small.key, report.problems, report.notes, report.lines) == (key, [], [], 13)
    assert small.told == []


def test_lines_left_unsealed_by_a_kill_stay_unsealed_but_protected(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one")
    desk.say("two", "three")
    desk.kill()
    assert desk.verify().notes == [f"unsealed: {desk.path} lines 2-3 are after the last seal of this file"]
    desk.start()
    desk.say_and_seal("four")
    report = desk.verify()
    assert report.problems == []
    assert report.notes == [f"unsealed: {desk.path} lines 2-3, found there at 2027-01-15T08:00:15.002Z"]
    desk.path.write_bytes(desk.path.read_bytes().replace(b"three", b"there"))
    (problem,) = desk.verify().problems
    assert problem.startswith(f"{desk.path} line 3 (2027-01-15T08:00:15.002Z) is altered, which was found there unseal")


def test_lines_older_than_the_first_seal(desk: Desk) -> None:
    desk.path.parent.mkdir()
    desk.path.write_bytes(b"old\ntorn")
    desk.start()
    desk.say_and_seal("one")
    desk.end()
    report = desk.verify()
    assert (report.problems, report.lines) == ([], 2)
    assert report.notes == [f"unsealed: {desk.path} lines 1-2, found there at 2027-01-15T08:00:00.000Z"]
    desk.path.write_bytes(desk.path.read_bytes().replace(b"torn", b"worn"))
    (problem,) = desk.verify().problems
    assert problem.startswith(f"{desk.path} line 2 ")


def test_an_intermediate_run_without_seals(small: Desk) -> None:
    with small.path.open("ab") as file:
        file.write(b"2027-01-15T08:02:00.000Z start :127.0.0.1:8000\n")
    small.start()
    small.end()
    report = small.verify()
    assert report.problems == []
    assert report.notes == [f"unsealed: {small.path} line 5, found there at 2027-01-15T08:01:30.006Z"]


# Disks


def test_on_a_full_disk_the_log_continues_and_is_sealed_later(desk: Desk, disk: Disk) -> None:
    desk.start()
    desk.say_and_seal("one")
    desk.say("two")
    for free in (0, 3, 200, 500):
        disk.free = free
        desk.seal()
        assert desk.verify().problems == []
    assert desk.told[:1] == [
        "The log cannot be sealed (No space left on device). Logging continues; sealing will catch up."
    ]
    disk.free = None
    desk.clock += RETRY_S
    desk.sealer.turn()
    desk.say_and_seal("three")
    desk.end()
    report = desk.verify()
    assert (report.problems, report.notes, report.lines) == ([], [], 3)
    assert desk.told[-1] == "The log is sealed again."
    assert len(desk.told) % 2 == 0


def test_the_sealer_knows_whether_it_works_and_when_it_last_sealed(desk: Desk, disk: Disk) -> None:
    desk.start()
    desk.say_and_seal("one")
    sealed_at = desk.sealer.sealed_at
    assert (desk.sealer.is_working, sealed_at) == (True, desk.now())
    desk.say("two")
    disk.free = 0
    desk.seal()
    assert (desk.sealer.is_working, desk.sealer.sealed_at) == (False, sealed_at)
    disk.free = None
    desk.clock += RETRY_S
    desk.sealer.turn()
    assert (desk.sealer.is_working, desk.sealer.sealed_at) == (True, desk.now())


def test_a_sealer_ended_by_a_fault_is_not_working(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.start()
    desk.say("one")
    monkeypatch.setattr(desk.sealer, "turn", lambda: 1 / 0)
    desk.sealer.run()
    assert not desk.sealer.is_working
    assert "Sealing has ended" in desk.told[-1]


def test_a_failure_is_reported_once(desk: Desk, disk: Disk) -> None:
    desk.start()
    disk.cannot_sync = True
    desk.say("one")
    for _ in range(3):
        desk.seal()
    assert len(desk.told) == 1
    disk.cannot_sync = False


def test_a_disk_full_until_the_end(desk: Desk, disk: Disk) -> None:
    desk.start()
    desk.say_and_seal("one")
    desk.say("two")
    disk.free = 0
    desk.end()
    disk.free = None
    assert len(desk.told) == 1
    assert desk.verify().problems == []
    desk.start()
    assert desk.verify().notes == [f"unsealed: {desk.path} line 2, found there at 2027-01-15T08:00:15.002Z"]


@pytest.mark.parametrize("failing", range(1, 12))
def test_a_single_failed_call(desk: Desk, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    """Whichever call fails, nothing is recorded twice, and no rotation is missed."""
    desk.start()
    desk.say_and_seal("one")
    calls = iter(range(1, 1000))
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if next(calls) == failing:
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    desk.say_and_seal("two")
    desk.rotate("chat.log.1")
    desk.say_and_seal("three")
    desk.clock += RETRY_S
    desk.sealer.turn()
    desk.end()
    report = desk.verify()
    assert (report.problems, report.notes, report.lines) == ([], [], 3)
    assert desk.told[1:] in ([], ["The log is sealed again."])


# Rotation by others


def _copytruncate(desk: Desk, *meanwhile: str) -> Path:
    copy = desk.path.with_name("chat.log.1")
    copy.write_bytes(desk.path.read_bytes())
    if meanwhile:
        desk.say(*meanwhile)
    os.truncate(desk.path, 0)
    return copy


def test_a_log_copied_and_emptied(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one", "two")
    copy = _copytruncate(desk)
    desk.say_and_seal("three")
    desk.end()
    report = desk.verify()
    assert (report.problems, report.notes) == ([], [])
    assert _kinds(desk) == ["start", "seal", "emptied", "seal", "end"]
    copy.write_bytes(copy.read_bytes().replace(b"two", b"too"))
    assert desk.verify().problems


@pytest.mark.parametrize("is_sealed", [False, True])
def test_lines_lost_between_copying_and_emptying_are_named(desk: Desk, is_sealed: bool) -> None:
    desk.start()
    desk.say_and_seal("one")
    desk.say("two")
    if is_sealed:
        desk.seal()
    copy = _copytruncate(desk, "three", "four")
    desk.say_and_seal("five")
    report = desk.verify()
    assert report.problems == []
    (lost,) = report.notes
    assert lost.startswith(f"lost: {copy} lines 3-4, between the copying and the emptying of the log (copytruncate)")
    copy.write_bytes(copy.read_bytes().replace(b"two", b"too"))
    (problem,) = desk.verify().problems
    assert problem.startswith(f"{copy} line 2 ")


def test_a_copy_may_end_within_a_line(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one")
    desk.say("two")
    copy = _copytruncate(desk, "three")
    copy.write_bytes(copy.read_bytes()[:-4])
    desk.say_and_seal("four")
    report = desk.verify()
    assert report.problems == []
    assert report.notes[0].startswith(f"lost: {copy} lines 2-3, ")


def test_a_copy_missing_too_much(desk: Desk) -> None:
    """Copying a log does not take hours: lines sealed long before must be in the copy."""
    desk.start()
    desk.say_and_seal("one")
    desk.say_and_seal("two")
    desk.clock += 3600
    desk.say_and_seal("three")
    copy = _copytruncate(desk)
    desk.say_and_seal("four")
    assert desk.verify().problems == []
    copy.write_bytes(copy.read_bytes().splitlines(keepends=True)[0])
    (problem,) = desk.verify().problems
    assert problem == f"{copy} line 2 (sealed 2027-01-15T08:00:30.002Z) is missing"


def test_a_log_emptied_before_the_end(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one")
    _copytruncate(desk, "two")
    desk.end()
    report = desk.verify()
    assert (report.problems, len(report.notes)) == ([], 1)


def test_a_log_emptied_without_a_copy(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one")
    os.truncate(desk.path, 0)
    desk.say_and_seal("two")
    (problem,) = desk.verify().problems
    assert problem == "the file of the log that began at 2027-01-15T08:00:00.000Z, with 1 lines, is missing"


def test_a_log_truncated_while_in_use(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one")
    size = desk.path.stat().st_size
    desk.say_and_seal("two")
    os.truncate(desk.path, size)
    desk.say_and_seal("three")
    (problem,) = desk.verify().problems
    assert problem.startswith(f"{desk.path} line 2 ")
    assert problem.endswith("is missing")


def test_a_log_removed_while_in_use(desk: Desk) -> None:
    desk.start()
    desk.say_and_seal("one")
    desk.path.unlink()
    desk.log.look()
    desk.log.follow()
    desk.say_and_seal("two")
    (problem,) = desk.verify().problems
    assert problem.endswith("with 1 lines, is missing")


def test_a_log_rotated_while_no_tracker_ran(small: Desk) -> None:
    small.path.rename(small.path.with_name("chat.log.0"))
    small.start()
    small.say_and_seal("five")
    small.end()
    report = small.verify()
    assert (report.problems, report.notes, report.files) == ([], [], 4)


def test_a_removal_by_the_tracker_is_recorded_first(small: Desk) -> None:
    small.start()
    small.say_and_seal("five")
    oldest = small.path.with_name("chat.log.2.gz")
    small.sealer.start()
    small.sealer.forget(oldest)
    oldest.unlink()
    small.end()
    report = small.verify()
    assert report.problems == []
    what = "the file that began at 2027-01-15T08:00:00.000Z, with 4 lines, by the tracker at 2027-01-15T08:01:45.007Z"
    assert report.notes == [f"removed: {what}"]


def test_a_removal_that_cannot_be_recorded_is_refused(small: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatcore.server.audit.sealing.sealer._FORGET_S", 0.0)
    small.start()
    with pytest.raises(OSError, match="its removal cannot be recorded in the seals"):
        small.sealer.forget(small.path.with_name("chat.log.1"))


def test_an_empty_file_is_removed_without_a_record(small: Desk) -> None:
    small.start()
    small.path.with_name("chat.log.9").touch()
    small.sealer.forget(small.path.with_name("chat.log.9"))
    small.sealer.turn()
    assert "removed" not in _kinds(small)


# Memory limits


def test_a_large_amount_is_sealed_at_once(desk: Desk) -> None:
    desk.start()
    desk.say("x" * SEAL_BYTES)
    desk.sealer.turn()
    assert _kinds(desk) == ["start", "seal"]
    assert desk.verify().problems == []


def test_lines_beyond_the_memory_limit_are_sealed_without_digests(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "MAX_BYTES", 200)
    desk.start()
    for text in "abcdefgh":
        desk.say(text)
    desk.seal()
    assert _kinds(desk) == ["start", "seal", "seal"]
    assert desk.verify().problems == []
    desk.path.write_bytes(desk.path.read_bytes().replace(b":h", b":x"))
    (problem,) = desk.verify().problems
    assert problem.startswith(f"{desk.path} not all of lines 6-8 are as they were")


# Changes during verification


def test_a_vanished_file_raises_and_can_be_retried(small: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    verification = Verification(small.path, small.seals, small.key, None)
    small.path.with_name("chat.log.1").rename(small.path.with_name("chat.log.3"))
    with pytest.raises(FileNotFoundError):
        verification.run()
    listings = [[small.path.with_name("chat.log.1"), small.path]]
    monkeypatch.setattr(verifying, "log_files", lambda path: listings.pop() if listings else log_files(path))
    with pytest.raises(FileNotFoundError):
        Verification(small.path, small.seals, small.key, None)
    listings = [[small.path], [small.path]]
    assert len(Verification(small.path, small.seals, small.key, None).run().problems) == 2
    listings = [[], [small.path]]
    with pytest.raises(FileNotFoundError):
        Verification(small.path, small.seals, small.key, None)


def test_a_missing_log(small: Desk) -> None:
    small.seals.rename(small.folder / "seals")
    shutil.rmtree(small.path.parent)
    report = Verification(small.path, small.folder / "seals", small.key, None).run()
    assert len(report.problems) == 3
    assert report.until == ""


def test_a_damaged_compressed_file(small: Desk) -> None:
    packed = small.path.with_name("chat.log.2.gz")
    packed.write_bytes(packed.read_bytes()[:-6])
    (problem,) = small.verify().problems
    assert problem.startswith(f"{packed} is damaged after ")
    packed.write_bytes(b"no gzip")
    report = small.verify()
    (problem,) = report.problems
    assert problem.endswith("with 4 lines, is missing")
    assert report.notes == [f"unreadable: {packed}, which is damaged or empty"]
