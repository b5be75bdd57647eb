"""The operator finds every message, readable by members or not, with or without a running tracker."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from chatcore.errors import NothingToFind
from chatcore.protocol.search_terms import SearchTerms, parse_search
from chatcore.server.archive.reading import operator_search
from chatcore.server.archive.reading.operator_search import Found, OperatorSearch
from chatcore.server.archive.storage import schema
from chatcore.server.archive.storage.files import files_in
from chatcore.server.archive.storage.rewriting import rewrite
from tests.server.archive.shelf import DAY_MS, NOON_MS, Shelf, closed_room, dialog, open_room, said


@pytest.fixture
def filled(shelf: Shelf) -> Shelf:
    """Two months with lines of every kind, all still in the write-ahead logs."""
    shelf.now_ms = NOON_MS
    shelf.enter("#a", "ann")
    for day in range(2):
        ms = NOON_MS + day * DAY_MS
        shelf.say(f"green tea {day}", open_room("#A"), by="Eve", ms=ms)
        shelf.say(f"tea 秘密 {day}", closed_room("#a", era=5), by="bert", account="EVE", ms=ms)
        shelf.say(f"tea of bob {day}", open_room("#bob", instance=8), by="zed", ms=ms)
        shelf.say(f"tea for two {day}", dialog("account ann", "account bob"), by="ann", ms=ms)
        shelf.say("", open_room("#a"), event="TOPIC #a :tea", by="eve", ms=ms)
    return shelf


def _find(shelf: Shelf, typed: str, limit: int = 100) -> list[str]:
    found = OperatorSearch(parse_search(typed.split()), limit).run(shelf.folder)
    assert found.problems == []
    return [said(line) for line in found.lines]


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("green", ["green tea 0", "green tea 1"]),
        ("密", ["tea 秘密 0", "tea 秘密 1"]),
        ("gre* 1", ["green tea 1"]),
        ("tea from:eve", ["green tea 0", "tea 秘密 0", "green tea 1", "tea 秘密 1"]),
        ("in:#a tea 0", ["green tea 0", "tea 秘密 0"]),
        ("in:a tea 0", ["green tea 0", "tea 秘密 0"]),
        ("in:#A", ["green tea 0", "tea 秘密 0", "green tea 1", "tea 秘密 1"]),
        ("in:Bob 0", ["tea of bob 0", "tea for two 0"]),
        ("in:#bob 0", ["tea of bob 0"]),
        ("in:ann", ["tea for two 0", "tea for two 1"]),
        ("in:nobody tea", []),
        ("from:nobody", []),
        ("before:2026-11-01T12:00Z green", ["green tea 0"]),
        ("after:2026-11-01T12:00Z green", ["green tea 1"]),
        ("after:2026-11-01T12:00Z", ["green tea 1", "tea 秘密 1", "tea of bob 1", "tea for two 1"]),
        ("after:2026-11-01T12:00:01Z", []),
        ("tea OR ) NEAR(", []),
    ],
)
def test_search_terms_find_the_matching_messages(filled: Shelf, typed: str, texts: list[str]) -> None:
    assert _find(filled, typed) == texts


def test_only_the_newest_matches_are_returned(filled: Shelf) -> None:
    assert _find(filled, "tea", 3) == ["tea 秘密 1", "tea of bob 1", "tea for two 1"]
    assert _find(filled, "tea", 5) == ["tea for two 0", "green tea 1", "tea 秘密 1", "tea of bob 1", "tea for two 1"]


def test_a_room_closed_very_often_is_searched_too(filled: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operator_search, "_MAX_TOKENS", 1)
    assert _find(filled, "in:#a tea 0") == ["green tea 0", "tea 秘密 0"]


@pytest.mark.parametrize("typed", ["", "!!!", "!!! from:eve"])
def test_a_search_without_terms_is_refused(typed: str) -> None:
    with pytest.raises(NothingToFind):
        OperatorSearch(parse_search(typed.split()), 5)


def test_it_needs_no_tracker_and_changes_nothing(filled: Shelf) -> None:
    filled.close()
    before = {path.name: path.read_bytes() for path in filled.folder.iterdir()}
    assert _find(filled, "green") == ["green tea 0", "green tea 1"]
    assert {path.name: path.read_bytes() for path in filled.folder.iterdir()} == before


def test_a_file_rewritten_during_the_search_is_searched_again(filled: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[int] = []

    def list_files(folder: Path) -> list[object]:
        found = files_in(folder)
        listed.append(len(found))
        if len(listed) == 1:
            for file in filled.files.all():
                rewrite(filled.files, filled.writer, file, lambda record: "0" not in record.line.rest, lambda *_: True)
        return [*found]

    monkeypatch.setattr(operator_search, "files_in", list_files)
    assert _find(filled, "green") == ["green tea 1"]
    assert listed == [2, 2]


def test_the_search_gives_up_on_constantly_changing_files(filled: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = files_in(filled.folder)[-1]
    monkeypatch.setattr(operator_search, "files_in", lambda folder: [gone])
    filled.close()
    gone.path.unlink()
    found = OperatorSearch(SearchTerms(("tea",)), 5).run(filled.folder)
    assert found == Found([], ["the tracker keeps changing its files: try again"])


def test_unsearchable_files_are_reported_and_others_searched(
    filled: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "history-2026-09.sqlite").write_bytes(b"x" * 5000)
    sqlite3.connect(tmp_path / "history-2026-12.sqlite").close()
    found = OperatorSearch(SearchTerms(("green",)), 5).run(tmp_path)
    assert [said(line) for line in found.lines] == ["green tea 0", "green tea 1"]
    first, second = found.problems
    assert first.startswith("history-2026-12.sqlite cannot be searched: ")
    assert second.startswith("history-2026-09.sqlite cannot be searched: ")
    monkeypatch.setattr(schema, "is_indexed", lambda connection: False)
    found = OperatorSearch(SearchTerms(("green",)), 5).run(tmp_path)
    assert found.lines == []
    assert "it was written by a Python whose SQLite has no FTS5" in found.problems[1]


def test_only_the_newest_revision_of_a_file_is_searched(tmp_path: Path) -> None:
    for name in (
        "history-2026-11.2.sqlite",
        "history-2026-11.sqlite",
        "history-2026-11.1.sqlite",
        "history-2026-11-2.sqlite",
        "history-2026-11-2.1.sqlite.new",
        "history-2026-10.sqlite",
        "history-2026-10.sqlite.aside",
    ):
        (tmp_path / name).touch()
    names = [file.path.name for file in files_in(tmp_path)]
    assert names == ["history-2026-10.sqlite", "history-2026-11.2.sqlite", "history-2026-11-2.sqlite"]
