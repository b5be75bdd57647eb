"""The stream positions that this run may use, reserved on disk so that none is ever used twice.

They are reserved in blocks: a run leaves the rest of its block unused, however it ends. The file keeps its size and is
overwritten in place, which works even on a full disk.

The file in a backup is marked as a copy. A tracker that starts from a copy skips far ahead, by a random distance: the
original tracker has used positions since, and another one may have been restored from the same backup.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from chatcore.errors import ConfigError, StateTooNew
from chatcore.state.history import MAX_POSITION
from chatcore.transport.private_files import open_private

POSITIONS_FILE = "positions"
BLOCK = 1 << 24
MAX_RUNS = 1 << 30
_SEQUENCE = re.compile("[0-9a-f]{10}")
_RECORD_BYTES = 128
VERSION = 2
"""The version of this file and of the journal."""
_AHEAD = 1 << 36
"""A copy skips at least this far ahead, as much as 4,096 starts use up, and at most four times as far."""
_READ_TRIES = 10


class Positions:
    """The positions of one state folder. `keep_ahead` is for one thread at a time, the rest for the main thread."""

    def __init__(self, folder: Path, tell: Callable[[str], None] = lambda text: None) -> None:
        """Begin a run. Raises ConfigError if the file cannot be used.

        A damaged file counts as missing, and `tell` says so; positions then begin where `start_after` says.
        """
        self._path = folder / POSITIONS_FILE
        self._tell = tell
        try:
            self._descriptor = open_private(self._path, os.O_RDWR | os.O_NOFOLLOW)
        except OSError as error:
            raise ConfigError(f"cannot use {self._path}: {error.strerror}") from error
        try:
            self.is_first_run, self.sequence, run, self._reserved = self._read()
            self.run = run + 1
            self.first = self._reserved
            self._begin()
        except OSError as error:
            self.close()
            raise ConfigError(f"cannot read {self._path}: {error.strerror}") from error
        except BaseException:
            self.close()
            raise

    def start_after(self, position: int, run: int) -> None:
        """Skip this position and run, which are in use already: the file may be an old copy."""
        if position >= self.first or run >= self.run:
            self.first, self.run = max(self.first, position + 1), max(self.run, run + 1)
            self._begin()

    def adopt(self, sequence: str, run: int) -> None:
        """Continue the sequence and run that several trackers share. Raises ConfigError if this is another chat's."""
        if sequence == self.sequence:
            return
        if not self.is_first_run:
            raise ConfigError(f"{self._path.parent.absolute()} belongs to another chat: use an empty --state-dir")
        self.sequence, self.run = sequence, run
        self._begin()

    def keep_ahead(self, position: int) -> None:
        """Reserve another block once the stream is halfway through this one. Heartbeat's thread."""
        if position > self._reserved - BLOCK // 2:
            with contextlib.suppress(OSError):  # retried twice a second, with eight million positions left
                self._reserve(position)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _begin(self) -> None:
        """Reserve the first block. If that cannot be written, begin a new sequence that no later run continues."""
        try:
            self._reserve(self.first)
        except OSError as error:
            self._tell(
                f"Cannot write {self._path} ({error.strerror}): clients may not recognise today's messages later"
            )
            self.sequence = secrets.token_hex(5)

    def _reserve(self, position: int) -> None:
        """Reserve a block from this position on."""
        reserved = position + BLOCK
        record = {"version": VERSION, "stream": self.sequence, "run": self.run, "reserved": reserved}
        os.pwrite(self._descriptor, _written(record), 0)
        os.fsync(self._descriptor)
        self._reserved = reserved

    def _read(self) -> tuple[bool, str, int, int]:
        """Return whether this is the first run, the sequence's name, the last run and the first free position."""
        data = os.pread(self._descriptor, _RECORD_BYTES, 0)
        # The run's number sets its rooms and visits apart from all others, even if the file was lost in between.
        new = True, secrets.token_hex(5), secrets.randbelow(MAX_RUNS // 2), 1
        if not data:
            return new
        try:
            record = json.loads(data)
            if record["version"] > VERSION:
                raise StateTooNew(self._path, record["version"], VERSION)
            sequence, run, reserved = str(record["stream"]), int(record["run"]), int(record["reserved"])
            if not (0 <= run < MAX_RUNS and 0 < reserved < MAX_POSITION and _SEQUENCE.fullmatch(sequence)):
                raise ValueError
            if record.get("is_copy"):
                sequence, reserved = _apart(sequence, reserved)
            return False, sequence, run, reserved
        except (ValueError, TypeError, KeyError):
            self._tell(f"{self._path} is damaged: message ids start over")
            return new


def copied(folder: Path) -> bytes | None:
    """Return the contents of the file for a backup, marked as a copy; None if there is no file.

    The tracker may be running. Raises OSError, also if the file keeps changing. Any thread.
    """
    path = folder / POSITIONS_FILE
    try:
        before = path.read_bytes()
        for _ in range(_READ_TRIES):
            data = path.read_bytes()
            if data == before:  # otherwise it was being overwritten, and may be a mixture
                return _marked(data)
            before = data
    except FileNotFoundError:
        return None
    raise OSError(errno.EAGAIN, "the file keeps changing", str(path))


def _marked(data: bytes) -> bytes:
    """Return a record marked as a copy; data that is not a record is returned unchanged."""
    try:
        record = json.loads(data)
        return _written({**record, "is_copy": True})
    except (ValueError, TypeError, RecursionError):
        return data


def _written(record: dict[str, object]) -> bytes:
    return json.dumps(record).ljust(_RECORD_BYTES - 1).encode() + b"\n"


def _apart(sequence: str, reserved: int) -> tuple[str, int]:
    """Return the sequence's name and the first position for a copy, unlike any that the original uses."""
    ahead = reserved + _AHEAD + secrets.randbelow(3 * _AHEAD)
    if ahead < MAX_POSITION // 2:
        return sequence, ahead
    return secrets.token_hex(5), reserved  # after hundreds of copies of copies; clients recognise no old message
