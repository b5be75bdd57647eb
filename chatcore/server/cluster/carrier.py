"""Runs batches for SharedStream with this tracker's segments, the replica and the checkpoints. Delivery's thread."""

from __future__ import annotations

from chatcore.cluster.engine import Batch
from chatcore.cluster.members import Members
from chatcore.cluster.replica import Replica
from chatcore.cluster.segments import Segments
from chatcore.server.cluster.checkpoints import Checkpoints
from chatcore.state.stream import Entry


class Carrier:
    """See shared_stream.Runner."""

    def __init__(self, replica: Replica, segments: Segments, checkpoints: Checkpoints, members: Members) -> None:
        self._replica = replica
        self._segments = segments
        self._checkpoints = checkpoints
        self._members = members

    @property
    def position(self) -> int:
        """See Runner."""
        return self._replica.position

    @property
    def time(self) -> float:
        """See Runner."""
        return self._replica.time

    def now(self) -> float:
        """See Runner."""
        return self._replica.now()

    @property
    def is_due(self) -> bool:
        """See Runner."""
        return self._replica.is_due

    def store(self, batches: list[Batch]) -> None:
        """See Runner: it is run again from there after a kill -9."""
        self._segments.write(batches)

    def run(self, batch: Batch) -> list[Entry]:
        """See Runner."""
        return self._replica.run(batch)

    def make_checkpoint(self) -> None:
        """See Runner. The tracker that has been here longest keeps it for newcomers."""
        is_first = self._replica.incarnation == next(iter(self._members.all()), 0)
        self._checkpoints.make(is_mine_to_keep=is_first, forgets=self._replica.has_erased)
        self._replica.note_checkpoint()
