"""The table of accounts' read markers, in the file of `rooms`. Runs in the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from chatcore.server.archive.journal import marker_facts

SCHEMA = """\
CREATE TABLE IF NOT EXISTS marker (
    number INTEGER PRIMARY KEY, account TEXT NOT NULL, place TEXT NOT NULL, name TEXT NOT NULL,
    time_ms INTEGER NOT NULL, UNIQUE (account, place)
) STRICT;
"""


class KeptMarker(NamedTuple):
    """A stored marker: see `marker_facts`."""

    place: str
    name: str
    time_ms: int


KeptMarkers = dict[str, list[KeptMarker]]
"""By account (id); the least recently changed marker comes first."""


def load(connection: sqlite3.Connection, accounts: Collection[str] | None) -> KeptMarkers:
    """Return the markers of these accounts (ids), and delete all others; None stands for all accounts."""
    found: KeptMarkers = {}
    for account_id, *marker in connection.execute(
        "SELECT account, place, name, time_ms FROM marker ORDER BY number"
    ).fetchall():
        found.setdefault(account_id, []).append(KeptMarker(*marker))
    for account_id in found.keys() - (accounts if accounts is not None else found.keys()):
        del found[account_id]
        connection.execute("DELETE FROM marker WHERE account = ?", (account_id,))
    return found


def _set(connection: sqlite3.Connection, id_: int, data: dict[str, Any]) -> None:
    for account_id, place, name, time_ms in data["markers"]:
        connection.execute("DELETE FROM marker WHERE account = ? AND place = ?", (account_id, place))
        if time_ms is not None:
            connection.execute(
                "INSERT INTO marker (account, place, name, time_ms) VALUES (?, ?, ?, ?)",
                (account_id, place, name, time_ms),
            )


APPLIERS: dict[str, Callable[[sqlite3.Connection, int, dict[str, Any]], None]] = {marker_facts.MARKERS: _set}
"""By the kind of fact."""
