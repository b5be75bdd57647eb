"""Ends logins whose account was removed, whose password was changed, or whose key was removed.

Heartbeat's thread only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

from chatcore.errors import AccountsUnavailable
from chatcore.protocol.names import casefold
from chatcore.server.access.accounts import AccountStore
from chatcore.server.visit import Visit
from chatcore.state.credentials import Credentials

REMOVED = "Your account was removed"
CHANGED = "The password of your account was changed: log in with the new one"
KEY_REMOVED = "The key that you logged in with was removed from your account"


class LoginWatch:
    """Compares every login with the accounts. `tell` reports if they cannot be read, and when they can be again."""

    def __init__(
        self, accounts: AccountStore, visits: Callable[[], Iterable[Visit]], tell: Callable[[str], None]
    ) -> None:
        self._accounts = accounts
        self._visits = visits
        self._tell = tell
        self._is_told = False  # that the accounts cannot be read

    def tick(self) -> None:
        """End the visits whose login would no longer succeed; none while the accounts cannot be read.

        Checks everybody even if the file has not changed: a login may have finished just after a change.
        """
        try:
            accounts = self._accounts.all()
        except AccountsUnavailable as error:
            if not self._is_told:
                self._tell(f"{error}. Until this is fixed, nobody can log in to an account or change their username.")
            self._is_told = True
            return
        if self._is_told:
            self._tell("The accounts can be read again.")
            self._is_told = False
        for visit in self._visits() if self._accounts.has_had_any else ():
            login = visit.client.login
            if login is not None and self._why(visit, login, accounts.get(casefold(login.account or ""))):
                self._look_again(visit, login)

    def _look_again(self, visit: Visit, login: Credentials) -> None:
        """Look the account up again and end the visit, unless the account was made or changed after the first look."""
        with contextlib.suppress(AccountsUnavailable):
            if why := self._why(visit, login, self._accounts.find(login.account or "")):
                visit.end(why, is_lost=False)

    def _why(self, visit: Visit, login: Credentials, now: Credentials | None) -> str:
        """Return why a login is over, '' if it is not; `now` has the account's current credentials."""
        if now is None or now.account_id != login.account_id:
            return REMOVED
        if now != login:
            return CHANGED
        return "" if self._has_key(visit) else KEY_REMOVED

    def _has_key(self, visit: Visit) -> bool:
        """Return whether the key that a visit logged in with, if any, is still valid; True if that is unknown."""
        key = visit.arrival.key
        with contextlib.suppress(AccountsUnavailable):
            return key is None or any(each.blob == key.blob for each in self._accounts.keys(key.account_id))
        return True
