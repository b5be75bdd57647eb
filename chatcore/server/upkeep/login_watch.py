"""Ends logins whose account was removed or got another password.

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


class LoginWatch:
    """Compares every login with the accounts. `tell` reports that they cannot be read, and that they can again."""

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
                self._tell(f"{error}. Until that is mended nobody can log in to one or take another username.")
            self._is_told = True
            return
        if self._is_told:
            self._tell("The accounts can be read again.")
            self._is_told = False
        for visit in self._visits() if self._accounts.has_had_any else ():
            login = visit.client.login
            if login is not None and accounts.get(casefold(login.account or "")) != login:
                self._look_again(visit, login)

    def _look_again(self, visit: Visit, login: Credentials) -> None:
        """End the visit, unless the account was made, or its password changed, after all of them were looked up."""
        with contextlib.suppress(AccountsUnavailable):
            now = self._accounts.find(login.account or "")
            if now != login:
                visit.end(_why(login, now), is_lost=False)


def _why(login: Credentials, now: Credentials | None) -> str:
    return CHANGED if now is not None and now.account_id == login.account_id else REMOVED
