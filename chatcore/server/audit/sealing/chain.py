"""Writes a chain of seals: appends records to chat.log.seal, and erases each key once its record is on the disk.

The order of the steps makes it survive a kill or a full disk in between: write the record, sync, write the next key,
sync, overwrite the old key, sync. At the start, a record whose next key was not written is recognised by the old key,
which is still there.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

from chatcore.server.audit.sealing import records
from chatcore.server.audit.sealing.key_file import KeyFile, KeyState
from chatcore.server.audit.sealing.keys import next_key
from chatcore.server.audit.sealing.records import Record
from chatcore.transport.private_files import open_private, sync_folder, write_synced

_STEP_BYTES = 1 << 16


class Misfit(Exception):
    """The file of seals does not belong to the key, or was changed. The text says why."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A chain as it was found: its state, and its newest record if it has one. A chain yet to begin has no state."""

    state: KeyState | None = None
    last: Record | None = None


def start_of(chain: str, key: bytes) -> KeyState:
    """Return the state of a new chain with this id and this key for its record 0."""
    return KeyState(chain, 0, key, records.origin(chain), 0, len(records.header(chain)))


def continue_chain(path: Path, state: KeyState) -> Begun:
    """Return a chain as it was left, including records whose next key was not written. Raises Misfit, OSError."""
    try:
        with path.open("rb") as file:
            top = file.readline(_STEP_BYTES)
            size = file.seek(0, os.SEEK_END)
            if size < state.stop and not (state.number == 0 and size <= len(records.header(state.chain))):
                raise Misfit("it has fewer seals than were made")
            if size >= state.stop and records.parse_header(top) != state.chain:
                raise Misfit("it belongs to another chain")
            file.seek(state.start)
            before = file.read(state.stop - state.start)
            rest = file.read()
    except FileNotFoundError:
        if state.number:
            raise Misfit("it is missing") from None
        return Begun(state)
    except ValueError as error:
        raise Misfit(f"it cannot be read: {error}") from error
    last = _last_known(before, state) if state.number else None
    return _catch_up(state, last, rest)


def _last_known(line: bytes, state: KeyState) -> Record:
    """Return the record before the key's. Its own key is erased, so it is recognised by its MAC. Raises Misfit."""
    body, _, mac = line.rstrip(b"\n").rpartition(b" mac=")
    if mac != state.mac.hex().encode():
        raise Misfit("its last seal is a different one")
    try:
        return records.parse(body)
    except ValueError as error:
        raise Misfit(f"its last seal cannot be read: {error}") from error


def _catch_up(state: KeyState, last: Record | None, rest: bytes) -> Begun:
    """Advance past records whose next keys were not written; a torn record is left out."""
    for line in records.split_lines(rest):
        try:
            last, mac = records.opened(line, state.key, state.mac)
        except records.NotAuthentic:
            if line.endswith(b"\n"):
                raise Misfit("what follows its last seal is not a seal") from None
            break
        except ValueError as error:
            raise Misfit(f"its last seal cannot be read: {error}") from error
        state = after(state, mac, len(line))
    return Begun(state, last)


def after(state: KeyState, mac: bytes, size: int) -> KeyState:
    """Return the state after a record with this MAC and size."""
    return KeyState(state.chain, state.number + 1, next_key(state.key), mac, state.stop, state.stop + size)


class Chain:
    """Appends to a chain. One thread."""

    def __init__(self, path: Path, keys: KeyFile, begun: Begun, aside: Path | None = None) -> None:
        """`path` is the file of seals; an existing file is renamed to `aside`, if given. `settle` does all the work."""
        self._path = path
        self._keys = keys
        self._begun = begun.state
        self._is_saved = False  # the key file has this state
        self._is_clean = False  # the file of seals ends where it should
        self._aside = aside
        self._descriptor = -1

    @property
    def is_new(self) -> bool:
        """Return whether the chain is yet to `begin`."""
        return self._begun is None

    @property
    def _state(self) -> KeyState:
        assert self._begun, "a new chain has to begin first"
        return self._begun

    def begin(self, chain: str, key: bytes) -> None:
        """Begin a new chain with this id and this key for its record 0. Nothing is written yet."""
        self._begun = start_of(chain, key)

    def settle(self) -> None:
        """Do all pending work: create the files, cut off a torn record, write and erase keys. Raises OSError."""
        if self._aside is not None:
            with contextlib.suppress(FileNotFoundError):
                self._path.rename(self._aside)
            self._aside = None
        if not self._is_saved:
            # A new chain's key comes first: a header without a key would look like somebody else's chain.
            self._keys.replace(self._state)
            self._is_saved = True
        if self._descriptor < 0:
            self._descriptor = open_private(self._path, os.O_RDWR | os.O_APPEND)
            self.sync_folder()
        if not self._is_clean:
            self._clean()
            self._is_clean = True

    def append(self, record: Record) -> None:
        """Number a record and append it; it is on the disk when this returns. After `settle`; raises OSError."""
        line, mac = records.sealed(replace(record, number=self._state.number), self._state.key, self._state.mac)
        self._is_clean = False
        write_synced(self._descriptor, line)
        self._is_clean = True
        self._begun = after(self._state, mac, len(line))
        self._is_saved = False

    def sync_folder(self) -> None:
        """Force the names of the log's files onto the disk, so that no sealed file is lost."""
        sync_folder(self._path.parent)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _clean(self) -> None:
        """Cut off a torn record, or write the header of a new file. Raises OSError."""
        size = os.fstat(self._descriptor).st_size
        is_headless = self._state.number == 0 and size < self._state.stop
        if is_headless or size > self._state.stop:
            os.ftruncate(self._descriptor, 0 if is_headless else self._state.stop)
        if is_headless:
            write_synced(self._descriptor, records.header(self._state.chain))
        else:
            os.fsync(self._descriptor)
