"""An append-only file of JSON lines in the state folder, for tokens and invitations to outlive the tracker.

The first line has the file's version, and a salt and a check of the server password, to see whether that is still the
same. Every other line has everything about one thing and replaces its earlier lines, or says that it is over. The
file's modification time shows when the tracker was last alive.

If a line cannot be written because the disk is full, the file must not keep things that are over. Then the file is
emptied, which works on a full disk, and written again as soon as possible.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from chatcore.errors import ConfigError, StateTooNew
from chatcore.server.access.accounts import ITERATIONS
from chatcore.server.access.eras import derive_verifier
from chatcore.server.disk_room import has_room
from chatcore.transport.private_files import open_private, replace_private

_SALT_BYTES = 16
_SMALL_BYTES = 1 << 18
_CLOSED = -1  # an invalid descriptor, which the system refuses
Row = dict[str, Any]


class RowFile:
    """The open file. One thread at a time."""

    version = 1
    """The newest version that this program knows, and the one it writes."""
    key = ""
    """The field that says which thing a line is about; its value is a string."""
    loss = ""
    """The consequence, for the operator, while the file cannot be written."""

    def __init__(self, path: Path, password: str, tell: Callable[[str], None]) -> None:
        """Read what the last run left. `tell` tells the operator something.

        `rows` has the rows by key, `alive_at` is when the last run was last alive (Unix time, s). Raises ConfigError if
        the file cannot be used, StateTooNew.
        """
        self._path = path
        self._password = password
        self._tell = tell
        self._key = b""
        self._salt = b""
        self._bytes = 0
        self.is_whole = False  # the file has everything that it should
        self.is_same_password = False  # the run that left the rows had the same password
        self.rows: dict[str, Row] = {}
        self.alive_at = 0.0
        try:
            self._descriptor = open_private(self._path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
        except OSError as error:
            raise ConfigError(f"cannot use {self._path}: {error.strerror}") from error
        try:
            self._read()
        except BaseException:
            self.close()
            raise

    def digest(self, token: str) -> str:
        """Return the digest under which a token is kept. Any thread; the first call takes 10 ms."""
        return hmac.digest(self._known_key(), token.encode(errors="surrogatepass"), hashlib.sha256).hex()

    def append(self, row: Row) -> bool:
        """Add a row; return whether it was written. If not, the file is emptied."""
        if not self.is_whole:
            return False
        line = _written(row) if self._bytes else _written(self._head()) + _written(row)
        try:
            if has_room(self._descriptor) and os.write(self._descriptor, line) == len(line):
                self._bytes += len(line)
                return True
        except OSError:
            pass
        self.empty()
        self._tell(f"Cannot write {self._path}: {self.loss}")
        return False

    def is_large(self, count: int) -> bool:
        """Return whether the file is much larger than `count` rows need, because it has many that are over."""
        return self._bytes > max(_SMALL_BYTES, count * 2048)

    def rewrite(self, rows: Iterable[Row]) -> bool:
        """Replace the file's contents by these rows; return whether that worked."""
        if self._descriptor == _CLOSED:
            return False
        data = _written(self._head()) + b"".join(map(_written, rows))
        try:
            replace_private(self._path, data)
            descriptor = open_private(self._path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
        except OSError:
            return False
        os.close(self._descriptor)
        self._descriptor = descriptor
        self._bytes = len(data)
        self.is_whole = True
        return True

    def empty(self) -> None:
        """Empty the file, even of things that are not over."""
        self.is_whole = False
        self._bytes = 0
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)

    def touch(self) -> None:
        """Note that the tracker is alive."""
        with contextlib.suppress(OSError):
            os.utime(self._descriptor)

    def close(self) -> None:
        """Close the file. Later calls change neither it nor another file that gets its descriptor."""
        if self._descriptor != _CLOSED:
            os.close(self._descriptor)
        self._descriptor, self.is_whole = _CLOSED, False

    def _read(self) -> None:
        """Read what was left. Damaged lines are skipped."""
        try:
            head, *lines = os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0).splitlines() or [b""]
            self.alive_at = os.fstat(self._descriptor).st_mtime
        except OSError as error:
            raise ConfigError(f"cannot read {self._path}: {error.strerror}") from error
        known = _parsed(head) or {}
        version = known.get("version")
        if isinstance(version, int) and version > self.version:
            raise StateTooNew(self._path, version, self.version)
        try:
            self._salt = bytes.fromhex(known["salt"])
            self.is_same_password = hmac.compare_digest(str(known["check"]), self._check())
        except (KeyError, TypeError, ValueError):
            self.is_same_password = False
            if head or lines:
                self._tell(f"{self._path} is damaged: its contents are ignored")
        if not self.is_same_password:
            self._salt, self._key = b"", b""
        for line in lines if self._takes_rows() else ():
            row = _parsed(line)
            if row is not None and isinstance(row.get(self.key), str):
                self.rows[row[self.key]] = row
        self.rows = {key: row for key, row in self.rows.items() if not row.get("over")}
        if not self.rows:
            self.empty()
            self.is_whole = True

    def _takes_rows(self) -> bool:
        """Return whether the rows that were left are still valid."""
        return self.is_same_password

    def _head(self) -> Row:
        check = self._check()
        return {"version": self.version, "salt": self._salt.hex(), "check": check}

    def _check(self) -> str:
        return hmac.digest(self._known_key(), f"chatcore {self._path.name}".encode(), hashlib.sha256).hex()

    def _known_key(self) -> bytes:
        """Return the key that tokens are hashed with. Guessing the password from it is as slow as from an account."""
        if not self._key:
            self._salt = self._salt or secrets.token_bytes(_SALT_BYTES)
            self._key = derive_verifier(self._password, self._salt, ITERATIONS)
        return self._key


def version_of(path: Path) -> int:
    """Return the version of a file, 0 if it has none. Raises OSError."""
    with path.open("rb") as file:
        head = _parsed(file.readline(4096)) or {}
    version = head.get("version")
    return version if isinstance(version, int) else 0


def _written(row: Row) -> bytes:
    return json.dumps(row, separators=(",", ":")).encode() + b"\n"


def _parsed(line: bytes) -> Row | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
