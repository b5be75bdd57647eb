"""Reading while the archivist writes, starts and rewrites files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from chatcore.server.archive.journal.records import LineRecord, ReactionRecord
from chatcore.server.archive.storage.rewriting import rewrite
from chatcore.state.history import Kinds, Recorded, line_id
from tests.server.archive.shelf import ALL, DAY_MS, NOON_MS, Shelf, open_room, said, seeker

_LINES = 240
_IN_A = seeker(room="#a")


def test_every_answer_is_complete_up_to_its_last_id(shelf: Shelf) -> None:
    """Each line is in the answer exactly once, no matter what happens to the files."""
    shelf.now_ms = NOON_MS + 80 * DAY_MS
    is_done = Event()

    def ask() -> int:
        asked = 0
        while not is_done.is_set():
            past = shelf.reader.room_past(_IN_A, "#a", ALL, Kinds.NONE)
            expected = [f"word {number}" for number in range(1, (past.up_to >> 16) + 1) if number % 10]
            assert [said(line) for line in past.lines if not said(line).endswith("0")] == expected
            found = shelf.search(_IN_A, "word", limit=2 * _LINES)
            assert len(found) == len(set(found)) >= len(expected)
            asked += 1
        return asked

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        try:
            for number in range(1, _LINES + 1):
                ms = NOON_MS + number * 70 * DAY_MS // _LINES
                text = f"PRIVMSG #a :word {number}"
                shelf.writer.write(
                    [LineRecord(open_room(), Recorded(line_id(number, 0), ms, ms, "Ann!u@h", None, "", text))]
                )
                if number % 60 == 0:
                    for file in shelf.files.all():
                        rewrite(shelf.files, shelf.writer, file, _is_not_tenth, _all)
        finally:
            is_done.set()
        assert all(each.result() for each in asking)
    assert shelf.told == []


def _is_not_tenth(record: LineRecord | ReactionRecord) -> bool:
    return bool((record.line.id >> 16) % 10)


def _all(_room: str, _account_id: str, _to_id: int | None) -> bool:
    return True
