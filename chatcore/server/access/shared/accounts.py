"""The accounts of a chat of several trackers, and the file in which each of them has a copy."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from chatcore.errors import AccountsUnavailable, ChatError
from chatcore.protocol.names import casefold
from chatcore.protocol.public_keys import PublicKey
from chatcore.server.access.account_keys import Keys
from chatcore.server.access.accounts import Account, AccountStore
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
        self._by_id: Mapping[str, Account] = {}
        shelf.watch(self._follow)

    def all(self) -> Mapping[str, Credentials]:
        """Return all accounts, by casefolded name."""
        return self._all

    def decoy_secret(self) -> bytes:
        """Return what all trackers make decoys of: who asks two must not find out by that who has no account."""
        return self._common_secret()

    def rights(self, account_id: str) -> list[Right]:
        """Return what an account may do beyond what all may."""
        found = self._by_id.get(account_id)
        return list(found.rights) if found is not None else []

    def keys(self, account_id: str) -> Keys:
        """Return the keys by which whoever has them logs in to an account."""
        found = self._by_id.get(account_id)
        return found.keys if found is not None else ()

    def keep(self, new: Credentials, wait_s: float = 0.0) -> bool:
        """Keep a new account's credentials on all trackers; return False if the name is taken.

        Raises AccountsUnavailable if it is not known in time whether they are kept. Waits for the stream.
        """
        key = casefold(new.account or "")
        try:
            return self._shelf.propose(((key, _written(Account(new))),), ((key, None),))
        except ChatError as error:
            raise AccountsUnavailable(str(error)) from error

    def close(self) -> None:
        """Nothing is open."""

    def _follow(self, rows: Rows) -> None:
        accounts, by_id = dict(self._all), dict(self._by_id)
        for key, value in rows:
            before = accounts.pop(key, None)
            if before is not None:
                by_id.pop(before.account_id, None)
            if value is not None and key != FOUNDED:
                account = _parsed(value)
                accounts[key] = account.credentials
                by_id[account.credentials.account_id] = account
        self._all, self._by_id = accounts, by_id
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
            self._rows = {key: _written(account) for key, account in self._store.accounts().items()}
            self._found = found
        return self._rows

    def change(self, rows: Rows) -> None:
        """See MirroredFile."""
        self._store.replace((key, None if value is None else _parsed(value)) for key, value in rows)


def _written(account: Account) -> bytes:
    """Return an account as its row; without keys it is as it was before there were any."""
    name, salt, stored_key, server_key, iterations, account_id, _ = account.credentials
    secrets = (salt.hex(), stored_key.hex(), server_key.hex())
    keys = [[base64.b64encode(key.blob).decode(), key.comment] for key in account.keys]
    rights = [right.value for right in account.rights]
    return json.dumps([name, *secrets, iterations, account_id, rights, *([keys] if keys else [])]).encode()


def _parsed(row: bytes) -> Account:
    """Return what `_written` has written; a right that this version does not know is none."""
    name, salt, stored_key, server_key, iterations, account_id, held, *more = json.loads(row)
    salt, stored_key, server_key = map(bytes.fromhex, (salt, stored_key, server_key))
    credentials = Credentials(name, salt, stored_key, server_key, iterations, account_id)
    rights = tuple(right for right in Right if right.value in held)
    keys = tuple(PublicKey(base64.b64decode(blob), comment) for keys in more[:1] for blob, comment in keys)
    return Account(credentials, rights, keys)
