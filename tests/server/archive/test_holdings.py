"""A tracker's open archive: it continues where the last run ended, or fails with a clear message."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from chatcore.config import Config
from chatcore.errors import ArchiveUnavailable, ConfigError
from chatcore.server.archive.holdings import Holdings
from chatcore.server.archive.journal.records import presence_record
from chatcore.server.archive.off import NoArchive
from chatcore.server.archive.storage.rooms import Rooms
from chatcore.server.archive.storage.writer import Writer
from chatcore.state.history import Gap, HistoryQuery, Kinds, SearchQuery, Seeker, line_id
from tests.server.archive.shelf import line_prefix

_LATEST = HistoryQuery("LATEST", 10)
_ERA, _INSTANCE = 1, 1 << 32
_ANN = Seeker("visit 1", "", {"#a": _INSTANCE})


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(state_dir=tmp_path)


@contextmanager
def _open(config: Config, told: list[str] | None = None) -> Iterator[Holdings]:
    holdings = Holdings(config, (told if told is not None else []).append)
    try:
        yield holdings
    finally:
        holdings.close()


def _say(holdings: Holdings, position: int, text: str) -> None:
    prefix = line_prefix(f"o:{_ERA}:{_INSTANCE:x}:#a".encode())
    sent = prefix + b"%x\t%d\t%d\t\t :ann!u@h PRIVMSG #a :%b\r\n" % (
        line_id(position, 0),
        1_700_000_000_000,
        1_700_000_000_000,
        text.encode(),
    )
    holdings.journal.append(sent)
    holdings.journal.commit()
    holdings.journal.position = position


def test_the_next_run_answers_with_messages_of_the_last(config: Config) -> None:
    config = replace(config, history_days=10_000)
    with _open(config) as first:
        position = first.positions.first
        _say(first, position, "before")
    with _open(config) as second:
        assert second.positions.run == first.positions.run + 1
        assert second.positions.first > position
        assert second.first_instance > first.first_instance
        assert second.newest_order_ms == 1_700_000_000_000
        second.archivist.start()
        _say(second, second.positions.first, "after")
        archive = second.answer(frozenset({_ERA}), lambda: second.positions.first)
        past = archive.room_past(_ANN, "#a", _LATEST, Kinds.NONE)
        assert [line.rest for line in past.lines] == ["PRIVMSG #a :before", "PRIVMSG #a :after"]
        assert past.place == _INSTANCE
        assert [line.rest for line in archive.search(_ANN, SearchQuery("after", 5))] == ["PRIVMSG #a :after"]
        assert archive.latest_times(_ANN) == {"#a": (1_700_000_000_000, 1_700_000_000_000)}
        assert archive.conversations(_ANN) == []
        assert archive.dialog_past(_ANN, "visit 2", _LATEST, Kinds.NONE).lines == ()
        second.archivist.stop()


def test_presences_of_the_last_run_are_closed(config: Config) -> None:
    with _open(config) as first:
        first.journal.append(presence_record(line_id(first.positions.first, 0), "#a", "a1", is_in=True))
        first.journal.commit()
    closed: list[int] = []

    class _Watched(Writer):
        def close_presences(self, up_to_id: int) -> None:
            closed.append(up_to_id)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("chatcore.server.archive.holdings.Writer", _Watched)
        with _open(config) as second:
            assert closed == [line_id(second.positions.first, 0) - 1]


def test_switching_the_archive_off_reports_files_still_there(config: Config) -> None:
    with _open(config) as first:
        _say(first, first.positions.first, "before")
    told: list[str] = []
    off = replace(config, history_days=0)
    with _open(off, told) as second:
        archive = second.answer(frozenset({_ERA}), lambda: 0)
        assert isinstance(archive, NoArchive)
        assert archive.search(_ANN, SearchQuery("before", 5)) == ()
        assert archive.room_past(_ANN, "#a", _LATEST, Kinds.EVENTS | Kinds.TAGMSGS).lines == ()
        assert archive.dialog_past(_ANN, "visit 2", _LATEST, Kinds.EVENTS | Kinds.TAGMSGS).lines == ()
        assert (archive.latest_times(_ANN), archive.conversations(_ANN)) == ({}, [])
    assert len(told) == 1
    assert "still in" in told[0]


def test_positions_continue_after_the_archive_without_their_file(config: Config, tmp_path: Path) -> None:
    with _open(config) as first:
        _say(first, 1 << 30, "far")
    (tmp_path / "positions").unlink()
    with _open(config) as second:
        assert second.positions.first == (1 << 30) + 1


@pytest.mark.parametrize(
    ("kind", "method"), [(Writer, "write"), (Writer, "close_presences"), (Writer, "__init__"), (Rooms, "load")]
)
def test_an_unusable_archive_is_reported(
    config: Config, monkeypatch: pytest.MonkeyPatch, kind: type, method: str
) -> None:
    with _open(config) as first:
        pass
    before = first.journal
    assert before.is_complete
    (config.state_dir / "journal-00000009").write_bytes(
        line_prefix(b"o:1:1:#a") + b"1\t1\t1\t\t :ann!u@h PRIVMSG #a :x\r\n"
    )

    def refuse(*args: object) -> None:
        raise ArchiveUnavailable("planted")

    monkeypatch.setattr(kind, method, refuse)
    with pytest.raises(ConfigError, match="planted"):
        Holdings(config, print)
    monkeypatch.undo()
    with _open(config):
        pass


def _presences(holdings: Holdings) -> list[tuple[object, ...]]:
    assert holdings._writer is not None
    assert holdings._writer.file is not None
    with sqlite3.connect(holdings._writer.file.path) as connection:
        rows = connection.execute("SELECT account_id, room, from_id, to_id FROM presence ORDER BY from_id").fetchall()
    connection.close()
    return rows


def test_a_gap_is_kept_and_closes_earlier_presences(config: Config) -> None:
    config = replace(config, history_days=10_000)
    with _open(config) as first:
        begin = first.positions.first
        first.journal.append(presence_record(line_id(begin, 0), "#a", "a1", is_in=True))
        _say(first, begin + 1, "before")
    with _open(config) as second:
        second.note_gap(begin, begin + 9, 1_700_000_600_000, [("b2", "#a")])
        newest = line_id(begin + 1, 0)
        last = line_id(begin + 10, 0) - 1
        gap = Gap(newest + 1, last, 1_700_000_000_000, 1_700_000_600_000)
        assert second.answer(frozenset({_ERA}), lambda: begin).gaps() == (gap,)
        ended = [row for row in _presences(second) if row[0] == "a1"]
        assert [row[:3] for row in ended] == [("a1", "#a", line_id(begin, 0))]
        assert _presences(second)[-1] == ("b2", "#a", last, None)
    with _open(config) as third:
        assert third.answer(frozenset({_ERA}), lambda: begin).gaps() == (gap,)


def test_positions_that_the_archive_has_are_not_a_gap(config: Config) -> None:
    """As after restoring a recent enough backup."""
    with _open(config) as first:
        begin = first.positions.first
        _say(first, begin + 10, "before")
    with _open(config) as second:
        second.note_gap(begin, begin + 9, 1, [])
        assert second.answer(frozenset({_ERA}), lambda: begin).gaps() == ()


def test_gaps_too_old_to_be_read_are_not_shown(config: Config) -> None:
    with _open(config) as holdings:
        holdings.note_gap(1, 9, 1_700_000_000_000, [])
        assert holdings.answer(frozenset({_ERA}), lambda: 1).gaps() == ()


def test_without_an_archive_there_are_no_gaps(config: Config) -> None:
    with _open(replace(config, history_days=0)) as holdings:
        holdings.note_gap(1, 9, 2_000_000_000_000, [])
        assert holdings.answer(frozenset({_ERA}), lambda: 1).gaps() == ()


def test_unreadable_gaps_are_reported(config: Config) -> None:
    (config.state_dir / "gaps.json").mkdir()
    with pytest.raises(ConfigError, match=r"cannot read .*gaps\.json"):
        Holdings(config, print)
