"""METADATA of accounts in the rooms file: facts are applied once, and loaded."""

from __future__ import annotations

from typing import Any

import pytest

from chatcore.server.archive.journal.metadata_facts import said_by
from chatcore.server.archive.journal.records import FactRecord
from tests.server.archive.rooms_file import RoomsFile


def _said(id_: int, account_id: str, key: str, value: str) -> FactRecord:
    return FactRecord(id_, said_by(account_id, key, value))


def test_the_latest_values_survive_a_restart(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([_said(1, "a", "url", "x")])
    rooms_file.rooms.apply([_said(2, "a", "note", "y")])
    rooms_file.rooms.apply([_said(3, "b", "url", "z")])
    rooms_file.rooms.apply([_said(4, "a", "url", "new")])
    rooms_file.rooms.apply([_said(5, "a", "note", "")])
    rooms_file.rooms.apply([_said(5, "a", "url", "again")])
    assert rooms_file.reopen().metadata == {"a": {"url": "new"}, "b": {"url": "z"}}
    assert rooms_file.told == []


def test_metadata_of_missing_accounts_is_deleted(rooms_file: RoomsFile) -> None:
    rooms_file.rooms.apply([_said(1, "a", "url", "x")])
    rooms_file.rooms.apply([_said(2, "b", "url", "a secret")])
    assert rooms_file.rooms.load_belongings({"a"}).metadata == {"a": {"url": "x"}}
    assert rooms_file.reopen().metadata == {"a": {"url": "x"}}
    assert b"a secret" not in rooms_file.read()


@pytest.mark.parametrize("data", [{}, {"account": "a", "key": "url"}, {"account": None, "key": "url", "value": "x"}])
def test_a_malformed_fact_is_skipped_and_reported(rooms_file: RoomsFile, data: dict[str, Any]) -> None:
    rooms_file.rooms.apply([FactRecord(1, {"fact": "said", **data}), _said(2, "b", "url", "x")])
    assert rooms_file.belongings().metadata == {"b": {"url": "x"}}
    assert len(rooms_file.told) == 1
