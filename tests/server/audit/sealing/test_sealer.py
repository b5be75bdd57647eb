"""The sealer's thread, and its handover from delivery."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

import pytest

from chatcore.server.audit.sealing import handover
from chatcore.server.audit.sealing.handover import Begin, Emptied, Handover, Leave
from chatcore.server.audit.sealing.records import Span, split_lines
from chatcore.server.audit.sealing.sealer import SEAL_S
from chatcore.server.audit.sealing.writer import SealWriter
from tests.server.audit.sealing.conftest import Desk

_DEADLINE_S = 20


def test_the_thread_seals_everything_before_it_ends(desk: Desk) -> None:
    desk.start()
    desk.sealer.start()
    desk.say("one")
    desk.rotate_alone("chat.log.1")
    desk.say("two")
    desk.end()
    report = desk.verify()
    assert (report.problems, report.notes, report.lines) == ([], [], 2)


def test_a_large_amount_wakes_the_thread(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "WAKE_BYTES", 10)
    monkeypatch.setattr("chatcore.server.audit.sealing.sealer.SEAL_BYTES", 20)
    sealed = threading.Event()
    seal = SealWriter._seal

    def note(writer: SealWriter, span: Span) -> None:
        seal(writer, span)
        sealed.set()

    monkeypatch.setattr(SealWriter, "_seal", note)
    desk.start()
    desk.sealer.start()
    desk.say("one")
    assert sealed.wait(_DEADLINE_S)
    desk.end()


def test_a_fault_is_reported_and_the_log_continues(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise LookupError("a fault")

    desk.start()
    monkeypatch.setattr(desk.sealer, "turn", fail)
    monkeypatch.setattr(SealWriter, "carry_out", fail)
    with caplog.at_level(logging.CRITICAL, "chatcore"):
        desk.sealer.start()
        desk.say("one")
        desk.sealer.join(_DEADLINE_S)
    assert desk.told == [
        "Sealing has ended because of a fault in this program: LookupError('a fault'). Logging itself continues."
    ]
    assert not desk.sealer.is_working
    desk.say("two")
    desk.end()
    assert desk.path.read_text().count("\n") == 2


def test_nothing_is_sealed_before_its_time(desk: Desk) -> None:
    desk.start()
    desk.say("one")
    desk.sealer.turn()
    desk.clock += SEAL_S - 1
    desk.say("two")
    desk.sealer.turn()
    assert desk.seals.read_text().count("\nseal ") == 0
    desk.clock += 1
    desk.sealer.turn()
    assert desk.seals.read_text().count("\nseal ") == 1
    desk.clock += 10 * SEAL_S
    desk.sealer.turn()
    assert desk.seals.read_text().count("\n") == 3, "there must be no seal without new lines"


# The handover


@pytest.fixture
def file(tmp_path: Path) -> int:
    return os.open(tmp_path / "chat.log", os.O_RDWR | os.O_CREAT | os.O_APPEND)


def test_steps_are_handed_over_in_order(file: int) -> None:
    hands = Handover()
    hands.begin(file)
    os.write(file, b"one\n")
    hands.wrote(b"one\n")
    os.ftruncate(file, 0)
    os.write(file, b"two\n")
    hands.wrote(b"two\n")
    os.ftruncate(file, 2)
    os.write(file, b"three\n")
    hands.wrote(b"three\n")
    hands.leave()
    begin, *steps = hands.take()
    assert isinstance(begin, Begin)
    assert steps == [b"one\n", Emptied(), b"two\n", b"three\n", Leave()]
    begin.close()
    begin.close()
    os.close(file)
    assert hands.take() == []


def test_a_device_is_not_sealed() -> None:
    hands = Handover()
    with Path(os.devnull).open("wb") as null:
        hands.begin(null.fileno())
        hands.wrote(b"one\n")
        hands.leave()
    assert hands.take() == []


def test_without_a_spare_descriptor_the_log_is_still_sealed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "dup", fail)
    desk.start()
    desk.say_and_seal("one")
    desk.end()
    report = desk.verify()
    assert (report.problems, report.lines, desk.told) == ([], 1, [])


# The content of a record


def test_a_span_digests_each_line_and_an_unfinished_last_one() -> None:
    data = b"one\ntwo\nthree"
    whole, pieces = Span(), Span()
    whole.add(data)
    for place in range(len(data)):
        pieces.add(data[place : place + 1])
    assert (whole.sha256, whole.digests, whole.lines) == (pieces.sha256, pieces.digests, pieces.lines)
    assert (len(whole.digests), whole.lines, whole.bytes) == (3 * 8, 2, len(data))
    assert [*split_lines(data)] == [b"one\n", b"two\n", b"three"]


def test_overlong_lines_have_no_digests() -> None:
    span = Span()
    span.add(b"one\n")
    span.add(b"x" * (1 << 17))
    span.add(b"\ntwo\n")
    assert (len(span.digests), span.lines) == (8, 3)
