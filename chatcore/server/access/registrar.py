"""Makes accounts for people who ask for one, within limits per site and in total."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.config import Limits
from chatcore.errors import AccountsUnavailable, ChatError
from chatcore.protocol.names import casefold
from chatcore.server.access.doorkeeper import Doorkeeper
from chatcore.server.access.keyring import Keyring
from chatcore.server.access.passwords import password_problem, password_weakness
from chatcore.state.client import Client
from chatcore.state.credentials import Credentials


class AccountRegistrar:
    """The registrar of one tracker. Any thread that holds no lock: it derives a key and waits for the disk."""

    def __init__(self, keys: Keyring, doorkeeper: Doorkeeper, limits: Limits, tell: Callable[[str], None]) -> None:
        """`tell` reports that an account could not be stored, once until one can be stored again."""
        self._keys = keys
        self._doorkeeper = doorkeeper
        self._limits = limits
        self._tell = tell
        self._is_told = False

    def password_problem(self, password: str) -> str | None:
        """See Registrar."""
        return password_problem(password)

    def password_weakness(self, password: str, name: str) -> str | None:
        """See Registrar."""
        if self._keys.is_password(password):
            return "everybody here knows the chat's password: choose another one for the account"
        return password_weakness(password, name)

    def make(self, client: Client, name: str, password: str, is_free: Callable[[], bool]) -> Credentials | None:
        """See Registrar. The client's own thread, which gives up its turn meanwhile."""
        client.credit.turn.give()
        accounts, limit = self._keys.accounts.all(), self._limits.max_accounts
        if casefold(name) in accounts:
            return None
        if limit and len(accounts) >= limit:
            raise ChatError("This tracker has its maximum number of accounts: only its operator can add another")
        # By site, because anybody with one IPv6 address has billions.
        if not self._doorkeeper.may_make_account(client.site):
            raise ChatError("Too many accounts were made from your address, try again in an hour")
        made: Credentials | None = None
        try:
            new = self._keys.new_account(name, password)
            if is_free() and self._keep(new):
                made = new
        finally:
            if made is None:
                self._doorkeeper.refund_account(client.site)
        return made

    def _keep(self, new: Credentials) -> bool:
        try:
            is_kept = self._keys.accounts.keep(new)
        except AccountsUnavailable as error:
            if not self._is_told:
                self._tell(f"{error}. Somebody tried to make an account, but it could not be stored.")
            self._is_told = True
            raise
        self._is_told = False
        return is_kept
