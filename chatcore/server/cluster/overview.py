"""What operators see of a tracker among several, at the console and in its metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from time import monotonic
from typing import NamedTuple

from chatcore.cluster.common import incarnation_of
from chatcore.cluster.engine import order_of
from chatcore.cluster.members import BEAT_S, Members
from chatcore.cluster.replica import Replica
from chatcore.cluster.shared_stream import SharedStream
from chatcore.cluster.valkey_engine import ValkeyEngine
from chatcore.errors import EngineAway
from chatcore.server.cluster.checkpoints import Checkpoints
from chatcore.server.metrics.exposition import Value
from chatcore.server.metrics.measures import Delays
from chatcore.server.standing import EngineSeen, Standing, TrackerSeen
from chatcore.state.registry import Registry


class Parts(NamedTuple):
    """What is looked at."""

    engine: ValkeyEngine
    registry: Registry
    members: Members
    stream: SharedStream
    replica: Replica
    checkpoints: Checkpoints


class Overview:
    """One tracker's. Any thread, unless a method says otherwise."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._courier = parts.stream.courier
        self._delays = Delays()
        self._courier.on_confirmed = lambda since: self._delays.note((since,), monotonic())

    def standing(self) -> Standing:
        """Return how this tracker stands. It asks the engine, unless that is known to be away. Main thread."""
        away_s = self._courier.away_s
        behind_s = self._behind_s() if away_s is None else None
        engine = EngineSeen(self._parts.engine.address.shown, away_s, behind_s, self._courier.waiting)
        return Standing(tuple(self._trackers()), engine)

    def measures(self) -> Iterator[tuple[str, Value]]:
        """Yield what is measured, by the names in metrics.catalogue."""
        yield "cluster_trackers", len(self._parts.members.seen())
        yield "cluster_engine_reachable", int(self._courier.away_s is None)
        yield "cluster_records_total", self._parts.replica.position
        yield "cluster_records_waiting", self._courier.waiting
        yield "cluster_batches_waiting", self._parts.stream.waiting
        yield "cluster_append_seconds", self._delays.read()
        yield "cluster_checkpoints_total", self._parts.checkpoints.made

    def _trackers(self) -> list[TrackerSeen]:
        now, own = self._parts.replica.now(), self._parts.replica.incarnation
        people = Counter(incarnation_of(client.id) for client in self._parts.registry.clients())
        seen = sorted(self._parts.members.seen().items(), key=lambda item: (item[0] != own, item[0]))
        return [
            TrackerSeen(each.joined.name, each.since, max(0.0, now - each.heard), people[id_], is_this=id_ == own)
            for id_, each in seen
        ]

    def _behind_s(self) -> float | None:
        """Return by how much (s) the last record carried out is older than the last one appended.

        A lag shorter than a beat counts as none: the record may have been appended just now.
        """
        try:
            last = self._parts.engine.last_id()
        except EngineAway:
            return None
        behind_s = order_of(last)[0] / 1000 - self._parts.replica.time
        return behind_s if behind_s > BEAT_S else 0.0
