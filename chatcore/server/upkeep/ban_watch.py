"""Acts on changes of the bans, on the console or in the file, and on addresses that get shut out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from chatcore.errors import ChatError, StreamClosed
from chatcore.server.access.bans import Bans
from chatcore.server.roster import Roster
from chatcore.state.events import Event
from chatcore.state.notes import Noted, NoteKind


class BanWatch:
    """Ends the visits that bans cover."""

    def __init__(
        self,
        bans: Bans,
        visits: Roster,
        shut_out_s: float,
        publish: Callable[..., None],
        tell: Callable[[str], None],
    ) -> None:
        """Wrong passwords shut an address out for `shut_out_s`.

        `publish` appends to the stream; `tell` tells the operator something.
        """
        self._bans = bans
        self._visits = visits
        self._shut_out_s = shut_out_s
        self._publish = publish
        self._tell = tell

    def tick(self) -> None:
        """Apply changes made to the file, log them and tell the operator; apply other trackers' changes.

        Heartbeat's thread only.
        """
        try:
            added, lifted = self._bans.refresh()
        except ChatError as error:
            self._tell(str(error))
            return
        if self._bans.take_news():
            self.end_banned()
        if added or lifted:
            events: list[Event] = [Noted(NoteKind.BAN, (ban,)) for ban in added]
            events += [Noted(NoteKind.UNBAN, (ban,)) for ban in lifted]
            with contextlib.suppress(StreamClosed):
                self._publish(*events)
            ended = self.end_banned()
            self._tell(f"bans.json was changed: {len(added)} added, {len(lifted)} lifted; {ended} disconnected.")

    def end_banned(self) -> int:
        """End the visits that a ban covers; return how many. Any thread."""
        there = (visit for visit in self._visits.all() if not visit.is_ending())
        met = [visit for visit in there if self._bans.matches(visit.client.nick, visit.client.host)]
        for visit in met:
            visit.end("Banned by the operator", is_lost=False)
        return len(met)

    def shut_out(self, address: str) -> None:
        """Act on an address that tried too many passwords: end its visits that have not proven anything.

        Log it and tell the operator, too. Any thread.
        """
        with contextlib.suppress(StreamClosed):
            self._publish(Noted(NoteKind.SHUT_OUT, (address,), "too many wrong passwords"))
        minutes = round(self._shut_out_s / 60)
        self._tell(f"{address} tried too many wrong passwords and is shut out for {minutes} minutes")
        self._visits.end_strangers(address, "Too many wrong passwords from your address")
