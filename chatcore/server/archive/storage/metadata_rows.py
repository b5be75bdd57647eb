"""The tables of METADATA of accounts and rooms, in the file of `rooms`. Runs in the caller's transaction.

Changes of rooms are applied by `room_rows`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from typing import Any

from chatcore.server.archive.journal import metadata_facts

SCHEMA = """\
CREATE TABLE IF NOT EXISTS room_metadata (
    instance INTEGER NOT NULL REFERENCES room ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (instance, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS account_metadata (
    account TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
"""

SaidByAccounts = dict[str, dict[str, str]]
"""Values by account (id) and key."""


def load(connection: sqlite3.Connection, accounts: Collection[str] | None) -> SaidByAccounts:
    """Return the METADATA of these accounts (ids), and delete all others; None stands for all accounts."""
    found: SaidByAccounts = {}
    for account, key, value in connection.execute("SELECT account, key, value FROM account_metadata").fetchall():
        if accounts is None or account in accounts:
            found.setdefault(account, {})[key] = value
        else:
            connection.execute("DELETE FROM account_metadata WHERE account = ?", (account,))
    return found


def _say(connection: sqlite3.Connection, id_: int, data: dict[str, Any]) -> None:
    account, key, value = data["account"], data["key"], data["value"]
    if value:
        connection.execute("INSERT OR REPLACE INTO account_metadata VALUES (?, ?, ?)", (account, key, value))
    else:
        connection.execute("DELETE FROM account_metadata WHERE account = ? AND key = ?", (account, key))


APPLIERS: dict[str, Callable[[sqlite3.Connection, int, dict[str, Any]], None]] = {
    metadata_facts.SAID: _say,
}
"""By the kind of fact."""
