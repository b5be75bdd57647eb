"""Changes to archived lines: reactions are added, and redacted text is gone."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from chatcore.errors import ArchiveUnavailable
from chatcore.protocol.message import serialize_tags
from chatcore.server.archive.erasing.erasing import erase
from chatcore.server.archive.journal.records import Amendment, LineRecord, ReactionRecord, RedactionRecord
from chatcore.server.archive.storage import amending, schema
from chatcore.server.archive.storage.rewriting import rewrite
from chatcore.state.erasure import Erasure
from chatcore.state.history import HistoryQuery, Kinds, Recorded, Reference, msgid_of
from chatcore.state.reactions import MAX_OF_ONE
from tests.server.archive.conftest import MakeShelf
from tests.server.archive.shelf import (
    ALL,
    DAY_MS,
    NOON_MS,
    SEQUENCE,
    Shelf,
    closed_room,
    dialog,
    open_room,
    said,
    seeker,
)

_ANN = seeker({"#a": 7}, account_id="ann")
_DIALOG = dialog("account ann", "account bob")


def _react(
    shelf: Shelf, message: LineRecord, value: str = "lol", *, by: str = "bob", to: str = "", verb: str = "react"
) -> ReactionRecord:
    """React to a message, or take a reaction back."""
    id_ = shelf.next_id()
    tags = serialize_tags([("+reply", msgid_of(message.line.id, SEQUENCE)), (f"+draft/{verb}", value)])
    line = Recorded(id_, NOON_MS, NOON_MS, f"{by}!u@host", by, tags, "TAGMSG #a", f"account {by}")
    record = ReactionRecord(to or message.audience, line, message.line.id)
    shelf.writer.write([record])
    return record


def _redact(shelf: Shelf, message: int) -> RedactionRecord:
    record = RedactionRecord(shelf.next_id(), message)
    shelf.writer.write([record])
    return record


def _reactions(shelf: Shelf, query: HistoryQuery = ALL) -> list[tuple[int, Recorded]]:
    return [*shelf.reader.room_past(_ANN, "#a", query, Kinds.EVENTS | Kinds.TAGMSGS | Kinds.REACTIONS).reactions]


def _reacting_nicks(shelf: Shelf) -> list[str]:
    return [line.nick for _, line in _reactions(shelf)]


def test_late_reactions_come_with_their_message(shelf: Shelf) -> None:
    old = shelf.say("old", open_room())
    shelf.say("new", open_room(), ms=NOON_MS + 2 * DAY_MS)
    assert len(shelf.files.all()) == 2
    mine, theirs = _react(shelf, old), _react(shelf, old, by="eve")
    assert _reactions(shelf) == [(old.line.id, mine.line), (old.line.id, theirs.line)]
    first = HistoryQuery("AFTER", 1, Reference(ms=0))
    assert len(shelf.reader.room_past(_ANN, "#a", first, Kinds.REACTIONS).reactions) == 2
    assert _reactions(shelf, HistoryQuery("LATEST", 1)) == [], "the message itself is not in the answer"
    assert shelf.reader.room_past(_ANN, "#a", ALL, Kinds.EVENTS | Kinds.TAGMSGS).reactions == ()


def test_each_person_has_one_reaction_per_kind_until_removed(shelf: Shelf) -> None:
    message = shelf.say("word", open_room())
    for _ in range(2):
        _react(shelf, message)
        _react(shelf, message, "👋")
    assert _reacting_nicks(shelf) == ["bob", "bob"]
    _react(shelf, message, verb="unreact", by="eve")
    assert _reacting_nicks(shelf) == ["bob", "bob"], "eve must not remove bob's reaction"
    _react(shelf, message, verb="unreact")
    assert _reacting_nicks(shelf) == ["bob"]


def test_the_reactions_of_one_person_are_limited(shelf: Shelf) -> None:
    message = shelf.say("word", open_room())
    for number in range(MAX_OF_ONE + 1):
        _react(shelf, message, str(number))
    _react(shelf, message, by="eve")
    assert _reacting_nicks(shelf) == [*["bob"] * MAX_OF_ONE, "eve"]


def test_reactions_to_anything_but_messages_there_are_dropped(shelf: Shelf) -> None:
    message = shelf.say("word", open_room())
    event = shelf.say("", open_room(), event="JOIN #a")
    private = shelf.say("word", _DIALOG)
    closed = shelf.say("word", closed_room(instance=9))
    _react(shelf, message, to=open_room("#b"))
    _react(shelf, event)
    _react(shelf, private, to=dialog("account bob", "account eve"))
    _react(shelf, closed, to=closed_room(instance=7))
    _react(shelf, message._replace(line=message.line._replace(id=message.line.id + 1)))
    for file in shelf.files.all():
        with closing(sqlite3.connect(file.path)) as connection:
            assert connection.execute("SELECT count(*) FROM reaction").fetchone() == (0,)
    _react(shelf, private)
    _react(shelf, closed, to=open_room(instance=9))
    found = shelf.reader.dialog_past(_ANN, "account bob", ALL, Kinds.EVENTS | Kinds.REACTIONS).reactions
    assert [message for message, _ in found] == [private.line.id]


def test_a_reaction_is_shown_to_readers_of_its_own_place(shelf: Shelf) -> None:
    message = shelf.say("word", open_room())
    _react(shelf, message, to=closed_room(instance=9))
    assert _reacting_nicks(shelf) == []
    assert len(shelf.reader.room_past(seeker({"#a": 9}), "#a", ALL, Kinds.REACTIONS).reactions) == 1


@pytest.mark.parametrize("words", ["secret tea", "\x01ACTION drinks secret tea\x01", "Geheimnis 秘密 tea"])
@pytest.mark.parametrize("to", [open_room(), closed_room(), _DIALOG, open_room("#A")])
def test_redacted_text_is_nowhere(shelf: Shelf, words: str, to: str) -> None:
    _, message, after = (shelf.say(text, to, account="Ann") for text in ("before tea", words, "after tea"))
    _react(shelf, message)
    assert len(shelf.search(_ANN, "tea")) == 3
    _redact(shelf, message.line.id)
    everything = [said(line) for line in shelf.reader.room_past(_ANN, "#a", ALL, Kinds.EVENTS).lines]
    assert everything + shelf.dialog(_ANN, "account bob") == ["before tea", "after tea"]
    assert shelf.search(_ANN, "tea") == ["before tea", "after tea"]
    assert shelf.search(_ANN, "", author="ann") == ["before tea", "after tea"]
    assert _reactions(shelf) == []
    file = shelf.files.all()[0]
    with closing(sqlite3.connect(file.path)) as connection:
        assert connection.execute("SELECT text FROM message WHERE row = 2").fetchone() == ("",)
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    assert shelf.reader.find(_ANN, message.line.id, room="#a") is None
    room_or_partner = {"other": "account bob"} if to == _DIALOG else {"room": "#a"}
    assert shelf.reader.find(_ANN, after.line.id, **room_or_partner) is not None
    assert shelf.told == []


def test_a_conversation_is_as_late_as_its_last_unredacted_message(shelf: Shelf) -> None:
    first, last = shelf.say("a", _DIALOG), shelf.say("b", _DIALOG, ms=NOON_MS + 5)
    _redact(shelf, last.line.id)
    assert [each.time_ms for each in shelf.reader.conversations(_ANN)] == [NOON_MS]
    _redact(shelf, first.line.id)
    assert shelf.reader.conversations(_ANN) == []


def test_events_cannot_be_redacted_but_tags_and_reactions_can(shelf: Shelf) -> None:
    message = shelf.say("word", open_room())
    join, tags = (shelf.say("", open_room(), event=event) for event in ("JOIN #a", "TAGMSG #a"))
    mine, theirs = _react(shelf, message), _react(shelf, message, by="eve")
    for id_ in (join.line.id, tags.line.id, mine.line.id):
        _redact(shelf, id_)
    assert shelf.room(_ANN, "#a", kinds=Kinds.EVENTS | Kinds.TAGMSGS) == ["word", "JOIN #a"]
    assert [line for _, line in _reactions(shelf)] == [theirs.line]


def test_amendments_read_twice_apply_once(make_shelf: MakeShelf) -> None:
    """As when the journal is read again after a kill -9."""
    shelf = make_shelf()
    records: list[LineRecord | Amendment] = [shelf.say("a", open_room()), shelf.say("b", open_room())]
    records += [_react(shelf, records[0]) if isinstance(records[0], LineRecord) else records[0]]
    first = records[0]
    assert isinstance(first, LineRecord)
    records += [_react(shelf, first, "x"), _react(shelf, first, "x", verb="unreact"), _redact(shelf, 2 << 16)]
    shelf.close()
    again = make_shelf()
    again.writer.write(records)
    again.writer.write(records)
    assert again.room(_ANN, "#a") == ["a"]
    assert [line.tags.rpartition("=")[2] for _, line in _reactions(again)] == ["lol"]


def test_redacting_needs_no_index_and_no_file(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "can_search", lambda: False)
    _redact(shelf, 1 << 16)
    message = shelf.say("word", open_room())
    _redact(shelf, message.line.id)
    assert shelf.room(_ANN, "#a") == []


def test_amendments_during_a_rewrite_apply_to_the_new_file(shelf: Shelf) -> None:
    first, second, _ = (shelf.say(text, open_room()) for text in ("a", "b", "c"))
    shelf.writer.begin_file()
    done: list[Amendment] = []

    def keep(record: LineRecord | ReactionRecord) -> bool:
        if not done:
            done.extend((_redact(shelf, first.line.id), _react(shelf, second)))
        return record.line.rest != "PRIVMSG #a :c"

    assert rewrite(shelf.files, shelf.writer, shelf.files.all()[0], keep, lambda *_: True) == 1
    assert shelf.room(_ANN, "#a") == ["b"]
    assert _reacting_nicks(shelf) == ["bob"]
    assert shelf.writer.amendments is None


def test_a_rewrite_keeps_reactions_unless_told_to_drop_them(shelf: Shelf) -> None:
    message = shelf.say("word", open_room())
    _react(shelf, message)
    _react(shelf, message, by="eve")
    _redact(shelf, shelf.say("redacted", open_room()).line.id)
    (file,) = shelf.files.all()
    assert rewrite(shelf.files, shelf.writer, file, lambda record: record.line.nick != "eve", lambda *_: True) == 0
    assert _reacting_nicks(shelf) == ["bob"]
    assert shelf.room(_ANN, "#a") == ["word"]
    assert shelf.files.all() != (file,)


def test_a_failed_amendment_can_be_repeated(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    message = shelf.say("word", open_room())

    def fail(*args: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(amending.Amended, "_redact", fail)
        with pytest.raises(ArchiveUnavailable, match="cannot change"):
            _redact(shelf, message.line.id)
    assert shelf.room(_ANN, "#a") == ["word"]
    _redact(shelf, message.line.id)
    assert shelf.room(_ANN, "#a") == []


def test_damaged_and_missing_files_are_left_out(shelf: Shelf) -> None:
    old = shelf.say("old", open_room())
    shelf.say("new", open_room(), ms=NOON_MS + 2 * DAY_MS)
    path = shelf.files.all()[0].path
    path.write_bytes(b"nonsense" * 1000)
    _redact(shelf, old.line.id)
    assert [file.month for file in shelf.files.all()] == ["2026-11"]
    (told,) = shelf.told
    assert "damaged" in told
    shelf.files.all()[0].path.unlink()
    _redact(shelf, old.line.id)
    assert shelf.files.all() == ()


def test_erasing_removes_reactions_too(shelf: Shelf) -> None:
    message = shelf.say("word", open_room())
    _react(shelf, message, by="eve")
    _react(shelf, message)
    newest = shelf.next_id()
    assert erase(shelf.files, shelf.writer, Erasure("eve"), newest, lambda *_: None).messages == 0
    assert _reacting_nicks(shelf) == ["bob"]
    erase(shelf.files, shelf.writer, Erasure(room="#a"), newest, lambda *_: None)
    assert _reacting_nicks(shelf) == []


def test_erasing_leaves_no_byte_of_redacted_text(shelf: Shelf) -> None:
    shelf.say("harmless", open_room(), by="Bob")
    _redact(shelf, shelf.say("unmentionable", open_room(), by="Eve").line.id)
    erase(shelf.files, shelf.writer, Erasure("eve"), shelf.next_id(), lambda *_: None)
    assert b"unmentionable" not in b"".join(path.read_bytes() for path in shelf.folder.iterdir())
    assert shelf.room(_ANN, "#a") == ["harmless"]
