"""What a tracker among several does before it takes part: begin or find the chat, and catch up with the others.

Main thread, unless a method says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic, sleep
from time import time as unix_time
from typing import NamedTuple

from chatcore.cluster.chain import Chain, Opening
from chatcore.cluster.engine import FIRST, Batch, Engine
from chatcore.cluster.peers import Peers
from chatcore.cluster.segment_file import Head, SegmentUnusable
from chatcore.cluster.segments import Segments, is_after
from chatcore.cluster.shared_stream import SharedStream
from chatcore.cluster.snapshot import pack
from chatcore.errors import ConfigError, EngineAway, EngineLost, StreamClosed
from chatcore.server.archive.holdings import Holdings
from chatcore.server.audit.recovery import RecoveringLog, gap_line
from chatcore.server.cluster.archived import Archived
from chatcore.server.cluster.checkpoints import Shared, restore, state_of
from chatcore.server.footing import Bar, House

_FOUND_S = 10.0
_POLL_S = 0.01


class Sources(NamedTuple):
    """Where the chat so far comes from, and where this tracker keeps it."""

    engine: Engine
    segments: Segments
    holdings: Holdings
    log: RecoveringLog
    archived: Archived
    chat: dict[str, str]


class CatchingUp:
    """Catches up one tracker."""

    def __init__(
        self, sources: Sources, shared: Shared, house: House, stream: SharedStream, on_lost: Callable[[str], None]
    ) -> None:
        """`on_lost` is called with the reason why this tracker cannot continue."""
        self._engine, self._segments, self._holdings, self._log, self._archived, self._chat = sources
        self._shared = shared
        self._replica = shared.replica
        self._house = house
        self._stream = stream
        self._on_lost = on_lost

    def begin_chat(self) -> Opening:
        """Put the first snapshot, of this tracker's state, into the engine."""
        self._segments.keep_only(self._chat["id"])
        self._replica.begin_time(unix_time())
        self._holdings.close_presences()
        packed, position = pack(state_of(self._shared)), self._replica.position
        self._segments.roll(Head(position, FIRST, self._replica.time, self._chat["id"], self._log.place()), packed)
        self._engine.put_snapshot(position, FIRST, packed)
        self._archived.begin(position)
        return Opening(None, None, "", None, iter(()), FIRST)

    def find_chat(self) -> Opening:
        """Load a snapshot. Raises ConfigError, EngineAway, EngineLost, SnapshotError, OSError."""
        deadline = monotonic() + _FOUND_S
        while not self._engine.snapshots():
            if monotonic() > deadline:
                raise ConfigError("another tracker has begun this chat, and not finished: start that again first")
            sleep(_POLL_S)
        opening = self._chain().open()
        if opening.head is None or opening.snapshot is None:
            raise ConfigError("the engine has no snapshot of this chat")
        restore(self._shared, opening.snapshot, opening.head.after, is_news=not opening.is_own)
        if not opening.is_own:
            for erased in self._replica.erasures:
                self._holdings.note_erased(*erased)
        self._note_what_the_archive_lacks(opening, opening.head)
        is_noted = bool(opening.place)
        gap = gap_line(*opening.gap, opening.head.time) if opening.gap and not is_noted else ""
        self._log.recover(opening.place, gap)
        return opening

    def missed(self, after: str) -> Iterator[Sequence[Batch]]:
        """Yield what followed a batch while this tracker was cut off. The courier's thread; see Chain.since."""
        return self._chain().since(after)

    def catch_up(self, opening: Opening, show: Callable[[int], Bar]) -> None:
        """Run every batch since the snapshot. Raises ConfigError."""
        try:
            done_ms, end_ms = opening.span_ms
            with show(end_ms - done_ms) as bar:
                for batches in opening.batches:
                    self._stream.deliver(list(batches))
                    ms = int(batches[-1].time * 1000)
                    bar.add(ms - done_ms)
                    done_ms = ms
            while is_after(opening.last, self._replica.batch) and not self._house.presence.has_failed:
                sleep(_POLL_S)
            self._stream.call(self._end_recovery)
        except (EngineAway, EngineLost, SegmentUnusable, OSError) as error:
            raise ConfigError(str(error)) from error
        except StreamClosed as error:
            raise ConfigError("what came meanwhile could not be carried out") from error

    def _note_what_the_archive_lacks(self, opening: Opening, head: Head) -> None:
        """Note the archive's gap, if any: the log's, or another left by a power loss.

        Raises ArchiveUnavailable, OSError.
        """
        lacks = (self._archived.position + 1, head.position) if self._archived.position < head.position else None
        gap = opening.gap or lacks
        if gap:
            self._holdings.note_gap(*gap, int(head.time * 1000), self._present())
        if gap or not opening.is_own:
            self._archived.begin(head.position)

    def _chain(self) -> Chain:
        return Chain(
            self._segments,
            self._engine,
            Peers(self._engine, self._segments.folder),
            chat=self._chat["id"],
            log=self._log,
            archived=self._archived.position,
            first=int(self._chat["first"]),
        )

    def _present(self) -> list[tuple[str, str]]:
        """Return which accounts (ids) are in which rooms (casefolded)."""
        channels = self._house.registry.channels()
        members = ((client.login, channel.key_name) for channel in channels for client in channel.members)
        return [(login.account_id, room) for login, room in members if login is not None]

    def _end_recovery(self) -> None:
        """Write to the log from now on. Delivery's thread."""
        if beyond := self._log.end_recovery():
            self._on_lost(f"The engine has lost what it had confirmed: the log has this line, and it has not: {beyond}")
