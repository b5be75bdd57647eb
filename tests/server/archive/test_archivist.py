"""The archivist takes each record once and in order despite failures, and wakes those who wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive import archivist as archivist_module
from chatcore.server.archive.archivist import Archivist
from chatcore.server.archive.journal import journal as journal_module
from chatcore.server.archive.journal.journal import Journal, JournalReader, segments
from chatcore.server.archive.journal.records import ArchiveRecord, FactRecord, LineRecord, fact_record
from tests.server.archive.shelf import line_prefix
from tests.support.together import wait_until


class _Taker:
    """Takes records, or fails if a test sets an error."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.synced = 0
        self.error: Exception | None = None
        self.is_closed = False

    def write(self, records: Sequence[ArchiveRecord]) -> None:
        if self.error is not None:
            raise self.error
        self.ids += [record.line.id for record in records if isinstance(record, LineRecord)]

    def apply(self, records: Sequence[FactRecord]) -> None:
        if self.error is not None:
            raise self.error
        self.ids += [record.id for record in records]

    def sync(self) -> None:
        self.synced = len(self.ids)

    def close(self) -> None:
        self.is_closed = True


class _Scene:
    def __init__(self, folder: Path, *, has_lines: bool = True) -> None:
        self.folder = folder
        self.told: list[str] = []
        self.lines, self.facts = _Taker(), _Taker()
        self.journal = Journal(folder)
        reader = JournalReader(folder)
        lines = self.lines if has_lines else None
        self.archivist = Archivist(self.journal, reader, lines, self.facts, self.told.append)

    def say(self, *ids: int) -> None:
        for id_ in ids:
            self.journal.append(line_prefix(b"o:1:1:#a") + b"%x\t1\t1\t\t :ann!u@h PRIVMSG #a :x\r\n" % id_)
        self.journal.commit()
        self.journal.position = ids[-1]

    def note(self, id_: int) -> None:
        self.journal.append(fact_record(id_, {"fact": "topic"}))
        self.journal.commit()
        self.journal.position = id_

    def close(self) -> None:
        if self.archivist.is_alive():
            self.archivist.stop()
        self.archivist.close()
        self.journal.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[_Scene]:
    scene = _Scene(tmp_path)
    yield scene
    scene.close()


def test_lines_and_facts_go_to_their_own_takers(scene: _Scene) -> None:
    scene.say(1, 2)
    scene.note(3)
    scene.say(4)
    assert scene.archivist.take_all()
    assert (scene.lines.ids, scene.facts.ids) == ([1, 2, 4], [3])
    assert scene.archivist.position == 4
    assert scene.archivist.take_all()
    assert scene.lines.ids == [1, 2, 4]


def test_records_of_an_earlier_run_are_taken_and_deleted(tmp_path: Path) -> None:
    before = _Scene(tmp_path)
    before.say(1, 2)
    before.close()
    scene = _Scene(tmp_path)
    assert scene.archivist.take_all()
    assert scene.lines.ids == [1, 2]
    assert segments(tmp_path) == [scene.journal.end.segment]
    assert scene.lines.synced == 2, "the lines must be synced before their segment is deleted"
    scene.close()


def test_lines_are_dropped_if_none_are_kept(tmp_path: Path) -> None:
    scene = _Scene(tmp_path, has_lines=False)
    scene.say(1)
    scene.note(2)
    assert scene.archivist.take_all()
    assert (scene.lines.ids, scene.facts.ids) == ([], [2])
    scene.close()
    assert not scene.lines.is_closed


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ArchiveUnavailable("no room"), "no room"),
        (OSError(5, "Input/output error"), "Input/output error"),
        (ZeroDivisionError(), "a fault in this program"),
    ],
)
@pytest.mark.parametrize("which", ["lines", "facts"])
def test_failures_are_retried_and_reported_once(scene: _Scene, error: Exception, words: str, which: str) -> None:
    taker: _Taker = getattr(scene, which)
    taker.error = error
    scene.say(1)
    scene.note(2)
    assert not scene.archivist.take_all()
    assert not scene.archivist.take_all()
    assert len(scene.told) == 1
    assert words in scene.told[0]
    assert "The chat goes on" in scene.told[0]
    assert segments(scene.folder) == [1]
    assert scene.archivist.position == 0
    taker.error = None
    assert scene.archivist.take_all()
    assert scene.told[1:] == ["New messages are archived again."]
    assert scene.lines.ids == [1]
    assert set(scene.facts.ids) == {2}
    assert scene.archivist.position == 2


