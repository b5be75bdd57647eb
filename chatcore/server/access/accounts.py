"""Accounts: ids, names and SCRAM credentials in SQLite, in the state folder. A password is never stored.

A running tracker and the command line (`chat-tracker account`) share the file, so a change takes effect at once. The
file is opened for each read and each change, then closed: at rest there is one complete file that can be copied or
replaced. A tracker caches the accounts until the file changes.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic, time_ns
from typing import NamedTuple

from scramp import ScramException, ScramMechanism

from chatcore.errors import AccountsUnavailable, ChatError
from chatcore.protocol.invitations import id_of
from chatcore.protocol.names import casefold
from chatcore.protocol.public_keys import PublicKey
from chatcore.protocol.sasl import SCRAM
from chatcore.server.access.account_database import (
    COLUMNS,
    ID_BYTES,
    RIGHTS_SCHEMA,
    has_table,
    open_database,
    transaction,
)
from chatcore.server.access.account_keys import Keys, add_keys, put_keys, read_keys, remove_keys
from chatcore.server.access.database_signature import Signature, signature_of
from chatcore.state.credentials import Credentials, Right
from chatcore.transport.private_files import make_private, make_private_folder

ACCOUNTS_FILE = "accounts.sqlite"
ITERATIONS = 32_768
"""A login takes about 10 ms, and so does each guess with a stolen file or a recorded login."""

_SCRAM = ScramMechanism(SCRAM)
_NEW = """\
INSERT OR IGNORE INTO account (folded, name, salt, stored_key, server_key, iterations, id)
VALUES (?, ?, ?, ?, ?, ?, ?)"""
_ID_OF = "SELECT id FROM account WHERE folded = ?"
_READ_WAIT_S = 0.5  # for a locked file: readers wait for a writer only while it closes the file
_FIRST_WAIT_S = 5.0  # for a locked file at a tracker's start, and in a command
_CLIENT_WAIT_S = 1.0  # for a locked file when a client makes an account: others may be doing so too
_RETRY_S = 1.0
_SETTLED_NS = 100_000_000  # a file changed more recently may change again with the same time stamp


class Account(NamedTuple):
    """All that is stored about an account."""

    credentials: Credentials
    rights: tuple[Right, ...] = ()
    keys: Keys = ()


class AccountStore:
    """The accounts of one state folder. Any thread. The file appears with the first account."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._decoy_secret = secrets.token_bytes(32)
        self._lock = threading.Lock()  # guards the attributes below and reading the file
        self._accounts: Mapping[str, Credentials] = {}  # by casefolded name; replaced as a whole
        self._rights: frozenset[tuple[str, str]] = frozenset()  # (account id, right)
        self._keys: Mapping[str, Keys] = {}  # by account id
        self._signature: Signature | None = None
        self.has_had_any = False  # whether any account was ever read or made: if not, nobody is logged in
        self._is_settled = False
        self._problem = ""
        self._retry_at = 0.0

    def find(self, name: str) -> Credentials | None:
        """Return an account's credentials. Raises AccountsUnavailable."""
        return self.all().get(casefold(name))

    def all(self) -> Mapping[str, Credentials]:
        """Return all accounts in the file, by casefolded name.

        Raises AccountsUnavailable if the file cannot be read. For a second after that it raises without trying, so that
        threads do not queue up in vain.
        """
        with self._lock:
            if self._problem and monotonic() < self._retry_at:
                raise AccountsUnavailable(self._problem)
            try:
                with self._errors_told():
                    self._refresh_locked()
            except AccountsUnavailable as error:
                self._problem, self._retry_at = str(error), monotonic() + _RETRY_S
                raise
            self._problem = ""
            return self._accounts

    def decoy(self, name: str) -> Credentials:
        """Return credentials that no password matches, for an unknown name when there is no server password."""
        seed = hashlib.sha256(self.decoy_secret() + casefold(name).encode()).digest()
        return Credentials(None, seed, secrets.token_bytes(32), secrets.token_bytes(32), ITERATIONS)

    def decoy_secret(self) -> bytes:
        """Return the secret that decoys are derived from, so that a name always gets the same one."""
        return self._decoy_secret

    def names(self) -> list[str]:
        """Return the names of all accounts, sorted. Raises AccountsUnavailable."""
        return [found.account or "" for _, found in sorted(self.all().items())]

    def add(self, name: str, password: str) -> bool:
        """Add an account; return False if the name is taken. Raises ChatError for an impossible password."""
        return self.keep(new_credentials(name, password), _FIRST_WAIT_S)

    def keep(self, new: Credentials, wait_s: float = _CLIENT_WAIT_S) -> bool:
        """Store a new account's credentials on disk; return False if the name is taken."""
        name = new.account or ""
        self._make_file()
        return self._change(_NEW, (casefold(name), name, *new[1:5], bytes.fromhex(new.account_id)), wait_s)

    def _make_file(self) -> None:
        with self._errors_told():
            make_private_folder(self._path.parent)
            self._path.touch(mode=0o600)  # SQLite gives its other files the same mode
        self.has_had_any = True

    def set_password(self, name: str, password: str) -> bool:
        """Change an account's password; return False if there is no such account. Raises ChatError like `add`."""
        keys = _derive(password)
        return self._change(
            "UPDATE account SET salt = ?, stored_key = ?, server_key = ?, iterations = ? WHERE folded = ?",
            (*keys, casefold(name)),
        )

    def remove(self, name: str) -> bool:
        """Remove an account and its keys; return False if there is no such account."""
        return self._change("DELETE FROM account WHERE folded = ?", (casefold(name),))

    def rights(self, account_id: str) -> list[Right]:
        """Return the special rights of an account. Raises AccountsUnavailable."""
        self.all()
        return [right for right in Right if (account_id, right.value) in self._rights]

    def allow(self, name: str, right: Right) -> bool:
        """Give an account a right; return False if there is no such account, or it already has the right."""
        with self._errors_told():
            if self._path.exists():
                with closing(open_database(self._path, _FIRST_WAIT_S)) as connection:
                    connection.execute(RIGHTS_SCHEMA)
        return self._change(
            "INSERT OR IGNORE INTO account_right SELECT id, ? FROM account WHERE folded = ?",
            (right.value, casefold(name)),
        )

    def deny(self, name: str, right: Right) -> bool:
        """Take a right away; return False if the account does not have it."""
        found = self.find(name)
        if found is None or right not in self.rights(found.account_id):
            return False
        return self._change(
            "DELETE FROM account_right WHERE account = ? AND held = ?", (bytes.fromhex(found.account_id), right.value)
        )

    def keys(self, account_id: str) -> Keys:
        """Return the public keys that log in to an account. Raises AccountsUnavailable."""
        self.all()
        return self._keys.get(account_id, ())

    def add_keys(self, name: str, keys: Iterable[PublicKey]) -> int:
        """Give an account all of these keys, or none; return how many are new to it.

        Raises ChatError in words for the operator, for instance if a key is another account's.
        """
        with self._changing(name) as (connection, account):
            return add_keys(connection, account, keys)

    def remove_keys(self, name: str, keys: Iterable[PublicKey]) -> None:
        """Take keys away from an account. Raises ChatError if there is no such account."""
        with self._changing(name) as (connection, account):
            remove_keys(connection, account, keys)

    def accounts(self) -> dict[str, Account]:
        """Return everything about all accounts, by casefolded name, as `all` last found it."""
        return {folded: self._account(found) for folded, found in self._accounts.items()}

    def _account(self, found: Credentials) -> Account:
        rights = tuple(right for right in Right if (found.account_id, right.value) in self._rights)
        return Account(found, rights, self._keys.get(found.account_id, ()))

    def replace(self, changes: Iterable[tuple[str, Account | None]]) -> None:
        """Set these accounts, by casefolded name, or remove those that are None. All of it is done, or nothing."""
        self._make_file()
        with self._errors_told(), transaction(self._path, _FIRST_WAIT_S) as connection:
            connection.execute(RIGHTS_SCHEMA)
            for folded, now in changes:
                connection.execute(f"DELETE FROM account_right WHERE account IN ({_ID_OF})", (folded,))
                connection.execute("DELETE FROM account WHERE folded = ?", (folded,))
                if now is not None:
                    _put(connection, folded, now)

    def close(self) -> None:
        """Forget the cached accounts. The file is already closed."""
        with self._lock:
            self._accounts, self._rights, self._keys, self._signature = {}, frozenset(), {}, None

    def _change(self, statement: str, values: tuple[object, ...], wait_s: float = _FIRST_WAIT_S) -> bool:
        """Carry out one change; return whether anything changed."""
        with self._errors_told():
            if not self._path.exists():
                return False
            with suppress(OSError):  # another user's file, which is theirs to protect
                make_private(self._path)
            with closing(open_database(self._path, wait_s)) as connection:
                return connection.execute(statement, values).rowcount > 0

    @contextmanager
    def _changing(self, name: str) -> Iterator[tuple[sqlite3.Connection, bytes]]:
        """Open a transaction to change what an account has; yield the account's id too. Raises ChatError."""
        if self.find(name) is not None:
            with self._errors_told(), transaction(self._path, _FIRST_WAIT_S) as connection:
                found = connection.execute(_ID_OF, (casefold(name),)).fetchone()
                if found is not None:
                    yield connection, found[0]
                    return
        raise ChatError(f"there is no account {name}")

    def _refresh_locked(self) -> None:
        """Read the file if it has changed. Raises OSError, sqlite3.Error."""
        signature = signature_of(self._path)
        if signature == self._signature and self._is_settled:
            return
        if signature[0] is None and self._accounts:  # an accident must not free anybody's name
            raise OSError("the file is gone or empty")
        newest = max((found[-1] for found in signature if found), default=0)
        is_settled = abs(time_ns() - newest) > _SETTLED_NS  # abs: the clock may have been set back
        is_there = signature[0] is not None
        self._accounts, self._rights, self._keys = self._read() if is_there else ({}, frozenset(), {})
        self.has_had_any |= bool(self._accounts)
        self._signature, self._is_settled = signature, is_settled  # only now, so that a failed read is tried again

    def _read(self) -> tuple[dict[str, Credentials], frozenset[tuple[str, str]], dict[str, Keys]]:
        wait_s = _READ_WAIT_S if self._signature is not None else _FIRST_WAIT_S
        with closing(open_database(self._path, wait_s)) as connection:
            rows = connection.execute(f"SELECT {COLUMNS}, lower(hex(id)) FROM account").fetchall()
            rights: list[tuple[str, str]] = []
            if has_table(connection, "account_right"):
                rights = connection.execute("SELECT lower(hex(account)), held FROM account_right").fetchall()
            keys = read_keys(connection)
        if not all(isinstance(row[0], str) for row in rows):  # a table made by hand; ours is strict
            raise sqlite3.DataError("an account's name is not text")
        return {casefold(row[0]): Credentials(*row) for row in rows}, frozenset(rights), keys

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        """Translate errors of the file into AccountsUnavailable, in words for the operator."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise AccountsUnavailable(f"cannot use the accounts in {self._path}: {error}") from error


def _put(connection: sqlite3.Connection, folded: str, account: Account) -> None:
    """Add an account that the file does not have."""
    found = account.credentials
    id_ = bytes.fromhex(found.account_id)
    connection.execute(_NEW, (folded, found.account, *found[1:5], id_))
    held = ((id_, right.value) for right in account.rights)
    connection.executemany("INSERT OR IGNORE INTO account_right VALUES (?, ?)", held)
    if account.keys:
        put_keys(connection, id_, account.keys)


def new_credentials(name: str, password: str) -> Credentials:
    """Return credentials for a new account. Takes milliseconds. Raises ChatError for an impossible name or password."""
    if id_of(name) is not None:
        raise ChatError(f"{name} cannot be an account: invitations log in with such names")
    return Credentials(name, *_derive(password), secrets.token_hex(ID_BYTES))


def _derive(password: str) -> tuple[bytes, bytes, bytes, int]:
    """Return salt, stored key, server key and iterations. Raises ChatError for an impossible password."""
    try:
        salt, stored_key, server_key, iterations = _SCRAM.make_auth_info(password, ITERATIONS)
    except ScramException as error:
        raise ChatError(f"that cannot be a password: {error}") from error
    return salt, stored_key, server_key, iterations
