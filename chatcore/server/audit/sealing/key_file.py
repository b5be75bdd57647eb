"""`state/seal-key`: the key of the next record, and where the chain ends.

It has two slots. The next key is written into the free one, then the other is overwritten, each forced onto the disk:
whatever happens in between, one of them is whole. An SSD, and a file system that copies on write, may keep what was
overwritten for a while.
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
    number: int  # of the record that it is for
    key: bytes
    mac: bytes  # of the record before it
    start: int  # where that record begins in chat.log.seal
    stop: int  # and ends


class KeyFile:
    """The file of one state folder. One thread at a time; `read` in any process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._slot: int | None = None  # which one is in use

    def read(self) -> KeyState | None:
        """Return what is in it, None if there is nothing whole. Raises OSError, StateTooNew."""
        for _ in range(_ATTEMPTS):  # it may be between slots
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
        """Put this in the place of what there is, and overwrite that. Raises OSError: then it is to be called again."""
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
    """Return the version of the form of a file, 0 if it has none. Raises OSError."""
    with path.open("rb") as file:
        data = file.read(2 * SLOT_BYTES)
    versions = [
        words[1] for slot in (0, 1) if (words := _slot(data, slot).split())[:1] == [_NAME.encode()] and words[1:]
    ]
    return max((int(version) for version in versions if version.isdigit()), default=0)


def _put(descriptor: int, slot: int, data: bytes) -> None:
    """Write a slot, and force it onto the disk. Raises OSError."""
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
