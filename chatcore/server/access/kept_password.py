"""The chat's password, kept in a file of the state folder for the next start if the operator wants that."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from chatcore.errors import ConfigError
from chatcore.server.access.passwords import MAX_PASSWORD_BYTES, password_problem
from chatcore.transport.private_files import make_private_folder, replace_private

KEPT_PASSWORD_FILE = "password"


class KeptPassword:
    """The file, which exists while a password is kept. Main thread."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / KEPT_PASSWORD_FILE
        self.was_exposed = False
        """Whether other users could read the file when it was last read."""

    def read(self) -> str | None:
        """Return the password, None if none is kept. Raises ConfigError if the file is unusable, or a symbolic link."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = "it is a link (use --password-file)" if self.path.is_symlink() else error.strerror
            raise self._problem(f"cannot be used: {reason}") from error
        try:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise self._problem("cannot be used: it is not a regular file")
            data = os.read(descriptor, MAX_PASSWORD_BYTES + 8)
        except OSError as error:
            raise self._problem(f"cannot be read: {error.strerror}") from error
        finally:
            os.close(descriptor)
        self.was_exposed = bool(mode & (stat.S_IRGRP | stat.S_IROTH))
        line = data.decode("utf-8-sig", errors="replace").partition("\n")[0]
        password = line.removesuffix("\r")
        problem = password_problem(password)
        if problem:
            raise self._problem(f"cannot be used: {problem}")
        return password

    def keep(self, password: str) -> None:
        """Keep a password for the next start, replacing any kept before. Raises OSError."""
        make_private_folder(self.path.parent)
        replace_private(self.path, f"{password}\n".encode())

    def forget(self) -> None:
        """Remove the file, if there is one. Raises OSError."""
        self.path.unlink(missing_ok=True)

    def _problem(self, what: str) -> ConfigError:
        return ConfigError(f"the kept password in {self.path} {what}; --forget-password removes it")
