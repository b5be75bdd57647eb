"""Checks passwords: the server's, the accounts', the IRC operators'.

No password is kept. The server password has a digest (for PASS) and SCRAM credentials, both made at start; accounts
have SCRAM credentials in the state folder; operators have a hash in the configuration. `repr` shows none of it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path

from scramp import ScramException, ScramMechanism

from chatcore.errors import AccountsUnavailable, ConfigError
from chatcore.protocol.sasl import SCRAM, SERVER_IDENTITY
from chatcore.server.access.accounts import ACCOUNTS_FILE, ITERATIONS, AccountStore, new_credentials
from chatcore.server.access.operator_secret import NOBODYS_SECRET, secret_matches
from chatcore.state.credentials import Credentials, Right

_SCRAM = ScramMechanism(SCRAM)


class Keyring:
    """Checks passwords. Any thread. A check for SASL PLAIN or OPER takes milliseconds, and few run at once."""

    def __init__(self, password: str, operators: Mapping[str, str], state_dir: Path, max_derivations: int) -> None:
        """Derive the server password's keys; an empty password means no password.

        Raises ConfigError for an impossible password, and if the accounts cannot be read.
        """
        self.accounts = AccountStore(state_dir / ACCOUNTS_FILE)
        try:
            self.accounts.names()
        except AccountsUnavailable as error:  # else every name would seem free
            raise ConfigError(str(error)) from error
        self._operators = dict(operators)
        self._derivations = threading.BoundedSemaphore(max_derivations)
        self._digest_key = secrets.token_bytes(32)
        self._digest = self._digest_of(password) if password else None
        self._server = self._make_server_credentials(password) if password else None

    @property
    def needs_password(self) -> bool:
        """Return whether a server password is set."""
        return self._server is not None

    def is_password(self, password: str) -> bool:
        """Compare with the server password, in constant time."""
        return self._digest is not None and hmac.compare_digest(self._digest_of(password), self._digest)

    def is_operator(self, name: str, password: str) -> bool:
        """Return whether these are the credentials of an IRC operator in the configuration."""
        hashed = self._operators.get(name, NOBODYS_SECRET)  # so that an unknown name takes just as long
        with self._derivations:
            return secret_matches(hashed, password) and name in self._operators

    def account(self, name: str) -> Credentials | None:
        """Return an account's credentials, None if there is no such account. Raises AccountsUnavailable."""
        return self.accounts.find(name)

    def account_by_key(self, name: str, key: bytes) -> Credentials | None:
        """Return an account's credentials if this public key, in ssh's encoding, is one of its keys; None if not.

        An unknown name takes the same path as an unknown key. Raises AccountsUnavailable.
        """
        found = self.accounts.find(name)
        keys = self.accounts.keys(found.account_id if found is not None else "")
        return found if any(each.blob == key for each in keys) else None

    def has_right(self, login: Credentials, right: Right) -> bool:
        """Return whether the operator has given this account a right. Raises AccountsUnavailable."""
        return right in self.accounts.rights(login.account_id)

    def login(self, name: str) -> Credentials:
        """Return the credentials that a client logging in as `name` has to prove.

        They are the account's or, for any other name, the server's. If there is no server password, they are a decoy,
        which nothing proves. Raises AccountsUnavailable.
        """
        return (self.account(name) if name != SERVER_IDENTITY else None) or self._server or self.accounts.decoy(name)

    def is_proof(self, credentials: Credentials, password: str) -> bool:
        """Return whether the credentials were made from this password."""
        with self._derivations:
            try:
                _, stored_key, _, _ = _SCRAM.make_auth_info(password, credentials.iterations, credentials.salt)
            except ScramException:  # forbidden by SASLprep
                return False
        return hmac.compare_digest(stored_key, credentials.stored_key)

    def new_account(self, name: str, password: str) -> Credentials:
        """Return credentials for a new account, without storing them. Raises ChatError for an impossible password.

        Takes milliseconds.
        """
        with self._derivations:
            return new_credentials(name, password)

    def close(self) -> None:
        """Forget the cached accounts."""
        self.accounts.close()

    def _digest_of(self, password: str) -> bytes:
        return hmac.digest(self._digest_key, password.encode(errors="surrogatepass"), hashlib.sha256)

    @staticmethod
    def _make_server_credentials(password: str) -> Credentials:
        try:
            salt, stored_key, server_key, iterations = _SCRAM.make_auth_info(password, ITERATIONS)
        except ScramException as error:  # forbidden by SASLprep, so no client could prove it
            raise ConfigError(f"the password has characters that passwords cannot have: {error}") from None
        return Credentials(None, salt, stored_key, server_key, iterations)
