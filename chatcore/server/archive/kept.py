"""What clients may ask of the archive: the implementation of `commands.services.Archive`."""

from __future__ import annotations

from collections.abc import Callable

from chatcore.server.archive.archivist import Archivist
from chatcore.server.archive.reader import Reader
from chatcore.state.history import Conversation, HistoryQuery, Past, Recorded, SearchQuery, Seeker


class KeptArchive:
    """Answers once SQLite has all that was in the stream when it was asked. Any thread, without a lock."""

    is_on = True

    def __init__(self, archivist: Archivist, reader: Reader, position: Callable[[], int]) -> None:
        """`position` returns the last position in the stream."""
        self._archivist = archivist
        self._reader = reader
        self._position = position

    def room_past(self, seeker: Seeker, room: str, query: HistoryQuery, *, with_events: bool) -> Past:
        """See Archive."""
        self._catch_up()
        return self._reader.room_past(seeker, room, query, with_events=with_events)

    def dialog_past(self, seeker: Seeker, other: str, query: HistoryQuery, *, with_events: bool) -> Past:
        """See Archive."""
        self._catch_up()
        return self._reader.dialog_past(seeker, other, query, with_events=with_events)

    def latest_times(self, seeker: Seeker) -> dict[str, tuple[int, int]]:
        """See Archive."""
        self._catch_up()
        return self._reader.latest_times(seeker)

    def conversations(self, seeker: Seeker) -> list[Conversation]:
        """See Archive."""
        self._catch_up()
        return self._reader.conversations(seeker)

    def search(self, seeker: Seeker, query: SearchQuery) -> tuple[Recorded, ...]:
        """See Archive."""
        self._catch_up()
        return self._reader.search(seeker, query)

    def _catch_up(self) -> None:
        self._archivist.catch_up(self._position())
