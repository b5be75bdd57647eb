"""Keeps a file of this tracker and a shelf that all trackers share the same.

A change of the file, by hand or by a command, is proposed to all; what others have changed is written. The shelf has
the last word: what it does not take is undone in the file, and the operator told. A kill loses nothing of the shelf:
the next start writes the file anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from chatcore.errors import ChatError
from chatcore.state.shelf import FOUNDED, Rows, Shelf

_MAX_NAMED = 10
_FOUNDED: Rows = ((FOUNDED, b""),)

Contents = Mapping[str, bytes]


class MirroredFile(Protocol):
    """A file as rows. One thread at a time."""

    name: str
    """What the operator calls it."""

    def read(self) -> Contents:
        """Return its rows: the same object as last time, while it is unchanged. Raises ChatError."""

    def change(self, rows: Rows) -> None:
        """Set these rows, and leave all others as they are. Raises ChatError."""


class RowMirror:
    """The mirror of one file. One thread at a time, which waits for the stream and for a disk."""

    def __init__(
        self,
        file: MirroredFile,
        shelf: Shelf,
        tell: Callable[[str], None],
        on_brought: Callable[[Rows], None] = lambda rows: None,
    ) -> None:
        """`tell` tells the operator; `on_brought` gets what the file has changed, once all trackers have it."""
        self._file = file
        self._shelf = shelf
        self._tell = tell
        self._on_brought = on_brought
        self._seen: Contents | None = None  # what the file said last
        self._base: Contents = {}  # what file and shelf both had
        self._is_stale = False  # the shelf has changed since
        self._problem = ""

    def found(self) -> None:
        """Bring what the file has if no tracker ever brought any; else have the file say what the shelf has.

        Once, before anybody is served. Raises ChatError.
        """
        self._shelf.watch(self._note_change)
        own = self._file.read()
        if self._shelf.value(FOUNDED) is None:
            self._shelf.propose((*_FOUNDED, *own.items()), ((FOUNDED, None),))
        shared = self._shared()
        if lost := tuple(row for row in _difference(own, shared) if row[0] in own):
            self._tell(f"{self._file.name} is not as the other trackers have it: theirs counts, for {_listed(lost)}")
        self._seen, self._base = own, own
        self._write()

    def tick(self) -> None:
        """Bring what has changed in the file, and write what has changed elsewhere. What fails is tried again."""
        try:
            self._bring()
            if self._is_stale:
                self._is_stale = False  # before looking: what comes meanwhile is for the next time
                self._write()
        except ChatError as error:
            self._is_stale = True
            if str(error) != self._problem:
                self._tell(str(error))
            self._problem = str(error)
        else:
            self._problem = ""

    def _bring(self) -> None:
        """Propose what the file says now and did not say before."""
        found = self._file.read()
        if found is self._seen:
            return
        new = tuple(row for row in _difference(self._base, found) if self._shelf.value(row[0]) != row[1])
        brought = new if not new or self._propose(new) else tuple(row for row in new if self._propose((row,)))
        if refused := tuple(row for row in new if row not in brought):
            self._tell(f"{self._file.name}: another tracker changed {_listed(refused)} just before, and that counts")
        self._seen, self._base = found, found
        self._is_stale = True
        if brought:
            self._on_brought(brought)

    def _propose(self, rows: Rows) -> bool:
        return self._shelf.propose(rows, tuple((key, self._base.get(key)) for key, _ in rows))

    def _write(self) -> None:
        """Have the file follow the shelf, but in what it has brought since it was read."""
        shared = self._shared()
        if rows := _difference(self._base, shared):
            self._file.change(rows)
            self._seen = None
        self._base = shared

    def _shared(self) -> Contents:
        rows = self._shelf.rows()
        rows.pop(FOUNDED, None)
        return rows

    def _note_change(self, rows: Rows) -> None:
        self._is_stale = True


def _difference(before: Contents, after: Contents) -> Rows:
    """Return what makes the latter of the former."""
    return tuple((key, after.get(key)) for key in {**before, **after} if after.get(key) != before.get(key))


def _listed(rows: Rows) -> str:
    more = f" and {len(rows) - _MAX_NAMED} more" if len(rows) > _MAX_NAMED else ""
    return ", ".join(sorted(key for key, _ in rows)[:_MAX_NAMED]) + more
