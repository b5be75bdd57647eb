"""The public keys of accounts: a table in the accounts' file, created with the first key.

Functions that change it run in the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from chatcore.errors import ChatError
from chatcore.protocol.public_keys import PublicKey
from chatcore.server.access.account_database import has_table

MAX_KEYS = 20
"""How many keys one account may have."""

Keys = tuple[PublicKey, ...]
"""The keys of one account, the oldest first."""

_TABLE = "account_key"
_SCHEMA = f"""\
CREATE TABLE IF NOT EXISTS {_TABLE} (
    account BLOB NOT NULL, key BLOB NOT NULL, comment TEXT NOT NULL, PRIMARY KEY (account, key)
) STRICT"""
_GONE = f"""\
CREATE TRIGGER IF NOT EXISTS {_TABLE}_gone AFTER DELETE ON account
BEGIN DELETE FROM {_TABLE} WHERE account = OLD.id; END"""
"""Keys are removed with their account, even if an earlier version removes it."""
_OWNER = f"SELECT name FROM {_TABLE} JOIN account ON account.id = {_TABLE}.account WHERE key = ? AND id != ?"


def read_keys(connection: sqlite3.Connection) -> dict[str, Keys]:
    """Return all keys, by account id."""
    found: dict[str, Keys] = {}
    if has_table(connection, _TABLE):
        for account, blob, comment in connection.execute(
            f"SELECT lower(hex(account)), key, comment FROM {_TABLE} ORDER BY rowid"
        ):
            found[account] = (*found.get(account, ()), PublicKey(blob, comment))
    return found


def add_keys(connection: sqlite3.Connection, account: bytes, keys: Iterable[PublicKey]) -> int:
    """Give the account with this id keys; return how many are new to it. Raises ChatError in words for the operator.

    No two accounts may have the same key: it could not be told whose it is.
    """
    put_keys(connection, account, ())
    before = _count(connection, account)
    for key in keys:
        if owner := connection.execute(_OWNER, (key.blob, account)).fetchone():
            raise ChatError(f"{key.fingerprint} is a key of {owner[0]}, and two accounts cannot share a key")
        put_keys(connection, account, (key,))
    after = _count(connection, account)
    if after > max(before, MAX_KEYS):
        raise ChatError(f"an account can have at most {MAX_KEYS} keys, and this would make {after}: remove some first")
    return after - before


def put_keys(connection: sqlite3.Connection, account: bytes, keys: Iterable[PublicKey]) -> None:
    """Give the account with this id these keys, even if other accounts have them."""
    connection.execute(_SCHEMA)
    connection.execute(_GONE)
    rows = ((account, key.blob, key.comment) for key in keys)
    connection.executemany(f"INSERT OR IGNORE INTO {_TABLE} VALUES (?, ?, ?)", rows)


def remove_keys(connection: sqlite3.Connection, account: bytes, keys: Iterable[PublicKey]) -> None:
    """Take these keys away from the account with this id."""
    if not has_table(connection, _TABLE):
        return
    rows = ((account, key.blob) for key in keys)
    connection.executemany(f"DELETE FROM {_TABLE} WHERE account = ? AND key = ?", rows)


def _count(connection: sqlite3.Connection, account: bytes) -> int:
    found: int = connection.execute(f"SELECT count(*) FROM {_TABLE} WHERE account = ?", (account,)).fetchone()[0]
    return found
