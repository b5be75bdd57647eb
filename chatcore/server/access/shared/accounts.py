"""The accounts of a chat of several trackers, and the file in which each of them has a copy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from chatcore.errors import AccountsUnavailable, ChatError
from chatcore.protocol.names import casefold
from chatcore.server.access.accounts import AccountStore
from chatcore.state.credentials import Credentials, Right
from chatcore.state.shelf import FOUNDED, Rows, Shelf


class SharedAccounts(AccountStore):
    """All accounts, as the shelf has them. Any thread. What changes only the file, the mirror brings."""

    def __init__(self, path: Path, shelf: Shelf, decoy_secret: Callable[[], bytes]) -> None:
        """Follow the shelf; `path` is this tracker's file. Before delivery begins."""
        super().__init__(path)
        self._shelf = shelf
        self._common_secret = decoy_secret
        self._all: Mapping[str, Credentials] = {}  # by casefolded name; replaced as a whole, and so is what follows
        self._held: Mapping[str, tuple[Right, ...]] = {}  # what accounts may, by id
        shelf.watch(self._follow)

    def all(self) -> Mapping[str, Credentials]:
        """Return all accounts, by casefolded name."""
        return self._all

    def decoy_secret(self) -> bytes:
        """Return what all trackers make decoys of: who asks two must not find out by that who has no account."""
        return self._common_secret()

    def rights(self, account_id: str) -> list[Right]:
        """Return what an account may do beyond what all may."""
        return list(self._held.get(account_id, ()))

    def keep(self, new: Credentials, wait_s: float = 0.0) -> bool:
        """Keep a new account's credentials on all trackers; return False if the name is taken.

        Raises AccountsUnavailable if it is not known in time whether they are kept. Waits for the stream.
        """
        key = casefold(new.account or "")
        try:
            return self._shelf.propose(((key, _written(new, ())),), ((key, None),))
        except ChatError as error:
            raise AccountsUnavailable(str(error)) from error

    def close(self) -> None:
        """Nothing is open."""

    def _follow(self, rows: Rows) -> None:
        accounts, held = dict(self._all), dict(self._held)
        for key, value in rows:
            before = accounts.pop(key, None)
            if before is not None:
                held.pop(before.account_id, None)
            if value is not None and key != FOUNDED:
                accounts[key], rights = _parsed(value)
                held[accounts[key].account_id] = rights
        self._all, self._held = accounts, held
        self.has_had_any |= bool(accounts)


class AccountsFile:
    """This tracker's file, as `MirroredFile`."""

    def __init__(self, store: AccountStore, name: str) -> None:
        self.name = name
        self._store = store
        self._found: Mapping[str, Credentials] | None = None
        self._rows: dict[str, bytes] = {}

    def read(self) -> dict[str, bytes]:
        """See MirroredFile."""
        found = self._store.all()
        if found is not self._found:
            held = self._store.held()
            self._rows = {
                key: _written(account, (right for right in Right if (account.account_id, right.value) in held))
                for key, account in found.items()
            }
            self._found = found
        return self._rows

    def change(self, rows: Rows) -> None:
        """See MirroredFile."""
        self._store.replace((key, None, ()) if value is None else (key, *_parsed(value)) for key, value in rows)


def _written(account: Credentials, rights: Iterable[Right]) -> bytes:
    name, salt, stored_key, server_key, iterations, account_id, _ = account
    keys = (salt.hex(), stored_key.hex(), server_key.hex())
    return json.dumps([name, *keys, iterations, account_id, [right.value for right in rights]]).encode()


def _parsed(row: bytes) -> tuple[Credentials, tuple[Right, ...]]:
    """Return what `_written` has written; a right that this version does not know is none."""
    name, salt, stored_key, server_key, iterations, account_id, held = json.loads(row)
    salt, stored_key, server_key = map(bytes.fromhex, (salt, stored_key, server_key))
    account = Credentials(name, salt, stored_key, server_key, iterations, account_id)
    return account, tuple(right for right in Right if right.value in held)
