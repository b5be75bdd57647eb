"""Read markers in the rooms file: set, removed, and loaded in order of their last change."""

from __future__ import annotations

import pytest

from chatcore.server.archive.journal.marker_facts import Change, markers_fact
from chatcore.server.archive.journal.records import FactRecord
from chatcore.server.archive.storage.marker_rows import KeptMarker
from tests.server.archive.rooms_file import RoomsFile


def _fact(id_: int, *changes: Change) -> FactRecord:
    return FactRecord(id_, markers_fact(changes))


def test_the_latest_changed_marker_comes_last(rooms_file: RoomsFile) -> None:
    first = _fact(1, ("a", "#one", "#One", 5), ("a", "#two", "#two", 6), ("b", "account a", "Ann", 7))
    rooms_file.rooms.apply([first, _fact(2, ("a", "#one", "#ONE", 8))])
    rooms_file.rooms.apply([first])
    assert rooms_file.belongings().markers == {
        "a": [KeptMarker("#two", "#two", 6), KeptMarker("#one", "#ONE", 8)],
        "b": [KeptMarker("account a", "Ann", 7)],
    }


def test_a_marker_can_be_removed(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([_fact(1, ("a", "#one", "#one", 5), ("a", "#two", "#two", 6))])
    rooms_file.rooms.apply([_fact(2, ("a", "#one", "#one", None), ("a", "#none", "#none", None))])
    assert rooms_file.belongings().markers == {"a": [KeptMarker("#two", "#two", 6)]}


def test_markers_of_missing_accounts_are_removed(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([_fact(1, ("a", "#one", "#one", 5), ("b", "#one", "#one", 6))])
    assert rooms_file.rooms.load_belongings({"b", "c"}).markers == {"b": [KeptMarker("#one", "#one", 6)]}
    assert rooms_file.belongings().markers == {"b": [KeptMarker("#one", "#one", 6)]}


@pytest.mark.parametrize("changes", [None, [5], [["a", "#one"]], [["a", "#one", "#one", "noon"]]], ids=str)
def test_a_malformed_fact_is_skipped_and_reported(rooms_file: RoomsFile, changes: object) -> None:
    rooms_file.rooms.apply([FactRecord(1, {"fact": "markers", "markers": changes}), _fact(2, ("a", "#two", "#two", 6))])
    assert rooms_file.belongings().markers == {"a": [KeptMarker("#two", "#two", 6)]}
    (text,) = rooms_file.told
    assert text.startswith("A journal record cannot be stored (markers: ")
