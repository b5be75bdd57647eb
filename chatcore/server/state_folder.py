"""The state folder: its owner's alone, and one tracker's at a time.

What is done beside a running tracker (`chat-tracker account`) uses the files in it without the lock.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from chatcore.errors import ConfigError
from chatcore.server.file_lock import try_lock
from chatcore.transport.private_files import PRIVATE_FOLDER, exposure, make_private, make_private_folder, open_private

_LOCK_FILE = "lock"
_OURS = ("accounts.", "bans.", "lock", "tls.", "tls-")
"""How the names of a tracker's own files begin. Other files may be there: a folder is whatever the operator names."""


class StateFolder:
    """Holds the state folder from its making until `close`. Main thread."""

    def __init__(self, path: Path, tell: Callable[[str], None] = lambda text: None) -> None:
        """Make the folder, or make private what is in it, and lock it; `tell` is given what the operator should know.

        Raises ConfigError when another tracker has it.
        """
        try:
            make_private_folder(path)
            self._descriptor = open_private(path / _LOCK_FILE, os.O_RDWR)
        except OSError as error:
            raise ConfigError(f"cannot use the state folder {path}: {error.strerror}") from error
        try:
            self._lock(path)
        except BaseException:
            self.close()
            raise
        _make_all_private(path)
        for line in exposure("the state folder", path):
            tell(line)

    def close(self) -> None:
        """Let another tracker have it."""
        os.close(self._descriptor)

    def _lock(self, path: Path) -> None:
        if not try_lock(self._descriptor):
            holder = os.read(self._descriptor, 20).decode(errors="replace").strip()
            who = f"another tracker, process {holder}," if holder.isdecimal() else "another tracker"
            raise ConfigError(f"{who} uses the state folder {path.absolute()} (--state-dir and --log name others)")
        with contextlib.suppress(OSError):  # a full disk: only the name of the holder is not told then
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, f"{os.getpid()}\n".encode())


def _make_all_private(folder: Path) -> None:
    """Take from others what an earlier version, or a copy, let them do."""
    with contextlib.suppress(OSError):  # somebody else's files: then it is theirs to do
        is_all_ours = True
        for entry in folder.iterdir():
            if entry.name.startswith(_OURS):
                make_private(entry)
            else:
                is_all_ours = False
        if is_all_ours and not any(exposure("", folder)):
            folder.chmod(PRIVATE_FOLDER)
