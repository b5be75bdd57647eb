"""A file rewritten without some of its lines: they leave no trace, and everything else is unchanged."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from chatcore.errors import ArchiveUnavailable
from chatcore.server.archive.journal.records import LineRecord, ReactionRecord
from chatcore.server.archive.storage import rewriting
from chatcore.server.archive.storage.rewriting import rewrite
from chatcore.state.history import Kinds
from tests.server.archive.conftest import MakeShelf
from tests.server.archive.shelf import ALL, DAY_MS, NOON_MS, Shelf, closed_room, dialog, open_room, seeker

_ANN = seeker({"#a": 7}, account_id="ann")
_SECRET = "unmentionable"


def _is_harmless(record: LineRecord | ReactionRecord) -> bool:
    return _SECRET not in record.line.rest


def _all(_room: str, _account_id: str, _to_id: int | None) -> bool:
    return True


def _rewrite_all(shelf: Shelf) -> list[int]:
    return [rewrite(shelf.files, shelf.writer, file, _is_harmless, _all) for file in shelf.files.all()]


@pytest.fixture
def filled(shelf: Shelf) -> Shelf:
    """Lines of every kind in two files, some of them to be dropped."""
    shelf.say("before", open_room("#A"))
    shelf.enter("#a", "ann")
    shelf.enter("#a", "bob")
    for ms in (NOON_MS, NOON_MS + DAY_MS):
        shelf.say(f"something {_SECRET}", open_room(), ms=ms)
        shelf.say("something in a closed room", closed_room(instance=9), account="Eve", ms=ms)
        shelf.say("something to bob", dialog("account ann", "account bob"), ms=ms)
        shelf.say(f"something {_SECRET} to bob", dialog("account ann", "account bob"), ms=ms)
        shelf.say("", open_room(), event="NOTICE #a :something of a bot", ms=ms)
        shelf.say("", open_room(), event=f"TOPIC #a :{_SECRET}", ms=ms)
    return shelf


def _on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_dropped_lines_leave_no_trace(filled: Shelf) -> None:
    before = filled.reader.room_past(_ANN, "#a", ALL, Kinds.EVENTS | Kinds.TAGMSGS)
    assert _SECRET.encode() in _on_disk(filled.folder)
    assert _rewrite_all(filled) == [3, 3]
    assert _SECRET.encode() not in _on_disk(filled.folder)
    after = filled.reader.room_past(_ANN, "#a", ALL, Kinds.EVENTS | Kinds.TAGMSGS)
    assert after.lines == tuple(line for line in before.lines if _SECRET not in line.rest)
    assert after.up_to == before.up_to
    assert filled.dialog(_ANN, "account bob") == ["something to bob"] * 2
    assert filled.search(_ANN, _SECRET) == []
    assert filled.search(_ANN, "something", room="#a") == ["something in a closed room", "something of a bot"] * 2
    assert filled.search(_ANN, author="eve") == ["something in a closed room"] * 2
    assert [file.path.name for file in filled.files.all()] == ["history-2026-10.1.sqlite", "history-2026-11.1.sqlite"]


def test_writing_continues_after_a_rewrite(filled: Shelf, make_shelf: MakeShelf) -> None:
    newest = filled.writer.newest_id
    _rewrite_all(filled)
    assert filled.writer.newest_id == newest
    filled.leave("#a", "ann")
    filled.say("more", closed_room(instance=9), ms=NOON_MS + DAY_MS)
    assert len(filled.files.all()) == 2
    filled.close()
    again = make_shelf()
    assert again.room(seeker(room="#a", account_id="bob"), "#a")[-1] == "more"
    assert again.room(_ANN, "#a")[-1] == "something of a bot"
    again.writer.write([LineRecord(open_room(), again.say("x", open_room()).line)])
    assert again.room(_ANN, "#a").count("x") == 1


def test_a_file_that_loses_no_line_is_left_unchanged(filled: Shelf) -> None:
    before = filled.files.all()
    assert [rewrite(filled.files, filled.writer, file, lambda record: True, _all) for file in before] == [0, 0]
    assert filled.files.all() == before


@pytest.mark.thorough
def test_presences_can_be_forgotten_too(filled: Shelf) -> None:
    for file in filled.files.all():
        kept = rewrite(filled.files, filled.writer, file, lambda record: True, lambda room, who, to: who != "ann")
        assert kept == 0
    assert "something in a closed room" not in filled.room(_ANN, "#a")
    assert "something in a closed room" in filled.room(seeker(room="#a", account_id="bob"), "#a")


def test_all_of_a_file_can_be_forgotten(filled: Shelf) -> None:
    newest = filled.writer.newest_id
    for file in filled.files.all():
        rewrite(filled.files, filled.writer, file, lambda record: False, lambda room, who, to: False)
    assert filled.room(_ANN, "#a") == []
    assert filled.reader.room_past(_ANN, "#a", ALL, Kinds.EVENTS | Kinds.TAGMSGS).up_to == newest


def test_a_failed_rewrite_leaves_the_file_unchanged(filled: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    before, names = filled.room(_ANN, "#a"), sorted(path.name for path in filled.folder.iterdir())

    def fail(*args: object, **named: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(rewriting, "_fill", fail)
    with pytest.raises(ArchiveUnavailable, match=r"cannot rewrite .*: database or disk is full"):
        _rewrite_all(filled)
    assert filled.room(_ANN, "#a") == before
    assert sorted(path.name for path in filled.folder.iterdir()) == names
