"""The delivery thread: takes a batch of entries, logs it, applies it and sends it.

Nothing reaches a reader before its line is in chat.log. While the log cannot be written, messages are returned to their
senders as errors, and changes of state wait, in order, until it can be (see Holdback).
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from time import monotonic, time

from chatcore.config import Config
from chatcore.errors import SendQueueExceeded, TransportClosed
from chatcore.protocol.names import format_address
from chatcore.server.archive.journal.journal import Cut
from chatcore.server.archive.journal.records import fact_record
from chatcore.server.audit.grammar import AuditFormat
from chatcore.server.audit.log import AuditLog
from chatcore.server.metrics.measures import Delays
from chatcore.server.outgoing.drain import Drain, wait_writable
from chatcore.server.outgoing.fanout import Fanout
from chatcore.server.outgoing.history import Histories
from chatcore.server.outgoing.holdback import Holdback
from chatcore.server.outgoing.host import Host
from chatcore.server.outgoing.lines import seconds
from chatcore.server.outgoing.markers import Markers
from chatcore.server.outgoing.markers import reserved_bytes as bytes_for_markers
from chatcore.server.outgoing.membership import Reader
from chatcore.server.outgoing.memory_history import MemoryHistories
from chatcore.server.outgoing.recorded_history import RecordedHistories, Recording
from chatcore.server.outgoing.remembered import remembered
from chatcore.server.outgoing.renderer import Renderer
from chatcore.server.outgoing.rendering.context import RenderContext
from chatcore.server.outgoing.restoration import ViewState, restore_view, view_state
from chatcore.server.outgoing.view import View
from chatcore.server.outgoing.waiting import Waiting, reserved_bytes
from chatcore.state import requests
from chatcore.state.credit import Credit
from chatcore.state.erasure import Erasure
from chatcore.state.registry_state import RegistryState
from chatcore.state.stream import Entry, Label, Stream

BATCH_ENTRIES = 1024  # the best of 512, 1024 and 2048 for nine senders in each of 30 rooms
SLICE_SENDS = 256
MAX_UNSENT_BYTES = 1 << 23  # output of a batch, not yet counted by any outbox, that forces a send
GOODBYE_S = 0.5
_logger = logging.getLogger(__name__)


class Delivery(threading.Thread):
    """Sends everything to registered clients. Other threads may call only what says so."""

    def __init__(self, config: Config, stream: Stream, log: AuditLog, host: Host, recording: Recording) -> None:
        super().__init__(name="delivery")
        self._stream = stream
        self._journal = recording.journal
        kept = recording.belongings
        self._waiting = Waiting(
            config,
            self._journal.append,
            kept.waiting,
            lambda: self._journal.is_complete or bool(config.cluster),  # all trackers must decide alike
        )
        self._markers = Markers(config, self._journal.append, kept.markers, lambda: self._journal.is_complete)
        max_bytes = config.limits.max_total_history_bytes - reserved_bytes(config) - bytes_for_markers(config)
        memory = MemoryHistories(config.history, max_bytes, stream.sequence)
        self._histories: Histories = memory
        if config.is_archive_on:
            self._histories = RecordedHistories(memory, recording, lambda: self._rendering.line_id)
        self._view = View(self._histories, host.close_room, self._journal.append, kept.metadata)
        self._fanout = Fanout()
        self._rendering = RenderContext(
            config,
            self._view,
            self._fanout,
            host,
            self.post_writable,
            stream.sequence,
            self._erase,
            self._waiting,
            self._markers,
        )
        self._rendering.peak = seconds(recording.after_ms)
        self._rendering.pass_peak()
        self._renderer = Renderer(self._rendering)
        audit_format = AuditFormat(log_private=config.log_private, on_refused=host.refuse)
        self._audit_format = audit_format
        self._holdback = Holdback(log, audit_format, refuses=not config.cluster)
        self.refused_logins = audit_format.refused_logins
        """Number of refused logins, by what was wrong. Any thread may read it."""
        self.delays = Delays()
        """Times from each append to the end of the sends that it caused."""
        self.sends = 0
        """Number of sends to readers, without urgent answers. Any thread may read it."""
        self.on_erased: Callable[[Erasure, int, Cut | None], None] = lambda erasure, up_to, cut: None
        """Called with what was erased, up to which id, and where the journal was cut. Delivery's thread."""
        self._host = host
        self._urgent: deque[tuple[int, tuple[requests.Reply, ...], Credit, Label | None]] = deque()
        self._writable: deque[Reader] = deque()
        self._drain = Drain(self.post_writable)

    def state(self) -> ViewState:
        """Return what a snapshot needs besides the registry. Delivery's thread, or while it does not run."""
        return view_state(self._rendering)

    def restore(self, registry: RegistryState, state: ViewState, position: int, *, is_news: bool = False) -> None:
        """Restore a snapshot taken at a position in the stream. Call before anything is delivered.

        `is_news`: the snapshot is new to this tracker, so what it has on disk is replaced.
        """
        restore_view(self._rendering, registry, state, position)
        if is_news:
            waiting = state.waiting if self._rendering.config.is_archive_on else ()
            self._journal.append(fact_record(self._rendering.last_line_id, remembered(registry, waiting)))
        self._journal.commit()
        self._audit_format.restore(
            {client.id: client.nick for client in registry.clients},
            {client.id: format_address(client.host, client.port) for client in registry.clients},
        )

    @property
    def is_holding(self) -> bool:
        """Return whether anything waits until the log can be written. Delivery's thread."""
        return self._holdback.is_holding

    @property
    def history_bytes(self) -> int:
        """Return how much memory histories, waiting messages and read markers take. Any thread."""
        return self._histories.used_bytes + self._waiting.used_bytes + self._markers.used_bytes

    @property
    def messages(self) -> int:
        """Return the number of messages logged. Any thread."""
        return self._rendering.messages

    def post_reply(self, client: int, replies: tuple[requests.Reply, ...], credit: Credit, label: Label | None) -> None:
        """Answer a client that has nothing else in flight, ahead of other clients' events. Any thread."""
        self._urgent.append((client, replies, credit, label))
        self._stream.wake()

    def post_writable(self, reader: Reader) -> None:
        """Note that a reader can take more, for example because its full socket has drained. Any thread."""
        self._writable.append(reader)
        self._stream.wake()

    def run(self) -> None:
        """Deliver until the stream's last entry has been delivered."""
        self._drain.start()
        try:
            while not self._rendering.has_stopped:
                entries = self._stream.take(BATCH_ENTRIES)
                # Answers get the current time (the last event may be an hour old), but no later time than what follows.
                self._rendering.time = entries[0].time if entries else self._stream.present()
                self._answer_urgent()
                self._flush_writable()
                self._deliver(entries)
                entries = []  # otherwise the last ones would stay in memory while nothing happens
            self._say_goodbye()
        except Exception:
            _logger.exception("delivery failed; the tracker cannot go on")
            self._host.fail()
        finally:
            self._drain.stop()

    def _deliver(self, entries: list[Entry]) -> None:
        ready = self._holdback.admit(entries, self._rendering.time)
        for entry in ready:
            if _answers_ping(entry) or self._fanout.uncollected_bytes > MAX_UNSENT_BYTES:
                self._send_collected()
            self._renderer.apply(entry)
        self._write_markers()
        self._journal.commit()
        if entries:
            self._journal.position = entries[-1].position  # before clients see their answers and ask again
        self._send_collected()
        self.delays.note([entry.time for entry in ready], time())
        for reader in self._rendering.closed:
            self._drain.forget(reader)
            reader.connection.close()
        self._rendering.closed.clear()
        for entry in ready:
            if entry.credit is not None:
                entry.credit.give()

    def _write_markers(self) -> None:
        """Write the markers that have grown to the journal, from time to time.

        Records are in the order of their ids, so this comes after the whole batch, and not while earlier entries wait.
        """
        is_last = self._rendering.has_stopped
        if is_last or (self._markers.are_due and not self._holdback.is_holding):
            self._markers.write(self._rendering.last_line_id)

    def _send_collected(self) -> None:
        self._journal.commit()
        readers = self._fanout.collect()
        self.sends += len(readers)
        for start in range(0, len(readers), SLICE_SENDS):
            for reader in readers[start : start + SLICE_SENDS]:
                self._send(reader)
            self._answer_urgent()

    def _send(self, reader: Reader) -> None:
        parts, reader.parts = reader.parts, []
        if reader.is_lost:
            return
        try:
            if not reader.connection.offer(b"".join(parts)):  # join does not copy a single part
                self._drain.watch(reader)
            elif reader.is_closing:
                reader.connection.end_output(self._rendering.ending)
        except SendQueueExceeded:
            self._lose(reader, "SendQ exceeded")
        except TransportClosed as error:
            self._lose(reader, str(error))
        except MemoryError:
            self._lose(reader, "Out of memory")

    def _flush_writable(self) -> None:
        # Each once: a reader whose client answers each send (a ping) would be added again before this is done.
        for reader in dict.fromkeys(self._writable.popleft() for _ in range(len(self._writable))):
            if reader.connection.is_closed or reader.is_lost:
                continue
            try:
                if not reader.connection.flush():
                    self._drain.watch(reader)
                elif reader.is_closing:
                    reader.connection.end_output(self._rendering.ending)
            except SendQueueExceeded:  # because of answers made while reading: key updates, pongs
                self._lose(reader, "SendQ exceeded")
            except TransportClosed as error:
                self._lose(reader, str(error))

    def _lose(self, reader: Reader, reason: str) -> None:
        """Give up on a reader; its client's thread wakes and publishes the QUIT."""
        reader.is_lost = True
        self._host.lose(reader.id, reason)  # before that thread wakes and gives its own reason
        reader.connection.shutdown()

    def _answer_urgent(self) -> None:
        while self._urgent:
            client, replies, credit, label = self._urgent.popleft()
            reader = self._view.readers.get(client)
            if reader is not None and not reader.is_closing:
                waiting = bool(reader.parts)
                reader.parts.append(self._renderer.encode(reader, replies, label))
                if not waiting:
                    self._send(reader)
            credit.give()

    def _erase(self, number: int, erasure: Erasure, up_to: int) -> None:
        self._histories.erase(erasure, up_to)
        self._waiting.erase(erasure, up_to)
        self._journal.cut(number, erasure, up_to)
        self.on_erased(erasure, up_to, self._journal.last_cut)

    def _say_goodbye(self) -> None:
        """Give every reader a last chance to receive its output."""
        deadline = monotonic() + GOODBYE_S
        waiting = [reader for reader in self._view.readers.values() if not self._is_flushed(reader)]
        while waiting and (left := deadline - monotonic()) > 0:
            wait_writable(waiting, left)
            waiting = [reader for reader in waiting if not self._is_flushed(reader)]

    def _is_flushed(self, reader: Reader) -> bool:
        try:
            flushed = reader.is_lost or reader.connection.flush()
        except (TransportClosed, SendQueueExceeded):
            return True
        if flushed:
            reader.connection.end_output(self._rendering.ending)
        return flushed


def _answers_ping(entry: Entry) -> bool:
    """Return whether an entry is a PONG, which promises that everything before it has been sent to everybody."""
    first = entry.events[0] if entry.events else None
    return type(first) is requests.Replied and first.replies[:1] != () and first.replies[0][0] == "PONG"
