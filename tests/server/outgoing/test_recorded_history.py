"""Histories that record messages in the journal, each line once with its audience, and keep the latest in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatcore.server.archive.journal.journal import Journal, JournalReader
from chatcore.server.archive.journal.records import (
    LineRecord,
    PresenceRecord,
    ReactionRecord,
    Record,
    RedactionRecord,
)
from chatcore.server.outgoing import recorded_history
from chatcore.server.outgoing.lines import Line
from chatcore.server.outgoing.memory_history import MemoryHistories
from chatcore.server.outgoing.recorded_history import RecordedHistories, Recording
from chatcore.state.history import HistoryQuery, Recorded, RoomPlace, line_id
from chatcore.state.history_identity import account_identity, visit_identity
from chatcore.state.reactions import Reaction

_SEQUENCE = "0123456789"
_ANN, _BOB, _VISIT = account_identity("a1"), account_identity("b2"), visit_identity("3.17")


class _Scene:
    """Histories that are recorded in the third run, under the fifth password."""

    def __init__(self, folder: Path, *, keeps_private: bool = True) -> None:
        self.journal = Journal(folder)
        self.memory = MemoryHistories(2, sequence=_SEQUENCE)
        recording = Recording(self.journal, 5, keeps_private)
        self.histories = RecordedHistories(self.memory, recording, lambda: self.position << 16)
        self.position = 0
        self._reader = JournalReader(folder)

    def line(self, text: str, account: str | None = None, tags: tuple[tuple[str, str], ...] = ()) -> Line:
        self.position += 1
        time = 1_700_000_000.123 + self.position
        return Line(f":ann!u@h {text}", time, (self.position, 2, _SEQUENCE, time + 1), tags, account)

    def recorded(self) -> list[Record]:
        self.journal.commit()
        return self._reader.read()

    def close(self) -> None:
        self._reader.close()
        self.journal.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[_Scene]:
    scene = _Scene(tmp_path)
    yield scene
    scene.close()


def test_a_recorded_line_reads_as_it_was_sent(scene: _Scene) -> None:
    room = scene.histories.begin(RoomPlace("#Room", 9))
    sent = scene.line("PRIVMSG #Room :hello : you", "ann", (("+x", "y z"),))
    room.add_said(sent)
    (record,) = scene.recorded()
    assert record == LineRecord(
        "o:5:9:#Room",
        Recorded(
            line_id(1, 2),
            1_700_000_001_123,
            1_700_000_002_123,
            "ann!u@h",
            "ann",
            "+x=y\\sz",
            "PRIVMSG #Room :hello : you",
        ),
    )
    again = Line.recorded(record.line, _SEQUENCE)
    for bits in range(64):
        assert again.tagged(bits, ()) == sent.tagged(bits, ())
    assert (again.msgid, int(again.order_time * 1000)) == (sent.msgid, int(sent.order_time * 1000))
    assert room.latest() is sent
    assert room.select(HistoryQuery("LATEST", 5)) == [sent]


def test_events_are_recorded_and_lines_without_ids_are_not(scene: _Scene) -> None:
    room = scene.histories.begin(RoomPlace("#a", 9))
    room.add_event(scene.line("JOIN #a"))
    room.add_said(Line(":ann!u@h PRIVMSG #a :x", 1.0))
    (record,) = scene.recorded()
    assert isinstance(record, LineRecord)
    assert record.line.rest == "JOIN #a"


def test_the_audience_depends_on_the_current_locks(scene: _Scene) -> None:
    room = scene.histories.begin(RoomPlace("#a", 255))
    for is_closed in (False, True, True, False):
        room.set_closed(is_closed)
        room.add_said(scene.line("PRIVMSG #a :x"))
    audiences = [record.audience for record in scene.recorded() if isinstance(record, LineRecord)]
    assert audiences == ["o:5:ff:#a", "c:5:ff:#a", "c:5:ff:#a", "o:5:ff:#a"]


def test_presence_spans_an_accounts_overlapping_visits(scene: _Scene) -> None:
    room = scene.histories.begin(RoomPlace("#A", 1))
    for step in (room.enter, room.enter, room.leave, room.enter, room.leave, room.leave):
        scene.position += 1
        step("a1")
    scene.position += 1
    room.enter("b2")
    scene.position += 1
    room.end()
    assert scene.recorded() == [
        PresenceRecord(1 << 16, "#a", "a1", is_in=True),
        PresenceRecord(6 << 16, "#a", "a1", is_in=False),
        PresenceRecord(7 << 16, "#a", "b2", is_in=True),
        PresenceRecord(8 << 16, "#a", "b2", is_in=False),
    ]


def test_a_rename_moves_the_presence_of_members(scene: _Scene) -> None:
    room = scene.histories.begin(RoomPlace("#A", 1))
    for account in ("a1", "a1", "b2"):
        room.enter(account)
    room.set_closed(True)
    scene.recorded()
    room.add_said(scene.line("PRIVMSG #A :before"))
    scene.position += 1
    room.rename("#B", scene.position << 16)
    room.add_said(scene.line("PRIVMSG #B :after"))
    room.leave("b2")
    room.end()
    records = scene.recorded()
    assert [record.audience for record in records if isinstance(record, LineRecord)] == ["c:5:1:#A", "c:5:1:#B"]
    presences = [record[1:] for record in records if isinstance(record, PresenceRecord)]
    assert presences == [
        *(("#a", "a1", False), ("#a", "b2", False), ("#b", "a1", True), ("#b", "b2", True)),
        *(("#b", "b2", False), ("#b", "a1", False)),
    ]


def test_a_conversations_audience_has_the_current_names(scene: _Scene) -> None:
    dialog = scene.histories.begin(frozenset((_VISIT, _ANN)))
    dialog.set_names({_VISIT: "zoe", _ANN: "Ann"})
    dialog.add_said(scene.line("PRIVMSG zoe :x"))
    dialog.set_names({_VISIT: "zoe", _ANN: "Ann"})
    dialog.add_said(scene.line("PRIVMSG zoe :x"))
    dialog.set_names({_VISIT: "zara", _ANN: "Ann"})
    dialog.add_said(scene.line("PRIVMSG zara :x"))
    audiences = [record.audience for record in scene.recorded() if isinstance(record, LineRecord)]
    assert audiences == ["p:account a1:visit 3.17:Ann:zoe"] * 2 + ["p:account a1:visit 3.17:Ann:zara"]


def test_a_conversation_with_oneself_names_the_account_twice(scene: _Scene) -> None:
    dialog = scene.histories.begin(frozenset((_ANN,)))
    dialog.set_names({_ANN: "Ann"})
    dialog.add_event(scene.line("TAGMSG Ann"))
    (record,) = scene.recorded()
    assert isinstance(record, LineRecord)
    assert record.audience == "p:account a1:account a1:Ann:Ann"


def test_private_conversations_can_stay_in_memory_alone(tmp_path: Path) -> None:
    scene = _Scene(tmp_path, keeps_private=False)
    dialog = scene.histories.begin(frozenset((_ANN, _BOB)))
    dialog.set_names({_ANN: "Ann", _BOB: "Bob"})
    said = scene.line("PRIVMSG Bob :x")
    dialog.add_said(said)
    assert scene.recorded() == []
    assert dialog.select(HistoryQuery("LATEST", 5)) == [said]
    scene.close()


def test_memory_stays_bounded_with_a_journal(scene: _Scene) -> None:
    room = scene.histories.begin(RoomPlace("#a", 1))
    for _ in range(5):
        room.add_said(scene.line("PRIVMSG #a :x"))
    assert len(room.select(HistoryQuery("LATEST", 5))) == 2
    assert scene.histories.used_bytes == scene.memory.used_bytes > 0
    room.end()
    assert scene.histories.used_bytes == 0


def test_the_author_is_recorded_with_each_message(scene: _Scene) -> None:
    room = scene.histories.begin(RoomPlace("#a", 1))
    lines = [scene.line("PRIVMSG #a :x", account) for account in ("ann", None, "ann")]
    for line, author in zip(lines, ("account 5", "visit 3.7", "account 5"), strict=True):
        line.author = author
        room.add_said(line)
    found = [record.line for record in scene.recorded() if isinstance(record, LineRecord)]
    assert [(line.account, line.author) for line in found] == [
        ("ann", "account 5"),
        (None, "visit 3.7"),
        ("ann", "account 5"),
    ]


def test_a_full_cache_of_authors_loses_no_author(scene: _Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded_history, "_MAX_AUTHORS", 2)
    room = scene.histories.begin(RoomPlace("#a", 1))
    for number in range(5):
        line = scene.line("PRIVMSG #a :x")
        line.author = f"visit {number}"
        room.add_said(line)
    found = [record.line.author for record in scene.recorded() if isinstance(record, LineRecord)]
    assert found == [f"visit {number}" for number in range(5)]


def test_reactions_and_redactions_are_recorded(scene: _Scene) -> None:
    room = scene.histories.begin(RoomPlace("#a", 1))
    said, reaction = scene.line("PRIVMSG #a :x"), scene.line("TAGMSG #a", None, (("+draft/react", "a\tb"),))
    reaction.author = "visit 3.7"
    room.add_said(said)
    room.react(Reaction(said.id, "a\tb"), reaction)
    assert room.find(reaction.id) is reaction
    redaction = scene.line(f"REDACT #a {said.msgid}")
    room.redact(said.id, redaction)
    assert room.find(said.id) is None
    _, reacted, event, redacted = scene.recorded()
    assert isinstance(reacted, ReactionRecord)
    assert reacted == ReactionRecord(
        "o:5:1:#a", reacted.line._replace(id=reaction.id, tags="+draft/react=a\tb", author="visit 3.7"), said.id
    )
    assert isinstance(event, LineRecord)
    assert event.line.rest == f"REDACT #a {said.msgid}"
    assert redacted == RedactionRecord(redaction.id, said.id)
