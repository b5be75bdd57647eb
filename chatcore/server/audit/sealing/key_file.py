"""`state/seal-key`: the key of the next record, and where the chain ends.

It has two slots. The next key is written to the free slot, then the other one is overwritten; both writes are forced
onto the disk. So one slot is always whole, whatever happens. An SSD or a copy-on-write file system may keep overwritten
data for a while.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from chatcore.errors import StateTooNew
from chatcore.transport.private_files import open_private, sync_folder, write_synced

SEAL_KEY_FILE = "seal-key"
VERSION = 1
SLOT_BYTES = 4096  # each in blocks of its own
_NAME = "chatcore-seal-key"
_BLANK = b"\n".rjust(SLOT_BYTES)
_CHECK_CHARS = 16
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class KeyState:
    """One key and its place in the chain."""

    chain: str
    number: int  # the number of the record that the key is for
    key: bytes
    mac: bytes  # the MAC of the record before
    start: int  # where the record before begins in chat.log.seal
    stop: int  # ... and ends


class KeyFile:
    """The key file of one state folder. One thread at a time; any process may `read`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._slot: int | None = None  # the slot in use

    def read(self) -> KeyState | None:
        """Return the file's state, None if no slot is whole. Raises OSError, StateTooNew."""
        for _ in range(_ATTEMPTS):  # another process may be switching slots
            try:
                data = self.path.read_bytes()
            except FileNotFoundError:
                return None
            found = [(state.number, slot) for slot in (0, 1) if (state := _parse(data, slot))]
            if found:
                _, self._slot = max(found)
                return _parse(data, self._slot)
            if version_of(self.path) > VERSION:
                raise StateTooNew(self.path, version_of(self.path), VERSION)
        return None

    def replace(self, state: KeyState) -> None:
        """Write a new state, and overwrite the old one. Raises OSError; then it must be called again."""
        slot = 0 if self._slot is None else 1 - self._slot
        is_new = not self.path.exists()
        descriptor = open_private(self.path, os.O_RDWR | os.O_NOFOLLOW)
        try:
            _put(descriptor, slot, _form(state))
            _put(descriptor, 1 - slot, _BLANK)
        finally:
            os.close(descriptor)
        if is_new:
            sync_folder(self.path.parent)
        self._slot = slot


def version_of(path: Path) -> int:
    """Return the version of a file's format, 0 if it has none. Raises OSError."""
    with path.open("rb") as file:
        data = file.read(2 * SLOT_BYTES)
    versions = [
        words[1] for slot in (0, 1) if (words := _slot(data, slot).split())[:1] == [_NAME.encode()] and words[1:]
    ]
    return max((int(version) for version in versions if version.isdigit()), default=0)


def _put(descriptor: int, slot: int, data: bytes) -> None:
    """Write a slot and force it onto the disk. Raises OSError."""
    os.lseek(descriptor, slot * SLOT_BYTES, os.SEEK_SET)
    write_synced(descriptor, data)


def _slot(data: bytes, slot: int) -> bytes:
    return data[slot * SLOT_BYTES : (slot + 1) * SLOT_BYTES]


def _form(state: KeyState) -> bytes:
    words = f"{state.chain} {state.number} {state.key.hex()} {state.mac.hex()} {state.start} {state.stop}"
    body = f"{_NAME} {VERSION} {words}"
    return f"{body} {_check(body)}".encode().ljust(SLOT_BYTES - 1) + b"\n"


def _parse(data: bytes, slot: int) -> KeyState | None:
    try:
        body, _, check = _slot(data, slot).decode("ascii").rstrip().rpartition(" ")
        if check != _check(body):
            return None
        name, version, chain, number, key, mac, start, stop = body.split(" ")
        if (name, version) != (_NAME, str(VERSION)):
            return None
        return KeyState(chain, int(number), bytes.fromhex(key), bytes.fromhex(mac), int(start), int(stop))
    except ValueError:
        return None


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:_CHECK_CHARS]
