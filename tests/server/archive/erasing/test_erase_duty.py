"""Erasing with or without a tracker: complete up to one moment, and resumed by the next tracker."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatcore.config import Config
from chatcore.errors import ArchiveUnavailable, ConfigError, StreamClosed
from chatcore.server.archive.erasing import alone, erase_duty, erasing
from chatcore.server.archive.erasing.alone import erasing_alone
from chatcore.server.archive.erasing.erase_duty import StreamCut, cut_alone, summary
from chatcore.server.archive.erasing.erase_mail import EraseAnswer, EraseMail, EraseRequest
from chatcore.server.archive.holdings import Holdings
from chatcore.server.archive.journal.journal import Journal
from chatcore.server.archive.journal.records import fact_record
from chatcore.server.archive.journal.waiting_facts import waits
from chatcore.state.erasure import Erasure
from chatcore.state.facts import HistoryErased
from chatcore.state.history import Recorded, line_id
from tests.server.archive.shelf import line_prefix
from tests.support.together import wait_until

_REQUEST = EraseRequest("id1", Erasure("eve"))


def _record(position: int, text: str, by: str = "eve") -> bytes:
    body = f":{by}!u@h PRIVMSG #a :{text}\r\n".encode()
    return line_prefix(b"o:1:5:#a") + b"%x\t1793448000000\t1793448000000\t\t %b" % (line_id(position, 0), body)


class _Tracker:
    """What erasing needs of a tracker: the archive, and a delivery that obeys at once, or never."""

    def __init__(self, folder: Path, *, delivers: bool = True, **settings: int) -> None:
        self.told: list[str] = []
        self.folder = folder
        self.delivers = delivers
        self.holdings = Holdings(Config(state_dir=folder, **settings), self.told.append)  # type: ignore[arg-type]
        self.position = self.holdings.positions.first
        self.events: list[HistoryErased] = []
        self.duty = self.holdings.erasing(self.publish)

    def say(self, text: str, by: str = "eve") -> None:
        self.holdings.journal.append(_record(self.position, text, by))
        self.holdings.journal.commit()
        self.holdings.journal.position = self.position
        self.position += 1

    def publish(self, event: HistoryErased) -> None:
        self.events.append(event)
        if self.delivers:
            up_to = event.up_to or line_id(self.position, 0)
            self.position += 1
            self.holdings.journal.cut(event.number, event.erasure, up_to)

    def close(self) -> None:
        if self.holdings.archivist.is_alive():
            self.holdings.archivist.stop()
        self.holdings.close()


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[_Tracker]:
    tracker = _Tracker(tmp_path)
    yield tracker
    tracker.close()


def _contains(folder: Path, text: str) -> bool:
    return any(text.encode() in path.read_bytes() for path in folder.iterdir())


def _ask(folder: Path, request: EraseRequest = _REQUEST) -> EraseMail:
    mail = EraseMail(folder)
    mail.ask(request)
    return mail


def test_a_tracker_carries_out_a_request_and_answers(tracker: _Tracker, tmp_path: Path) -> None:
    tracker.say("wort 秘密")
    tracker.say("harmless", "bob")
    tracker.holdings.archivist.start()
    mail = _ask(tmp_path)
    tracker.duty.look()
    wait_until(lambda: bool(tracker.told))
    assert mail.read_answer("id1") == EraseAnswer("id1", True, messages=1)
    assert not _contains(tmp_path, "秘密")
    assert _contains(tmp_path, "harmless")
    assert not mail.has_request
    assert tracker.told == ["History was erased, as asked: 1 message"]
    assert tracker.events == [HistoryErased(1, Erasure("eve"))]


def test_without_a_request_the_archivist_is_not_woken(tracker: _Tracker) -> None:
    tracker.duty.look()
    assert not tracker.holdings.journal.has_grown.is_set()


def test_messages_after_the_cut_stay(tracker: _Tracker, tmp_path: Path) -> None:
    """Even those in the journal already."""
    tracker.say("before")

    def publish(event: HistoryErased) -> None:
        _Tracker.publish(tracker, event)
        tracker.say("later")

    tracker.duty._cut = StreamCut(tracker.holdings.journal, tracker.holdings.archivist, publish)
    mail = _ask(tmp_path)
    tracker.duty.carry_out()
    assert mail.read_answer("id1") == EraseAnswer("id1", True, messages=1)
    assert _contains(tmp_path, "later")
    assert not _contains(tmp_path, "before")


def test_the_next_tracker_finishes_an_interrupted_erasure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "_STEP_ROWS", 1)
    first = _Tracker(tmp_path)
    for number in range(5):
        first.say(f"wort{number}")
    mail = _ask(tmp_path)
    first.holdings.archivist.stop = lambda: None  # type: ignore[method-assign]
    first.holdings.archivist._stopping.set()
    first.duty.carry_out()
    assert mail.read_answer("id1") is None
    assert mail.has_request
    first.say("later wort")
    first.close()
    assert _contains(tmp_path, "wort3")
    second = _Tracker(tmp_path)
    second.duty.carry_out()
    assert mail.read_answer("id1") == EraseAnswer("id1", True, messages=5)
    assert not _contains(tmp_path, "wort3")
    assert _contains(tmp_path, "later wort")
    second.close()


def test_nothing_is_erased_while_the_log_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erase_duty, "_CUT_WAIT_S", 0.05)
    tracker = _Tracker(tmp_path, delivers=False)
    tracker.say("wort")
    mail = _ask(tmp_path)
    tracker.duty.carry_out()
    answer = mail.read_answer("id1")
    assert answer is not None
    assert answer.problems == ("chat.log cannot be written, and new messages wait for it",)
    assert _contains(tmp_path, "wort")
    tracker.close()


def test_a_stopping_tracker_does_not_start_erasing(tmp_path: Path) -> None:
    tracker = _Tracker(tmp_path, delivers=False)
    mail = _ask(tmp_path)
    tracker.holdings.archivist._stopping.set()
    tracker.duty.carry_out()

    def refuse(event: HistoryErased) -> None:
        raise StreamClosed

    tracker.duty._cut = StreamCut(tracker.holdings.journal, tracker.holdings.archivist, refuse)
    tracker.duty.carry_out()
    assert mail.has_request
    assert mail.read_answer("id1") is None
    tracker.close()


def test_messages_that_cannot_be_archived_cannot_be_erased(
    tracker: _Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker.say("wort")

    def fail(records: object) -> None:
        raise ArchiveUnavailable("no room")

    monkeypatch.setattr(tracker.holdings._writer, "write", fail)
    mail = _ask(tmp_path)
    tracker.duty.carry_out()
    answer = mail.read_answer("id1")
    assert answer is not None
    assert answer.problems == ("recent messages cannot be moved into the archive",)
    monkeypatch.undo()


def test_a_tracker_without_an_archive_erases_an_earlier_one(tmp_path: Path) -> None:
    before = _Tracker(tmp_path)
    before.say("wort")
    before.close()
    assert _contains(tmp_path, "wort")
    tracker = _Tracker(tmp_path, history_days=0)
    mail = _ask(tmp_path)
    tracker.duty.carry_out()
    assert mail.read_answer("id1") == EraseAnswer("id1", True, messages=1)
    assert not _contains(tmp_path, "wort")
    tracker.close()


def test_a_long_erasure_reports_progress_and_keeps_archiving(
    tracker: _Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "_STEP_ROWS", 1)
    monkeypatch.setattr(erasing, "MANY_ROWS", 1)
    monkeypatch.setattr(erase_duty, "_TOLD_EVERY_S", -1.0)
    monkeypatch.setattr(erase_duty, "_TAKEN_EVERY_S", -1.0)
    seen: list[tuple[int, int]] = []
    mail = _ask(tmp_path)

    def note(answer: EraseAnswer) -> None:
        assert mail.read_answer("id1") == answer
        if not seen:
            tracker.say("meanwhile")
        elif len(seen) == 2:
            assert tracker.holdings.archivist.position == tracker.position - 1
        seen.append((answer.percent, answer.files))

    tracker.duty.on_step = note
    for number in range(3):
        tracker.say(f"wort{number}")
        tracker.say("harmless", "bob")
    tracker.duty.carry_out()
    assert seen[0] == (0, 1)
    assert seen[-1] == (100, 1)
    assert mail.read_answer("id1") == EraseAnswer("id1", True, messages=3)
    assert _contains(tmp_path, "meanwhile")
    assert not _contains(tmp_path, "wort")


def test_deleted_rows_of_the_rooms_file_are_wiped(tracker: _Tracker, tmp_path: Path) -> None:
    rooms = sqlite3.connect(tmp_path / "rooms.sqlite")
    with closing(rooms):
        rooms.execute("PRAGMA secure_delete = OFF")
        for statement in (
            "INSERT INTO room (instance, folded, name, created_at, topic) VALUES (9, '#a', '#a', 1, 'oldwort')",
            "DELETE FROM room",
        ):
            rooms.execute(statement)
            rooms.commit()
    assert _contains(tmp_path, "oldwort")
    _ask(tmp_path)
    tracker.duty.carry_out()
    assert not _contains(tmp_path, "oldwort")


def test_waiting_messages_are_erased_too(tracker: _Tracker, tmp_path: Path) -> None:
    for text, by in (("wort", "eve!u@h"), ("harmless", "bob!u@h")):
        id_ = line_id(tracker.position, 0)
        message = Recorded(id_, 1, 1, by, None, "", f"PRIVMSG ann :{text}")
        tracker.holdings.journal.append(fact_record(id_, waits("ann's id", message)))
        tracker.holdings.journal.commit()
        tracker.position += 1
    tracker.holdings.archivist.take_all()
    assert _contains(tmp_path, "wort")
    _ask(tmp_path)
    tracker.duty.carry_out()
    assert not _contains(tmp_path, "wort")
    assert _contains(tmp_path, "harmless")


def test_erasing_without_a_tracker_archives_the_journal_first(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for position in range(1, 4):
        journal.append(_record(position, f"wort{position}"))
    journal.append(_record(4, "harmless", "bob"))
    journal.commit()
    journal.close()
    mail = _ask(tmp_path)
    with erasing_alone(tmp_path, 0, print) as duty:
        duty.carry_out()
    assert mail.read_answer("id1") == EraseAnswer("id1", True, messages=3)
    assert not _contains(tmp_path, "wort")
    assert _contains(tmp_path, "harmless")
    assert not (tmp_path / "positions").exists()


def test_a_journal_that_cannot_be_cut_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path)
    journal.append(_record(1, "wort"))
    monkeypatch.setattr(journal, "rotate", lambda: None)
    with pytest.raises(ArchiveUnavailable, match="the journal cannot be written"):
        cut_alone(journal, _REQUEST)
    journal.close()


def test_an_archive_that_cannot_be_opened_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(alone, "HistoryFiles", fail)
    with (
        pytest.raises(ConfigError, match="cannot use the archive in "),
        erasing_alone(tmp_path, 0, print),
    ):
        pass


def test_the_summary_is_one_line() -> None:
    answer = EraseAnswer("id1", True, messages=3, problems=("a", "b"))
    assert summary(answer) == "History was erased, as asked: 3 messages; a; b"
