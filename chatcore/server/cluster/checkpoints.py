"""Checkpoints: every tracker makes a snapshot of all shared state at the same positions.

Its digest goes out with the next beat, so a tracker that differs notices. Each begins a segment, from which this
tracker restarts and others catch up. One tracker puts the snapshot into the engine for newcomers, and the stream is
trimmed to the last but one.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import NamedTuple

from chatcore.cluster.engine import Engine
from chatcore.cluster.members import Members, MemberState
from chatcore.cluster.registry_snapshot import registry_state, restore_registry
from chatcore.cluster.replica import Replica, StreamState
from chatcore.cluster.segment_file import Head
from chatcore.cluster.segments import Segments
from chatcore.cluster.shelves import Shelves, ShelvesState
from chatcore.cluster.snapshot import decode, digest_of, encode, pack, unpack
from chatcore.errors import EngineAway
from chatcore.server.outgoing.delivery import Delivery
from chatcore.server.outgoing.restoration import ViewState
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.registry import Registry
from chatcore.state.registry_state import RegistryState

_NO_LIMIT = 1 << 30


class TrackersState(NamedTuple):
    """The trackers there are, and those whose records no longer count."""

    members: tuple[MemberState, ...] = ()
    gone: tuple[int, ...] = ()


class Shared(NamedTuple):
    """All that has state in a snapshot."""

    registry: Registry
    delivery: Delivery
    members: Members
    shelves: Shelves
    replica: Replica


_KINDS = {
    "registry": RegistryState,
    "view": ViewState,
    "trackers": TrackersState,
    "shelves": ShelvesState,
    "stream": StreamState,
}


def state_of(shared: Shared) -> bytes:
    """Return a snapshot. Delivery's thread, with all delivered that was carried out."""
    view = shared.delivery.state()
    view = view._replace(peak=max(view.peak, shared.replica.time))  # what a tracker notes for itself apart
    return encode(
        {
            "registry": registry_state(shared.registry),
            "view": view,
            "trackers": TrackersState(tuple(shared.members.state()), shared.members.gone()),
            "shelves": shared.shelves.state(),
            "stream": shared.replica.state(),
        }
    )


def restore(shared: Shared, packed: bytes, batch: str, *, is_news: bool) -> None:
    """Have everything be as a snapshot has it, that was made after the batch of this id. Before delivery runs.

    `is_news`: this tracker was not there when it was made. Raises SnapshotError.
    """
    parts = decode(unpack(packed), _KINDS)
    nobody = Credit(_NO_LIMIT)
    restore_registry(shared.registry, parts["registry"], lambda id_, host, port: Client(id_, host, port, nobody))
    stream: StreamState = parts["stream"]
    shared.delivery.restore(parts["registry"], parts["view"], stream.position, is_news=is_news)
    trackers: TrackersState = parts["trackers"]
    shared.members.restore(trackers.members, trackers.gone)
    shared.shelves.restore(parts["shelves"])
    shared.replica.restore(stream, batch)
    for client in shared.registry.clients():
        shared.replica.adopt(client)


class Checkpoints:
    """Makes the checkpoints. Delivery's thread, unless a method says otherwise."""

    def __init__(
        self,
        shared: Shared,
        segments: Segments,
        engine: Engine,
        chat: str,
        place: Callable[[], str],
        on_diverged: Callable[[str], None],
    ) -> None:
        """`place` returns where this tracker's log is; `on_diverged` is told why this tracker cannot go on."""
        self._shared = shared
        self._segments = segments
        self._engine = engine
        self._chat = chat
        self._place = place
        self._on_diverged = on_diverged
        self._own: dict[int, bytes] = {}  # digests by position
        self._references: dict[int, bytes] = {}
        self._latest = (0, b"")
        self.on_made: Callable[[int], None] = lambda position: None
        """Told of the position of each."""
        self.made = 0
        """How many. Any thread may read it."""

    def latest(self) -> tuple[int, bytes]:
        """Return position and digest of the last one, once; (0, b'') if it was returned. One other thread."""
        latest, self._latest = self._latest, (0, b"")
        return latest

    def make(self, *, is_mine_to_keep: bool, forgets: bool = False) -> None:
        """Make one. `is_mine_to_keep`: it is this tracker that puts it into the engine.

        `forgets`: nothing of before may be kept, as there is something in it that was erased.
        """
        replica = self._shared.replica
        data, position, batch = state_of(self._shared), replica.position, replica.batch
        packed = pack(data, is_hurried=True)  # its segment is compressed later, when others are written
        self._own[position] = digest_of(packed)
        self._latest = position, self._own[position]
        self.made += 1
        for old in sorted(self._own)[:-4]:
            del self._own[old]
        self._segments.roll(Head(position, batch, replica.time, self._chat, self._place()), packed)
        self.on_made(position)
        if forgets:
            self._segments.forget_before(position)
        if is_mine_to_keep:
            kept = position, batch, data, forgets
            threading.Thread(target=self._keep, args=kept, name="checkpoint", daemon=True).start()

    def compare(self, position: int, found: bytes) -> None:
        """Compare what a tracker says of a position: the first to say it is right."""
        reference = self._references.setdefault(position, found)
        for old in sorted(self._references)[:-4]:
            del self._references[old]
        own = self._own.get(position)
        if own is not None and own != reference:
            self._on_diverged(
                f"This tracker differs from the others at position {position}, by a fault in this program"
            )

    def _keep(self, position: int, batch: str, data: bytes, forgets: bool) -> None:
        """Put a snapshot into the engine, and let go of what only older ones need, or of all before."""
        with contextlib.suppress(EngineAway):
            self._engine.put_snapshot(position, batch, pack(data))
            if forgets:
                self._engine.drop_snapshots(position)
            kept = sorted(self._engine.snapshots())
            if kept:
                self._engine.trim(kept[0][1])
