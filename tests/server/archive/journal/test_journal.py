"""The journal: everything that delivery writes is read in order, even around a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.protocol.multiline import to_one_line
from chatcore.server.archive.journal import journal as module
from chatcore.server.archive.journal.journal import (
    Cut,
    Journal,
    JournalReader,
    Place,
    segment_path,
    segments,
    size_from,
)
from chatcore.server.archive.journal.records import (
    FactRecord,
    LineRecord,
    PresenceRecord,
    Record,
    fact_record,
    presence_record,
)
from chatcore.server.archive.journal.waiting_facts import waits
from chatcore.state.erasure import Erasure
from chatcore.state.history import Recorded
from tests.server.archive.shelf import line_prefix
from tests.support.disk import Disk

_FULL = OSError(28, "No space left on device")


def _line(id_: int, text: str = "hello") -> bytes:
    return line_prefix(b"o:1:5:#room") + b"%x\t1000\t1001\tann\t+x=y :ann!u@h PRIVMSG #room :%b\r\n" % (
        id_,
        text.encode(),
    )


def _recorded(id_: int, text: str = "hello") -> LineRecord:
    return LineRecord("o:1:5:#room", Recorded(id_, 1000, 1001, "ann!u@h", "ann", "+x=y", f"PRIVMSG #room :{text}"))


def _read_all(reader: JournalReader) -> list[Record]:
    found: list[Record] = []
    while records := reader.read():
        found += records
    return found


def _read(folder: Path) -> list[Record]:
    reader = JournalReader(folder)
    try:
        return _read_all(reader)
    finally:
        reader.close()


class _Scene:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []
        self.now = 0.0
        self.journal = Journal(folder, self.told.append, lambda: self.now)

    def write(self, *records: bytes) -> None:
        for record in records:
            self.journal.append(record)
        self.journal.commit()


@pytest.fixture
def scene(tmp_path: Path) -> _Scene:
    return _Scene(tmp_path)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk(monkeypatch)
    monkeypatch.setattr(module, "has_room", lambda descriptor: disk.free is None)
    return disk


def test_records_are_read_in_the_order_written(scene: _Scene) -> None:
    scene.write(_line(1), fact_record(2, {"fact": "topic", "text": "tea\nand \u2028 cake"}))
    scene.write(presence_record(3, "#room", "1f", is_in=True), _line(4, "more \x0c than \x0b one"))
    first, topic, presence, last = _read(scene.folder)
    assert first == _recorded(1)
    assert topic == FactRecord(2, {"fact": "topic", "text": "tea\nand \u2028 cake"})
    assert presence == (3, "#room", "1f", True)
    assert last == _recorded(4, "more \x0c than \x0b one")
    assert segment_path(scene.folder, 1).stat().st_mode & 0o777 == 0o600
    scene.journal.close()


def test_nothing_is_written_without_records(scene: _Scene) -> None:
    scene.write()
    assert scene.journal.end == Place(1, 0)
    scene.journal.close()


def test_a_reader_follows_the_writer_through_segments(scene: _Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 100)
    reader, found = JournalReader(scene.folder), []
    for id_ in range(1, 12):
        scene.write(_line(id_))
        if id_ % 3:
            found += _read_all(reader)
    found += _read_all(reader)
    assert found == [_recorded(id_) for id_ in range(1, 12)]
    assert reader.place == scene.journal.end
    assert len(segments(scene.folder)) > 3
    reader.forget_before(reader.place)
    assert segments(scene.folder) == [scene.journal.end.segment]
    scene.write(_line(99))
    assert _read_all(reader) == [_recorded(99)]
    reader.close()
    scene.journal.close()


def test_the_size_left_to_read_is_known(scene: _Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 100)
    reader, line = JournalReader(scene.folder), _line(1)
    assert size_from(scene.folder, reader.place) == 0
    scene.write(line)
    assert size_from(scene.folder, reader.place) == len(line)
    _read_all(reader)
    for number in range(1, 7):
        scene.write(line)
        assert size_from(scene.folder, reader.place) == number * len(line)
    assert len(segments(scene.folder)) > 2
    before = reader.place
    _read_all(reader)
    reader.forget_before(reader.place)
    assert size_from(scene.folder, reader.place) == 0
    assert size_from(scene.folder, before._replace(offset=1 << 20)) == 0, (
        "the size is never negative, even if segments have been removed"
    )
    monkeypatch.setattr(module, "segments", lambda folder: [1])
    assert size_from(scene.folder, Place(1, 0)) == 0
    reader.close()
    scene.journal.close()


def test_a_new_run_starts_a_new_segment(scene: _Scene) -> None:
    scene.write(_line(1))
    scene.journal.close()
    again = _Scene(scene.folder)
    again.write(_line(2))
    assert _read(scene.folder) == [_recorded(1), _recorded(2)]
    again.journal.rotate()
    again.journal.rotate()  # an empty segment is not rotated
    assert segments(scene.folder) == [1, 2, 3]
    again.journal.close()


def test_a_line_longer_than_one_read_is_read_whole(scene: _Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_READ_BYTES", 50)
    scene.write(_line(1), _line(2, "long" * 100), _line(3))
    assert _read(scene.folder) == [_recorded(1), _recorded(2, "long" * 100), _recorded(3)]
    scene.journal.close()


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_truncated_last_record_is_skipped(scene: _Scene, cut: int) -> None:
    scene.write(_line(1), _line(2))
    path = segment_path(scene.folder, 1)
    path.write_bytes(path.read_bytes()[:-cut])
    scene.journal.close()
    again = _Scene(scene.folder)
    again.write(_line(3))
    assert _read(scene.folder) == [_recorded(1), _recorded(3)]
    again.journal.close()


def test_malformed_records_are_counted_and_skipped(scene: _Scene) -> None:
    scene.write(_line(1), b"m\tx\n", b"z\t1\n", b"f\t1\t{\n", b"+\t#room\n", b"\xff\xfe\n", _line(2))
    reader = JournalReader(scene.folder)
    assert reader.read() == [_recorded(1), _recorded(2)]
    assert reader.damaged == 5
    reader.close()
    scene.journal.close()


@pytest.mark.parametrize("room", [0, 1, 70, 100, 170])
@pytest.mark.parametrize("can_cut", [True, False])
def test_nothing_is_missing_after_a_full_disk(scene: _Scene, disk: Disk, room: int, can_cut: bool) -> None:
    scene.write(_line(1))
    disk.free, disk.cannot_cut = room, not can_cut
    scene.write(_line(2), _line(3), _line(4))
    scene.write(_line(5))
    assert len(scene.told) == 1
    assert "No space left" in scene.told[0]
    disk.free, disk.cannot_cut = None, False
    scene.write(_line(6))
    assert len(scene.told) == 1, "the disk must not be tried again so soon"
    scene.now += 1
    scene.write()
    assert scene.journal.is_complete
    assert scene.told[1:] == ["New messages are kept again."]
    scene.write(_line(7))
    found = [record for record in _read(scene.folder) if isinstance(record, LineRecord)]
    assert list(dict.fromkeys(found)) == [_recorded(id_) for id_ in range(1, 8)]
    scene.journal.close()


def test_writing_is_retried_only_when_there_is_room(scene: _Scene, disk: Disk) -> None:
    disk.free = 0
    scene.write(_line(1))
    scene.now += 1
    scene.write()
    assert not scene.journal.is_complete
    assert len(scene.told) == 1
    scene.journal.close()


def test_unwritten_records_are_bounded_but_no_fact_is_lost(
    scene: _Scene, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_UNWRITTEN_BYTES", 100)
    disk.free = 0
    fact = fact_record(4, {"fact": "modes"})
    scene.write(_line(1), _line(2))
    scene.write(_line(3), fact)
    disk.free = None
    scene.now += 1
    scene.write()
    assert scene.told[-1] == "New messages are kept again. Lines lost: 1."
    assert _read(scene.folder) == [_recorded(1), _recorded(2), FactRecord(4, {"fact": "modes"})]
    scene.journal.close()


def test_a_failed_rotation_keeps_writing_to_the_segment(scene: _Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.write(_line(1))
    segment_path(scene.folder, 2).write_bytes(b"")
    scene.journal.rotate()
    scene.write(_line(2))
    assert scene.journal.end.segment == 1
    assert (scene.folder / "journal-00000001").read_bytes().count(b"\n") == 2
    scene.journal.close()


def test_an_unwritable_folder_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> int:
        raise _FULL

    monkeypatch.setattr(module, "open_private", refuse)
    with pytest.raises(ConfigError, match="No space left"):
        Journal(tmp_path)


def test_an_empty_folder_has_no_records(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path)
    assert reader.read() == []
    reader.close()


def test_a_cut_separates_earlier_from_later_records(scene: _Scene) -> None:
    scene.write(_line(1))
    scene.journal.append(_line(2))
    scene.journal.cut(5, Erasure("ann"), 2)
    assert scene.journal.last_cut == Cut(5, 2, 2)
    scene.write(_line(3))
    reader = JournalReader(scene.folder)
    assert reader.read() == [_recorded(1), _recorded(2)]
    assert (reader.read(), reader.place.segment) == ([_recorded(3)], 2)
    reader.close()
    scene.journal.close()


def test_an_empty_segment_needs_no_cut(scene: _Scene) -> None:
    scene.journal.cut(5, Erasure("ann"), 2)
    assert scene.journal.last_cut == Cut(5, 2, 1)
    assert segments(scene.folder) == [1]
    scene.journal.close()


def test_records_waiting_for_the_disk_are_erased_too(scene: _Scene, disk: Disk) -> None:
    disk.free = 0
    scene.write(_line(1), presence_record(2, "#room", "ann", is_in=True), fact_record(3, {"fact": "x"}))
    disk.free = None
    scene.journal.append(_line(4))
    scene.journal.append(_line(9))
    scene.journal.cut(1, Erasure("ann"), 4)
    assert scene.journal.last_cut == Cut(1, 4, 1), "the cut must not count records that were not written"
    scene.now = 60.0
    scene.journal.commit()
    found = _read(scene.folder)
    assert [type(each) for each in found] == [PresenceRecord, FactRecord, LineRecord]
    assert found[-1] == _recorded(9)
    scene.journal.close()


def test_waiting_messages_not_yet_on_disk_are_erased_too(scene: _Scene, disk: Disk) -> None:
    disk.free = 0
    messages = [
        Recorded(id_, 1, 1, f"{nick}!u@h", None, "", "PRIVMSG bob :hi")
        for id_, nick in ((1, "ann"), (2, "dan"), (9, "ann"))
    ]
    scene.write(*(fact_record(message.id, waits("b", message)) for message in messages))
    disk.free = None
    scene.journal.cut(1, Erasure("ann"), 4)
    scene.now = 60.0
    scene.journal.commit()
    assert [record.id for record in _read(scene.folder) if isinstance(record, FactRecord)] == [2, 9]
    scene.journal.close()


def test_a_failed_cut_is_noted(scene: _Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.write(_line(1))

    def refuse(*args: object) -> int:
        raise _FULL

    monkeypatch.setattr(module, "open_private", refuse)
    scene.journal.cut(1, Erasure("ann"), 1)
    assert scene.journal.last_cut == Cut(1, 1, 0)
    scene.journal.close()


def test_records_lost_at_the_end_are_reported(scene: _Scene, disk: Disk) -> None:
    scene.write(_line(1))
    disk.free = 0
    scene.write(_line(2), _line(3))
    scene.journal.close()
    assert scene.told[-1] == "2 records could not be written and are lost."
    assert _read(scene.folder) == [_recorded(1)]


def test_closing_writes_what_it_still_can(scene: _Scene, disk: Disk) -> None:
    disk.free = 0
    scene.write(_line(1))
    disk.free = None
    scene.journal.close()
    assert _read(scene.folder) == [_recorded(1)]


def test_a_multiline_message_is_one_record(scene: _Scene) -> None:
    text = "one\n\nthr\n\ree"
    scene.write(_line(1, to_one_line(text.encode()).decode()), _line(2))
    assert _read(scene.folder) == [_recorded(1, text), _recorded(2)]
    scene.journal.close()
