"""Applies each change of a room (`room_facts`) to the tables of `rooms`. Runs in the caller's transaction.

A change of a room that has ended does nothing.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any

from chatcore.protocol.modes import CHANNEL_MODES, Kind
from chatcore.protocol.names import casefold
from chatcore.server.archive.journal import room_facts
from chatcore.state.channel import Listed, Topic
from chatcore.state.dormant import DormantRoom
from chatcore.state.history import MAX_FORMER_NAMES, FormerName
from chatcore.state.metadata import NONE

LATER_TABLES = """\
CREATE TABLE IF NOT EXISTS former_name (
    number INTEGER PRIMARY KEY, instance INTEGER NOT NULL REFERENCES room ON DELETE CASCADE,
    folded TEXT NOT NULL, up_to INTEGER NOT NULL
) STRICT;
"""
"""The tables that a file of version 1 lacks."""

_FORGET_FORMER = (
    "DELETE FROM former_name WHERE instance = ?1 AND number NOT IN "
    "(SELECT number FROM former_name WHERE instance = ?1 ORDER BY number DESC LIMIT ?2)"
)


def _begin(connection: sqlite3.Connection, instance: int, name: str, created_at: int, flags: str) -> None:
    _remove(connection, "folded", casefold(name))  # a room whose end was lost
    _remove(connection, "instance", instance)
    connection.execute(
        "INSERT INTO room (instance, folded, name, created_at) VALUES (?, ?, ?, ?)",
        (instance, casefold(name), name, created_at),
    )
    connection.executemany(
        "INSERT INTO mode (instance, letter) VALUES (?, ?)", ((instance, letter) for letter in flags)
    )


def _remove(connection: sqlite3.Connection, column: str, value: object) -> None:
    connection.execute(f"DELETE FROM room WHERE {column} = ?", (value,))


def _return(connection: sqlite3.Connection, instance: int) -> None:
    connection.execute("UPDATE room SET dormant_since = NULL WHERE instance = ?", (instance,))


def _sleep(connection: sqlite3.Connection, instance: int, since: float) -> None:
    connection.execute("UPDATE room SET dormant_since = ? WHERE instance = ?", (since, instance))


def _rename(connection: sqlite3.Connection, instance: int, name: str, at: int) -> None:
    folded = casefold(name)
    connection.execute(
        "INSERT INTO former_name (instance, folded, up_to) "
        "SELECT instance, folded, ?2 FROM room WHERE instance = ?1 AND folded <> ?3",
        (instance, at - 1, folded),
    )
    connection.execute(_FORGET_FORMER, (instance, MAX_FORMER_NAMES))
    # Another room of this name has ended, and its end was lost.
    connection.execute("DELETE FROM room WHERE folded = ? AND instance <> ?", (folded, instance))
    connection.execute("UPDATE room SET name = ?, folded = ? WHERE instance = ?", (name, folded, instance))


def _note_former(connection: sqlite3.Connection, instance: int, folded: str, up_to: int) -> None:
    connection.execute("INSERT INTO former_name (instance, folded, up_to) VALUES (?, ?, ?)", (instance, folded, up_to))


def _set_topic(connection: sqlite3.Connection, instance: int, topic: Sequence[Any] | None) -> None:
    text, setter, set_at = topic or (None, None, None)
    connection.execute(
        "UPDATE room SET topic = ?, topic_setter = ?, topic_set_at = ? WHERE instance = ?",
        (text, setter, set_at, instance),
    )


def _set_metadata(connection: sqlite3.Connection, instance: int, key: str, value: str) -> None:
    if value:
        _put(connection, "room_metadata (instance, key, value)", instance, key, value)
    else:
        connection.execute("DELETE FROM room_metadata WHERE instance = ? AND key = ?", (instance, key))


def _change_modes(
    connection: sqlite3.Connection, instance: int, changes: Sequence[Any], setter: str, set_at: int
) -> None:
    for is_adding, letter, value in changes:
        if CHANNEL_MODES[letter].kind is Kind.LIST:
            _change_list(connection, instance, letter, value, (setter, set_at) if is_adding else None)
        elif is_adding:
            _put(connection, "mode (instance, letter, value)", instance, letter, value)
        else:
            connection.execute("DELETE FROM mode WHERE instance = ? AND letter = ?", (instance, letter))


def _change_list(
    connection: sqlite3.Connection, instance: int, letter: str, mask: str, made: tuple[str, int] | None
) -> None:
    key = instance, letter, casefold(mask)
    connection.execute("DELETE FROM listed WHERE instance = ? AND letter = ? AND folded = ?", key)
    if made is not None:
        _put(connection, "listed (instance, letter, folded, mask, setter, set_at)", *key, mask, *made)


def _set_account(connection: sqlite3.Connection, instance: int, account_id: str, letters: str | None) -> None:
    if letters is None:
        connection.execute("DELETE FROM account WHERE instance = ? AND id = ?", (instance, account_id))
    else:
        _put(connection, "account (instance, id, letters)", instance, account_id, letters)


def forget_visits(connection: sqlite3.Connection, kept: Collection[str]) -> None:
    """Forget the members without an account, except these visits (identities)."""
    present = connection.execute("SELECT DISTINCT id FROM account WHERE id LIKE 'visit %'").fetchall()
    over = [(identity,) for (identity,) in present if identity not in kept]
    connection.executemany("DELETE FROM account WHERE id = ?", over)


def _put(connection: sqlite3.Connection, target: str, instance: int, *values: object) -> None:
    """Insert or replace a row about a room, if the room exists."""
    marks = ", ".join("?" * (len(values) + 1))
    connection.execute(
        f"INSERT OR REPLACE INTO {target} SELECT {marks} WHERE EXISTS (SELECT 1 FROM room WHERE instance = ?)",
        (instance, *values, instance),
    )


def load(connection: sqlite3.Connection, now: float) -> list[DormantRoom]:
    """Return all rooms. Rooms that had members when the tracker ended are dormant since `now` (Unix time, s)."""
    modes = _by_room(connection, "SELECT instance, letter, value FROM mode")
    listed = _by_room(connection, "SELECT instance, letter, mask, setter, set_at FROM listed ORDER BY number")
    accounts = _by_room(connection, "SELECT instance, id, letters FROM account")
    former = _by_room(connection, "SELECT instance, folded, up_to FROM former_name ORDER BY number")
    metadata = _by_room(connection, "SELECT instance, key, value FROM room_metadata")
    return [
        DormantRoom(
            name,
            instance,
            created_at,
            frozenset(letter for letter, value in modes[instance] if value is None),
            {letter: value for letter, value in modes[instance] if value is not None},
            _lists(listed[instance]),
            None if text is None else Topic(text, setter, set_at),
            dict(accounts[instance]),
            since,
            tuple(FormerName(*name) for name in former[instance]),
            dict(metadata[instance]) or NONE,
        )
        for instance, name, created_at, text, setter, set_at, since in connection.execute(
            "SELECT instance, name, created_at, topic, topic_setter, topic_set_at, coalesce(dormant_since, ?) "
            "FROM room ORDER BY instance",
            (now,),
        )
    ]


def _by_room(connection: sqlite3.Connection, query: str) -> dict[int, list[tuple[Any, ...]]]:
    """Return the rows of a query by room, without the room's number."""
    rows: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for instance, *row in connection.execute(query):
        rows[instance].append(tuple(row))
    return rows


def _lists(rows: list[tuple[Any, ...]]) -> dict[str, tuple[Listed, ...]]:
    lists: dict[str, tuple[Listed, ...]] = {}
    for letter, *entry in rows:
        lists[letter] = (*lists.get(letter, ()), Listed(*entry))
    return lists


APPLIERS: dict[str, Callable[..., None]] = {
    room_facts.BEGAN: _begin,
    room_facts.RETURNED: _return,
    room_facts.SLEPT: _sleep,
    room_facts.RENAMED: _rename,
    room_facts.FORMER: _note_former,
    room_facts.ENDED: lambda connection, instance: _remove(connection, "instance", instance),
    room_facts.TOPIC: _set_topic,
    room_facts.METADATA: _set_metadata,
    room_facts.MODES: _change_modes,
    room_facts.ACCOUNT: _set_account,
}
"""By verb."""
