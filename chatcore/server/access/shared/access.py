"""Who may come in, of one of several trackers: all that it shares of that, and the files in which it has copies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic, time
from typing import NamedTuple

from chatcore.errors import ChatError, ConfigError
from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from chatcore.server.access.bans import Bans
from chatcore.server.access.issued_invitation import InvitationFile
from chatcore.server.access.shared.accounts import AccountsFile, SharedAccounts
from chatcore.server.access.shared.bans import BansFile, SharedBans
from chatcore.server.access.shared.common_keys import CommonKeys
from chatcore.server.access.shared.invitations import SharedInvitations
from chatcore.server.access.shared.mirror import RowMirror
from chatcore.state.shelf import Shelf

_INTERVAL_S = 0.5
_LOOK_S = 0.05
_DEAD_S = 8.0  # until others are known to be dead
_OTHER_PASSWORD = "the password is not that of the chat's other trackers"


class Own(NamedTuple):
    """What a tracker has of its own: open files, its folder, and the password with which it was started."""

    bans: Bans
    accounts: AccountStore
    invited: InvitationFile
    state_dir: Path
    password: str


class SharedAccess:
    """All of it. The main thread puts it together, before delivery begins; the parts say who may call them."""

    def __init__(self, shelf: Callable[[str], Shelf], own: Own, tell: Callable[[str], None]) -> None:
        """`shelf` returns that of a name; `tell` tells the operator."""
        self.keys = CommonKeys(shelf("keys"), own.password)
        self.bans = SharedBans(shelf("bans"))
        accounts = own.state_dir / ACCOUNTS_FILE
        self.accounts = SharedAccounts(accounts, shelf("accounts"), self.keys.decoy)
        are_needed = bool(own.password)
        self.invitations = SharedInvitations(
            shelf("invitations"), own.invited, monotonic, time, tell, are_needed=are_needed
        )
        self._mirrors = (
            RowMirror(AccountsFile(own.accounts, ACCOUNTS_FILE), shelf("accounts"), tell),
            RowMirror(BansFile(own.bans, "bans.json"), shelf("bans"), tell, self.bans.note_brought),
        )
        self._duties: list[Callable[[], None]] = [mirror.tick for mirror in self._mirrors]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)

    def add_duty(self, duty: Callable[[], None]) -> None:
        """Have the mirrors' thread do something else twice a second, too. Before `found`."""
        self._duties.append(duty)

    def found(self, is_alone: Callable[[], bool]) -> None:
        """Bring what this tracker has if it is the chat's first one, or take what the chat has, and begin to follow.

        `is_alone` tells whether there is no other tracker at the moment. Waits for the stream. Raises ConfigError.
        """
        try:
            has_its_password = self.keys.found()
            if not has_its_password and not self._await_alone(is_alone):
                raise ConfigError(_OTHER_PASSWORD)
            for mirror in self._mirrors:
                mirror.found()
            self.invitations.found()
            if not has_its_password:  # the operator has changed it: what it let in ends as on a tracker alone
                self.invitations.end_all()
                self.keys.change_password()
        except ConfigError:
            raise
        except ChatError as error:
            raise ConfigError(str(error)) from error
        self._thread.start()

    def stop(self) -> None:
        """Follow no longer. What has changed lately may not be in the files; the next start writes it."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _await_alone(self, is_alone: Callable[[], bool]) -> bool:
        """Return whether there is no other tracker; some that are said to be there may have died."""
        deadline = monotonic() + _DEAD_S
        while not is_alone() and monotonic() < deadline:
            self._stopping.wait(_LOOK_S)
        return is_alone()

    def _run(self) -> None:
        while not self._stopping.wait(_INTERVAL_S):
            for duty in self._duties:
                duty()
