"""RoomBook: an event's lasting changes become one record."""

from __future__ import annotations

from chatcore.protocol.modes import ModeChange
from chatcore.server.archive.journal.records import FactRecord, parse_record
from chatcore.server.outgoing.room_book import RoomBook
from chatcore.state.channel import Topic


def test_changes_wait_until_they_are_written_together() -> None:
    written: list[bytes] = []
    book = RoomBook(written.append)
    book.begin(7, "#Room", 1000)
    book.set_topic(7, Topic("tea", "ann!a@h", 5))
    book.set_letters(7, "id1", "o")
    assert written == []
    book.write(0x50008)
    assert book.changes == []
    (line,) = written
    assert parse_record(line.decode().rstrip("\n")) == FactRecord(
        0x50008,
        {
            "fact": "rooms",
            "changes": [
                ["began", 7, "#Room", 1000, "nt"],
                ["topic", 7, ["tea", "ann!a@h", 5]],
                ["account", 7, "id1", "o"],
            ],
        },
    )


def test_member_modes_are_not_recorded() -> None:
    book = RoomBook()
    book.change_modes(7, (ModeChange(True, "v", "bob"), ModeChange(False, "o", "bob")), "ann!a@h", 77)
    assert book.changes == []
    book.change_modes(7, (ModeChange(True, "v", "bob"), ModeChange(True, "i")), "ann!a@h", 77)
    assert book.changes == [["modes", 7, [ModeChange(True, "i")], "ann!a@h", 77]]


def test_without_a_journal_changes_are_dropped() -> None:
    book = RoomBook()
    book.end(7)
    book.write(1)
    assert book.changes == []