def test_damaged_lines_are_reported(scene: _Scene) -> None:
    scene.journal.append(b"nonsense\n")
    scene.say(1)
    scene.archivist.take_all()
    scene.say(2)
    scene.archivist.take_all()
    assert scene.lines.ids == [1, 2]
    assert scene.told == ["Damaged journal lines skipped: 1"]


def test_damaged_lines_read_again_are_counted_once(scene: _Scene) -> None:
    scene.journal.append(b"nonsense\n")
    scene.say(1)
    scene.lines.error = ArchiveUnavailable("no room")
    for _ in range(2):
        assert not scene.archivist.take_all()
    scene.lines.error = None
    assert scene.archivist.take_all()
    assert scene.told[-1] == "Damaged journal lines skipped: 1"


def test_catching_up_does_not_wait_for_the_next_pass(scene: _Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatcore.server.archive.archivist.PACE_S", 3600.0)
    scene.archivist.start()
    scene.say(1, 2)
    assert scene.archivist.catch_up(2, 60) == 2
    assert scene.lines.ids == [1, 2]
    scene.say(3)
    assert scene.archivist.catch_up(3, 60) == 3
    assert scene.archivist.catch_up(1, 0) == 3


def test_catching_up_does_not_wait_for_positions_without_records(scene: _Scene) -> None:
    scene.say(1)
    assert scene.archivist.take_all()
    scene.journal.position = 5
    assert scene.archivist.catch_up(5, 0) == 5
    scene.say(6)
    assert scene.archivist.catch_up(6, 0) == 1
    assert scene.archivist.take_all()
    assert scene.archivist.catch_up(6, 0) == 6


def test_a_removed_segment_is_reported_and_the_next_is_taken(scene: _Scene) -> None:
    scene.say(1)
    (scene.folder / "journal-00000001").unlink()
    assert not scene.archivist.take_all()
    assert not scene.archivist.take_all()
    scene.journal.rotate()
    scene.say(2)
    assert scene.archivist.take_all()
    assert scene.lines.ids == [2]
    assert scene.told == [
        "New messages cannot be archived yet: a journal file is no longer in the state folder. The chat goes on.",
        "New messages are archived again.",
    ]


def test_the_running_archivist_takes_new_records(scene: _Scene) -> None:
    scene.archivist.start()
    scene.say(1)
    wait_until(lambda: scene.lines.ids == [1])


def test_catching_up_does_not_wait_after_a_failure(scene: _Scene) -> None:
    scene.lines.error = ArchiveUnavailable("no room")
    scene.archivist.start()
    scene.say(1)
    assert scene.archivist.catch_up(1, 60) == 0
    assert scene.archivist.catch_up(1, 60) == 0


def test_catching_up_times_out(scene: _Scene) -> None:
    assert scene.archivist.catch_up(9, 0.01) == 0, "the archivist has not been started"


def test_duties_run_after_each_take_even_if_one_fails(scene: _Scene, caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    def fail() -> None:
        raise ValueError("planted")

    duties: list[Callable[[], None]] = [fail, lambda: done.append(len(scene.lines.ids))]
    for duty in duties:
        scene.archivist.add_duty(duty)
    scene.archivist.start()
    scene.say(1)
    wait_until(lambda: 1 in done)
    before = len(done)
    scene.archivist.wake()
    wait_until(lambda: len(done) > before)
    assert "a duty of the archivist failed" in caplog.text


def test_duties_run_from_time_to_time_without_new_records(scene: _Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archivist_module, "_IDLE_S", 0.01)
    monkeypatch.setattr(archivist_module, "PACE_S", 0.01)
    done: list[int] = []
    scene.archivist.add_duty(lambda: done.append(1))
    scene.archivist.start()
    wait_until(lambda: bool(done))


def test_many_segments_are_taken_in_order(scene: _Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "SEGMENT_BYTES", 200)
    monkeypatch.setattr(journal_module, "_READ_BYTES", 64)
    for id_ in range(1, 40):
        scene.say(id_)
    assert scene.archivist.take_all()
    assert scene.lines.ids == list(range(1, 40))
    assert segments(scene.folder) == [scene.journal.end.segment]
