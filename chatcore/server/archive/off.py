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
    """See commands.services.Archive. Any thread; waits for nothing."""

    is_on = False

    def room_past(self, seeker: Seeker, room: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """Return that nothing is kept."""
        return Past(seeker.rooms[room], (), 0)

    def dialog_past(self, seeker: Seeker, other: str, query: HistoryQuery, kinds: Kinds) -> Past:
        """Return that nothing is kept."""
        return Past(frozenset((seeker.identity, other)), (), 0)

    def latest_times(self, seeker: Seeker) -> dict[str, tuple[int, int]]:
        """Return that nothing is kept."""
        return {}

    def conversations(self, seeker: Seeker) -> list[Conversation]:
        """Return that nothing is kept."""
        return []

    def find(self, seeker: Seeker, id_: int, *, room: str = "", other: str = "") -> Utterance | None:
        """Return that nothing is kept."""
        return None

    def search(self, seeker: Seeker, query: SearchQuery) -> tuple[Recorded, ...]:
        """Return that nothing is kept."""
        return ()

    def gaps(self) -> tuple[Gap, ...]:
        """Return that nothing is missing of it."""
        return ()
