"""The public keys of accounts: a table in their file, made with the first key. In a transaction of the caller."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from chatcore.errors import ChatError
from chatcore.protocol.public_keys import PublicKey
from chatcore.server.access.account_database import has_table

MAX_KEYS = 20
"""Of one account."""

Keys = tuple[PublicKey, ...]
"""Of one account, the oldest first."""

_TABLE = "account_key"
_SCHEMA = f"""\
CREATE TABLE IF NOT EXISTS {_TABLE} (
    account BLOB NOT NULL, key BLOB NOT NULL, comment TEXT NOT NULL, PRIMARY KEY (account, key)
) STRICT"""
_GONE = f"""\
CREATE TRIGGER IF NOT EXISTS {_TABLE}_gone AFTER DELETE ON account
BEGIN DELETE FROM {_TABLE} WHERE account = OLD.id; END"""
"""Keys go with their account whoever removes it, an earlier version too."""
_OWNER = f"SELECT name FROM {_TABLE} JOIN account ON account.id = {_TABLE}.account WHERE key = ? AND id != ?"


def read_keys(connection: sqlite3.Connection) -> dict[str, Keys]:
    """Return all keys, by the ids of their accounts."""
    found: dict[str, Keys] = {}
    if has_table(connection, _TABLE):
        for account, blob, comment in connection.execute(
            f"SELECT lower(hex(account)), key, comment FROM {_TABLE} ORDER BY rowid"
        ):
            found[account] = (*found.get(account, ()), PublicKey(blob, comment))
    return found


def add_keys(connection: sqlite3.Connection, account: bytes, keys: Iterable[PublicKey]) -> int:
    """Give the account of this id keys; return how many it did not have. Raises ChatError, in words for the operator.

    No two accounts get the same: whose it is would be a question without an answer.
    """
    put_keys(connection, account, ())
    before = _count(connection, account)
    for key in keys:
        if owner := connection.execute(_OWNER, (key.blob, account)).fetchone():
            raise ChatError(f"{key.fingerprint} is a key of {owner[0]}, and a key is one account's")
        put_keys(connection, account, (key,))
    after = _count(connection, account)
    if after > max(before, MAX_KEYS):
        raise ChatError(f"an account has at most {MAX_KEYS} keys, and these would be {after}: remove some first")
    return after - before


def put_keys(connection: sqlite3.Connection, account: bytes, keys: Iterable[PublicKey]) -> None:
    """Have the account of this id have these keys too, whatever others have."""
    connection.execute(_SCHEMA)
    connection.execute(_GONE)
    rows = ((account, key.blob, key.comment) for key in keys)
    connection.executemany(f"INSERT OR IGNORE INTO {_TABLE} VALUES (?, ?, ?)", rows)


def remove_keys(connection: sqlite3.Connection, account: bytes, keys: Iterable[PublicKey]) -> None:
    """Take these keys away from the account of this id."""
    if not has_table(connection, _TABLE):
        return
    rows = ((account, key.blob) for key in keys)
    connection.executemany(f"DELETE FROM {_TABLE} WHERE account = ? AND key = ?", rows)


def _count(connection: sqlite3.Connection, account: bytes) -> int:
    found: int = connection.execute(f"SELECT count(*) FROM {_TABLE} WHERE account = ?", (account,)).fetchone()[0]
    return found
