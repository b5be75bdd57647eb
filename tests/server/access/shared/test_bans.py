"""The bans that several trackers share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatcore.cluster.shelves import Shelves
from chatcore.errors import ChatError
from chatcore.server.access.bans import Bans
from chatcore.server.access.shared.bans import BansFile, SharedBans
from chatcore.server.access.shared.mirror import RowMirror
from chatcore.state.records import RowsSet
from chatcore.state.shelf import FOUNDED
from tests.support.shelf import AWAY, LocalShelf


@pytest.fixture
def shelves() -> Shelves:
    return Shelves()


@pytest.fixture
def shelf(shelves: Shelves) -> LocalShelf:
    return LocalShelf("bans", shelves)


@pytest.fixture
def bans(shelf: LocalShelf) -> SharedBans:
    return SharedBans(shelf)


def test_a_ban_on_one_tracker_applies_on_all(bans: SharedBans, shelf: LocalShelf) -> None:
    other = SharedBans(shelf)
    assert bans.add("Ann*")
    assert not other.add("ANN*")
    assert other.add("192.0.2.0/24")
    assert bans.all() == other.all() == ["ann*", "192.0.2.0/24"]
    assert bans.matches("anna", "198.51.100.1")
    assert other.remove("ann*")
    assert not bans.remove("ann*")
    assert not bans.matches("anna", "198.51.100.1")


def test_an_invalid_ban_is_refused_before_it_is_proposed(bans: SharedBans, shelf: LocalShelf) -> None:
    with pytest.raises(ChatError, match="not a username"):
        bans.add("!")
    assert shelf.proposed == []


def test_a_simultaneous_change_by_another_tracker_comes_first(bans: SharedBans, shelf: LocalShelf) -> None:
    shelf.before.append(RowsSet("bans", (("ann", b""),)))
    assert not bans.add("ann")
    assert bans.all() == ["ann"]
    shelf.before.append(RowsSet("bans", (("ann", None),)))
    assert not bans.remove("ann")


def test_constant_conflicting_changes_end_in_an_error(bans: SharedBans, shelf: LocalShelf) -> None:
    shelf.propose = lambda rows, expected=(): False  # type: ignore[method-assign]
    with pytest.raises(ChatError, match="Others change"):
        bans.add("ann")


def test_a_failed_ban_does_not_apply(bans: SharedBans, shelf: LocalShelf) -> None:
    shelf.is_away = True
    with pytest.raises(ChatError, match=AWAY):
        bans.add("ann")
    assert bans.all() == []


def test_new_bans_are_news_once(bans: SharedBans, shelf: LocalShelf) -> None:
    assert not bans.take_news()
    shelf.propose(((FOUNDED, b""),))
    assert not bans.take_news()
    shelf.propose((("ann", b""),))
    assert (bans.take_news(), bans.take_news()) == (True, False)
    shelf.propose((("ann", None),))
    shelf.propose((("bob", None),))
    assert not bans.take_news()


def test_restoring_a_snapshot_restores_its_bans(shelves: Shelves, bans: SharedBans) -> None:
    before = Shelves()
    LocalShelf("bans", before).propose(((FOUNDED, b""), ("ann", b"")))
    bans.add("bob")
    shelves.restore(before.state())
    assert bans.all() == ["ann"]


def test_the_ban_file_of_each_tracker_follows(tmp_path: Path, shelf: LocalShelf) -> None:
    told: list[str] = []
    paths = [tmp_path / name / "bans.json" for name in ("one", "two")]
    Bans(paths[0]).add("ann")
    bans = SharedBans(shelf)
    mirrors = [RowMirror(BansFile(Bans(path), "bans.json"), shelf, told.append, bans.note_brought) for path in paths]
    for mirror in mirrors:
        mirror.found()
    assert bans.all() == ["ann"]
    paths[1].write_text('["ann", "Bob", "192.0.2.1"]')
    mirrors[1].tick()
    bans.remove("ann")
    for mirror in mirrors:
        mirror.tick()
    assert [json.loads(path.read_text()) for path in paths] == [["bob", "192.0.2.1"]] * 2
    assert bans.all() == ["bob", "192.0.2.1"]
    assert (bans.refresh(), bans.refresh()) == ((["bob", "192.0.2.1"], []), ([], []))
    assert told == []


def test_an_unreadable_file_changes_no_ban(tmp_path: Path, shelf: LocalShelf) -> None:
    told: list[str] = []
    path = tmp_path / "bans.json"
    mirror = RowMirror(BansFile(Bans(path), "bans.json"), shelf, told.append)
    mirror.found()
    bans = SharedBans(shelf)
    bans.add("ann")
    mirror.tick()
    path.write_text("[")
    mirror.tick()
    mirror.tick()
    assert bans.all() == ["ann"]
    assert len(told) == 1
    assert bans.refresh() == ([], [])
