"""What clients are told when it is unknown whether their last commands reached the engine, and once it is known.

In between, a PONG says only that their tracker is alive (ARCHITECTURE, "The ordering contract").
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from chatcore.cluster.flights import Pending
from chatcore.cluster.shared_stream import SharedStream
from chatcore.errors import StreamClosed, TransportClosed
from chatcore.protocol.capabilities import STANDARD_REPLIES
from chatcore.protocol.goodbye import goodbye
from chatcore.server.outgoing.lines import reply_bytes
from chatcore.server.roster import Roster
from chatcore.state.requests import Replied

HELD = (
    "What you said last is held, as the trackers of this chat cannot reach each other. It arrives when they can, "
    "unless this one ends before"
)
ARRIVED = "What was held has arrived"


class Held:
    """One tracker's. Any thread, without a lock, unless a method names one."""

    visits: Roster

    def __init__(self, stream: SharedStream) -> None:
        """`visits` are set before anybody comes."""
        self._stream = stream

    def begin(self, doubtful: list[Pending]) -> None:
        """Tell the clients that gave this, and let them ask on. The courier's thread."""
        given = [each for each in doubtful if each.credit is not None and not each.is_awaited]
        for client in {each.client for each in given}:
            self._tell(client, "HELD", HELD)
        told = {each.flight: partial(self._tell, each.client, "ARRIVED", ARRIVED) for each in given}
        for flight, last in {each.flight: each for each in doubtful}.items():
            flight.hold(last, told.get(flight, _nothing))

    def dismiss(self, client: int, reason: str) -> None:
        """Tell a client that is not in why it cannot come in, and end its visit. Its own thread."""
        visit = self.visits.get(client)
        if visit is not None:
            with suppress(TransportClosed):
                visit.connection.send_all(reply_bytes("", "*", goodbye(reason)))
            visit.connection.end_output()
            visit.end(reason, is_lost=False)

    def _tell(self, client: int, code: str, words: str) -> None:
        visit = self.visits.get(client)
        if visit is None:
            return
        knows = visit.client.capabilities & STANDARD_REPLIES
        reply = ("NOTE", "*", code, words) if knows else ("NOTICE", visit.client.nick, words)
        with suppress(StreamClosed):
            self._stream.append_here((Replied(client, (reply,), is_answer=False),))


def _nothing() -> None:
    """Nobody was told."""
