"""The archive of a tracker that keeps nothing beyond its memory."""

from __future__ import annotations

from chatcore.state.history import (
    Conversation,
    Gap,
    HistoryQuery,
    Kinds,
    Past,
    Recorded,
    SearchQuery,
    Seeker,
    Utterance,
)


class NoArchive:
    """See commands.services.Archive. Any thread; never blocks."""

    is_on = False

    def room_past(self, seeker: Seeker, room: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """Return an empty past."""
        return Past(seeker.rooms[room], (), 0)

    def dialog_past(self, seeker: Seeker, other: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """Return an empty past."""
        return Past(frozenset((seeker.identity, other)), (), 0)

    def latest_times(self, seeker: Seeker) -> dict[str, tuple[int, int]]:
        """Return no times."""
        return {}

    def conversations(self, seeker: Seeker) -> list[Conversation]:
        """Return no conversations."""
        return []

    def find(self, seeker: Seeker, id_: int, *, room: str = "", other: str = "") -> Utterance | None:
        """Return None: there is no message."""
        return None

    def search(self, seeker: Seeker, query: SearchQuery) -> tuple[Recorded, ...]:
        """Return no results."""
        return ()

    def gaps(self) -> tuple[Gap, ...]:
        """Return no gaps."""
        return ()
