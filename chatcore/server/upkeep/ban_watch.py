"""What becomes of people when the bans change: here on the console, or in the file by somebody else's hand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

from chatcore.errors import ChatError, StreamClosed
from chatcore.server.access.bans import Bans
from chatcore.server.visit import Visit
from chatcore.state.events import Event
from chatcore.state.notes import Noted, NoteKind


class BanWatch:
    """Ends the visits that bans meet. `publish` appends to the stream; `tell` tells the operator."""

    def __init__(
        self,
        bans: Bans,
        visits: Callable[[], Iterable[Visit]],
        publish: Callable[..., None],
        tell: Callable[[str], None],
    ) -> None:
        self._bans = bans
        self._visits = visits
        self._publish = publish
        self._tell = tell

    def tick(self) -> None:
        """Apply what somebody wrote into the file; log and tell it. Heartbeat's thread only."""
        try:
            added, lifted = self._bans.refresh()
        except ChatError as error:
            self._tell(str(error))
            return
        if added or lifted:
            events: list[Event] = [Noted(NoteKind.BAN, (ban,)) for ban in added]
            events += [Noted(NoteKind.UNBAN, (ban,)) for ban in lifted]
            with contextlib.suppress(StreamClosed):
                self._publish(*events)
            ended = self.end_banned()
            self._tell(f"bans.json was changed: {len(added)} added, {len(lifted)} lifted; {ended} disconnected.")

    def end_banned(self) -> int:
        """End the visits of all whom a ban meets; return how many. Any thread."""
        met = [v for v in self._visits() if self._bans.matches(v.client.nick, v.client.host)]
        for visit in met:
            visit.end("Banned by the operator", is_lost=False)
        return len(met)
