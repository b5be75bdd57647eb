"""The accounts file while several processes prepare it at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatcore.errors import AccountsUnavailable
from chatcore.server.access import account_database
from chatcore.server.access.accounts import AccountStore


@pytest.fixture
def another(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process that is preparing the new file, which has no write-ahead log yet."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as another:
        another.execute(account_database._SCHEMA)
        another.execute("BEGIN IMMEDIATE")
        yield another


def test_several_processes_can_prepare_the_file_at_once(
    store: AccountStore, another: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_database, "sleep", lambda _: another.close())
    assert store.add("ann", "secret")
    assert store.names() == ["ann"]


@pytest.mark.usefixtures("another")
def test_waiting_for_another_process_to_prepare_the_file_ends(
    store: AccountStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(account_database, "monotonic", lambda: now[0])
    monkeypatch.setattr(account_database, "sleep", lambda _: now.append(now.pop() + 1))
    with pytest.raises(AccountsUnavailable, match="database is locked"):
        store.add("ann", "secret")
    assert now[0] > 1
