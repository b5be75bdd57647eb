"""Takes the current metrics from all parts of a tracker, for /metrics.

Runs in the asking client's thread. It looks at no individual client: with thousands of them that would keep delivery
waiting.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from chatcore import __version__
from chatcore.config import Config
from chatcore.server.archive.holdings import Holdings
from chatcore.server.attendance import Attendance
from chatcore.server.audit.sealing.sealer import Sealer
from chatcore.server.incoming.reception import ACCEPTED, Reception
from chatcore.server.metrics.catalogue import METRICS
from chatcore.server.metrics.exposition import Value, exposition
from chatcore.server.metrics.process import process_values
from chatcore.server.outgoing.delivery import Delivery
from chatcore.server.roster import Roster
from chatcore.server.services import TrackerServices
from chatcore.state.registry import Registry
from chatcore.transport.tcp import OutboxBudget
from chatcore.transport.tls_context import TlsIdentity

_MB = 1 << 20
_Values = Iterable[tuple[str, Value]]


@dataclass(frozen=True)
class Readings:
    """The parts of one tracker that metrics are taken from. Any thread."""

    config: Config
    registry: Registry
    visits: Roster
    attendance: Attendance
    services: TrackerServices
    reception: Reception
    delivery: Delivery
    outboxes: OutboxBudget
    holdings: Holdings
    sealer: Sealer | None
    identity: Callable[[], TlsIdentity]
    of_several: Callable[[], _Values]
    """The metrics of a tracker that is one of several."""

    def text(self) -> str:
        """Return all metrics in Prometheus' text format."""
        return exposition(METRICS, self.values())

    def values(self) -> dict[str, Value]:
        """Return all metrics by name, except those whose value cannot be found out."""
        own = {f"chatcore_{name}": value for part in self._parts() for name, value in part}
        return {**own, "process_start_time_seconds": self.services.started_at, **process_values()}

    def _parts(self) -> Iterator[_Values]:
        yield from (self._of_people(), self._of_arrivals(), self._of_delivery(), self._of_log(), self._of_archive())
        yield self.of_several()

    def _of_people(self) -> _Values:
        yield "build_info", {__version__: 1}
        yield "clients", self.attendance.present.copy()
        yield "clients_passing", max(0, len(self.visits) - sum(self.attendance.present.values()))
        yield "clients_limit", self.config.limits.max_clients
        yield "rooms", self.registry.channel_count()
        yield "rooms_waiting", self.registry.dormant_count()

    def _of_arrivals(self) -> _Values:
        counts = self.reception.counts.read()
        yield "connections_total", counts.pop(ACCEPTED)
        yield "connections_refused_total", counts
        yield "logins_refused_total", self.delivery.refused_logins.copy()
        yield "addresses_shut_out", self.services.doorkeeper.shut_out_count()
        yield "bans", len(self.services.bans.all())
        yield "certificate_expiry_timestamp_seconds", self.identity().expires_at

    def _of_delivery(self) -> _Values:
        limits = self.config.limits
        yield "messages_total", self.delivery.messages
        yield "sends_total", self.delivery.sends
        yield "delivery_delay_seconds", self.delivery.delays.read()
        yield "outbox_bytes", self.outboxes.used_bytes
        yield "outbox_limit_bytes", limits.max_total_sendq_bytes
        yield "history_bytes", self.delivery.history_bytes
        yield "history_limit_bytes", limits.max_total_history_bytes

    def _of_log(self) -> _Values:
        log = self.services.log
        yield "log_writable", int(log.is_writable)
        yield "log_written_bytes_total", log.written_bytes
        with contextlib.suppress(OSError):
            yield "log_file_bytes", log.path.stat().st_size
        if self.sealer is not None:
            yield "log_seal_working", int(self.sealer.is_working)
            if self.sealer.sealed_at is not None:
                yield "log_sealed_timestamp_seconds", self.sealer.sealed_at

    def _of_archive(self) -> _Values:
        holdings = self.holdings
        is_journal_writable, is_problem = holdings.journal.is_complete, bool(holdings.archivist.problem)
        yield "archive_enabled", int(self.config.is_archive_on)
        yield "archive_writable", {"journal": int(is_journal_writable), "files": int(not is_problem)}
        yield "archive_limit_bytes", self.config.history_mb * _MB
        with contextlib.suppress(OSError):
            yield "archive_backlog_bytes", holdings.backlog_bytes()
        with contextlib.suppress(OSError):
            yield "archive_file_bytes", holdings.file_bytes()
