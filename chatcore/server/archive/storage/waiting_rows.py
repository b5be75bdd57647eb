"""The table of messages that wait for accounts, in the file of `rooms`. Runs in the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from typing import Any

from chatcore.server.archive.journal import waiting_facts
from chatcore.state.erasure import Erasure
from chatcore.state.history import Recorded

SCHEMA = """\
CREATE TABLE IF NOT EXISTS waiting (
    id INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, order_ms INTEGER NOT NULL, source TEXT NOT NULL, account TEXT,
    tags TEXT NOT NULL, rest TEXT NOT NULL, for_account TEXT NOT NULL
) STRICT;
"""

WaitingMessages = dict[str, list[Recorded]]
"""By the account (id) that they wait for; the oldest message comes first."""


def load(connection: sqlite3.Connection, accounts: Collection[str] | None) -> WaitingMessages:
    """Return the messages that wait for these accounts (ids), and delete all others; None stands for all accounts."""
    found: WaitingMessages = {}
    for *line, account_id in connection.execute("SELECT * FROM waiting ORDER BY id").fetchall():
        if accounts is None or account_id in accounts:
            found.setdefault(account_id, []).append(Recorded(*line))
        else:
            connection.execute("DELETE FROM waiting WHERE id = ?", (line[0],))
    return found


def forget_before(connection: sqlite3.Connection, order_ms: int) -> None:
    """Delete the messages from before this order time (Unix, ms)."""
    connection.execute("DELETE FROM waiting WHERE order_ms < ?", (order_ms,))


def erase(connection: sqlite3.Connection, erasure: Erasure, up_to: int) -> int:
    """Delete the matching messages up to this id; return their number."""
    messages = (Recorded(*line) for *line, _ in connection.execute("SELECT * FROM waiting").fetchall())
    lost = [message.id for message in messages if waiting_facts.is_erased(message, erasure, up_to)]
    connection.executemany("DELETE FROM waiting WHERE id = ?", ((id_,) for id_ in lost))
    return len(lost)


def _add(connection: sqlite3.Connection, id_: int, data: dict[str, Any]) -> None:
    line = waiting_facts.message_of(id_, data)
    connection.execute("INSERT OR REPLACE INTO waiting VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*line[:7], data["account"]))


def _remove(connection: sqlite3.Connection, id_: int, data: dict[str, Any]) -> None:
    connection.executemany(
        "DELETE FROM waiting WHERE id = ? AND for_account = ?", ((each, data["account"]) for each in data["ids"])
    )


APPLIERS: dict[str, Callable[[sqlite3.Connection, int, dict[str, Any]], None]] = {
    waiting_facts.WAITS: _add,
    waiting_facts.GIVEN: _remove,
}
"""By the kind of fact."""
