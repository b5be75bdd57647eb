"""The bans of a chat of several trackers, and the file in which each of them has a copy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from chatcore.errors import ChatError
from chatcore.server.access.bans import Bans
from chatcore.state.shelf import FOUNDED, Rows, Shelf

_TRIES = 10
_CROWD = "Others change the bans at this moment: try again"


class SharedBans(Bans):
    """All bans, as the shelf has them: keys without values. Any thread; a change waits for the stream."""

    def __init__(self, shelf: Shelf) -> None:
        """Follow the shelf. Before delivery begins."""
        self._bans: tuple[str, ...] = ()
        self._shelf = shelf
        self._has_news = False
        self._brought: deque[Rows] = deque()  # by this tracker's file, and not told yet
        shelf.watch(self._follow)

    def change(self, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> bool:
        """Have all trackers have what `change` makes of the bans; return whether that changed anything.

        Raises ChatError if it is not known in time whether they do.
        """
        for _ in range(_TRIES):
            before = self._bans
            after = change(before)
            if after == before:
                return False
            lifted = tuple((ban, None) for ban in before if ban not in after)
            added = tuple((ban, b"") for ban in after if ban not in before)
            expected = (*((ban, b"") for ban, _ in lifted), *((ban, None) for ban, _ in added))
            if self._shelf.propose((*lifted, *added), expected):
                return True
        raise ChatError(_CROWD)

    def note_brought(self, rows: Rows) -> None:
        """Note what a change of this tracker's file has come to. The mirror's thread."""
        self._brought.append(rows)

    def refresh(self) -> tuple[list[str], list[str]]:
        """Return the bans added and the bans lifted by changes of this tracker's file, since the last call."""
        rows = [row for _ in range(len(self._brought)) for row in self._brought.popleft()]
        return [ban for ban, value in rows if value is not None], [ban for ban, value in rows if value is None]

    def take_news(self) -> bool:
        """See Bans."""
        had_news, self._has_news = self._has_news, False
        return had_news

    def _follow(self, rows: Rows) -> None:
        bans = dict.fromkeys(self._bans)
        for ban, value in rows:
            if value is None:
                bans.pop(ban, None)
            elif ban != FOUNDED and ban not in bans:
                bans[ban] = None
                self._has_news = True
        self._bans = tuple(bans)


class BansFile:
    """This tracker's file, as `MirroredFile`."""

    def __init__(self, file: Bans, name: str) -> None:
        self.name = name
        self._file = file
        self._rows = dict.fromkeys(file.all(), b"")

    def read(self) -> dict[str, bytes]:
        """See MirroredFile."""
        self._file.refresh()
        found = self._file.all()
        if list(self._rows) != found:
            self._rows = dict.fromkeys(found, b"")
        return self._rows

    def change(self, rows: Rows) -> None:
        """See MirroredFile."""
        changes = dict(rows)

        def changed(bans: tuple[str, ...]) -> tuple[str, ...]:
            stay = (ban for ban in bans if changes.get(ban, b"") is not None)
            return tuple(dict.fromkeys((*stay, *(ban for ban, value in rows if value is not None))))

        self._file.change(changed)
