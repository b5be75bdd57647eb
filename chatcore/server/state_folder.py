"""The state folder: private to its owner, and used by one tracker at a time.

Commands that run beside a tracker (`chat-tracker account`) use its files without taking this lock.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

from chatcore.errors import ConfigError, StateInUse
from chatcore.server.file_lock import try_lock
from chatcore.transport.private_files import PRIVATE_FOLDER, exposure, make_private, make_private_folder, open_private

_LOCK_FILE = "lock"
_OURS = (
    *("lock", "accounts.sqlite*", "bans.*", "tls.*", "tls-*", "password", "password.*", "passwords.*"),
    *("positions", "positions.*", "seal-key", "journal-*", "history-*.sqlite*", "rooms.sqlite*", "erase-*"),
    *("ctl", "resume", "resume.*", "invitations", "invitations.*", "cluster", "gaps.*", "lan", "lan.*"),
)
"""The names of our own files, as patterns. The operator may have chosen a folder with other files in it."""


class StateFolder:
    """Holds the state folder's lock until `close`. Main thread."""

    def __init__(self, path: Path, tell: Callable[[str], None] = lambda text: None) -> None:
        """Create and lock the folder, and make our files in it private. `tell` tells the operator something.

        Raises StateInUse if another process holds the lock, ConfigError if the folder cannot be created.
        """
        self.was_used = (path / _LOCK_FILE).exists()
        """Whether a tracker has used the folder before."""
        try:
            make_private_folder(path)
            self._descriptor = open_private(path / _LOCK_FILE, os.O_RDWR | os.O_NOFOLLOW)
        except OSError as error:
            raise ConfigError(f"cannot use the state folder {path}: {error.strerror}") from error
        try:
            self._lock(path)
        except BaseException:
            self.close()
            raise
        with contextlib.suppress(OSError):
            _make_all_private(path)
        for line in exposure("the state folder", path):
            tell(line)

    def close(self) -> None:
        """Release the folder."""
        os.close(self._descriptor)

    def _lock(self, path: Path) -> None:
        if not try_lock(self._descriptor):
            holder = os.read(self._descriptor, 20).decode(errors="replace").strip()
            who = f"another tracker (process {holder})" if holder.isdecimal() else "another tracker"
            raise StateInUse(
                f"{who} is using the state folder {path.absolute()} (choose another with --state-dir, and with --log)"
            )
        with contextlib.suppress(OSError):  # on a full disk the number is not recorded
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, f"{os.getpid()}\n".encode())


def _make_all_private(folder: Path) -> None:
    """Make private what an earlier version or a copy left open: our files, and the folder if it holds nothing else."""
    entries = list(folder.iterdir())
    ours = [entry for entry in entries if any(fnmatchcase(entry.name, pattern) for pattern in _OURS)]
    for entry in ours:
        with contextlib.suppress(OSError):  # another user's, or gone
            make_private(entry)
    if ours == entries and not any(exposure("", folder)):
        folder.chmod(PRIVATE_FOLDER)
