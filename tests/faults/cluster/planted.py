"""A tracker with a planted bug, for tests of the checker: `python -m tests.faults.cluster.planted BUG FLAGS`."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chatcore.cluster import replica
from chatcore.cluster.client_records import ClientRecords
from chatcore.cluster.courier import Courier
from chatcore.cluster.engine import Batch
from chatcore.cluster.members import Members
from chatcore.cluster.replica import Replica
from chatcore.cluster.segments import Segments
from chatcore.cluster.tracker_records import LOST
from chatcore.cluster.valkey_engine import ValkeyEngine
from chatcore.commands.table import COMMANDS
from chatcore.errors import EngineAway
from chatcore.server.audit import grammar
from chatcore.server.audit.log import AuditLog
from chatcore.server.cli.app import main
from chatcore.server.cluster import checkpoints
from chatcore.server.cluster.carrier import Carrier
from chatcore.server.outgoing import renderer
from chatcore.state.facts import Quit
from chatcore.state.stream import Entry

Patched = Any  # private attributes have no other type here
_LATE_S = 0.2
_WRITING_S = 0.01


def acknowledge_first() -> None:
    """Carry out this tracker's records, and answer them, before they are appended."""
    courier: Patched = Courier
    append = courier._append

    def deliver_and_append(self: Patched, incarnation: int, data: bytes) -> None:
        self._incoming._deliver([Batch(f"{int(time.time() * 1000)}-0", data)])
        append(self, incarnation, data)

    courier._append = deliver_and_append


def skip_a_record() -> None:
    """Skip one in thirty records of other trackers."""
    runner: Patched = Replica
    carry_out = runner._carry_out

    def carry_out_most(self: Patched, incarnation: int, record: Patched, entries: list[Patched]) -> None:
        if incarnation != self.incarnation and self.position % 30 == 0:
            self.position += 1
        else:
            carry_out(self, incarnation, record, entries)

    runner._carry_out = carry_out_most


def resend() -> None:
    """Report every third append as failed although it succeeded. No bug: trackers cope with it."""
    engine: Patched = ValkeyEngine
    append, calls = engine.append, iter(range(1, sys.maxsize))

    def append_unheard(self: Patched, data: bytes) -> str:
        id_: str = append(self, data)
        if next(calls) % 3 == 0:
            raise EngineAway("it was appended, but nobody has heard")
        return id_

    engine.append = append_unheard


def double_a_resend() -> None:
    """Carry out a record twice if it is in the stream twice."""
    resend()
    members: Patched = Members
    take = members.take
    members.take = lambda self, incarnation, sequence: take(self, incarnation, sequence) or incarnation in self


def have_no_fence() -> None:
    """Report the people of a departed tracker as lost, but still carry out what it appends for them."""
    members: Patched = Members
    remove = members.remove

    def remove_in_part(self: Patched, incarnation: int) -> None:
        member = self._members[incarnation]
        remove(self, incarnation)
        member.unheard.clear()
        self._members[incarnation] = member

    members.remove = remove_in_part
    records: Patched = ClientRecords
    part, told = records._part, set[int]()

    def part_in_words(self: Patched, client: int, reason: str, entries: list[Patched], **how: bool) -> None:
        if not how.get("lays_down"):
            part(self, client, reason, entries, **how)
        elif client in self._contexts and client not in told:
            told.add(client)
            entries.append(Entry(self._place.position, self._place.time, (Quit(client, reason, is_lost=True),)))

    records._part = part_in_words
    _only_tell_who_is_lost()


def _only_tell_who_is_lost() -> None:
    """Tell people who was lost with a tracker, but keep them in the log and the view."""
    apply_quit, log_quit = renderer.APPLIERS[Quit], grammar.WRITERS[Quit]

    def tell_of_quit(ctx: Patched, event: Patched) -> None:
        if event.reason == LOST:
            reader = ctx.view.readers.get(event.client)
            if reader is not None:
                ctx.tell(ctx.view.neighbours(reader), ctx.line(reader, "QUIT", event.reason))
        else:
            apply_quit(ctx, event)

    def log_quit_and_remember(log: Patched, event: Patched) -> str | None:
        nick, address = log.nicks[event.client], log.addresses[event.client]
        text = log_quit(log, event)
        if event.reason == LOST:
            log.nicks[event.client], log.addresses[event.client] = nick, address
        return text

    vars(renderer)["APPLIERS"][Quit] = tell_of_quit
    vars(grammar)["WRITERS"][Quit] = log_quit_and_remember


def miss_a_lost_tail() -> None:
    """Do not check whether the record read last is still there."""
    engine: Patched = ValkeyEngine
    engine._check_batch = lambda self, connection, last: None


def read_the_clock() -> None:
    """Have a handler read the machine's clock."""
    away = COMMANDS["AWAY"]

    def handle_away(ctx: Patched, message: Patched) -> None:
        if message.params:
            message = message._replace(params=(f"{message.params[0]} since {time.time_ns()}",))
        away.handler(ctx, message)

    COMMANDS["AWAY"] = replace(away, handler=handle_away)


def log_late() -> None:
    """Write to the log only a while after delivery."""
    log: Patched = AuditLog
    write = log.write
    late: deque[tuple[Patched, list[str]]] = deque()
    is_due = threading.Semaphore(0)

    def write_all() -> None:
        while is_due.acquire():
            time.sleep(_LATE_S)
            write(*late.popleft())

    threading.Thread(target=write_all, daemon=True).start()

    def write_later(self: Patched, texts: list[str]) -> int:
        if any(texts):
            late.append((self, texts))
            is_due.release()
        return len(texts)

    log.write = write_later


def checkpoint_often() -> None:
    """Make a snapshot every two seconds if anything happens, and write it slowly. No bug."""
    replica.CHECKPOINT_S, replica.FEW = 2.0, 1
    segments: Patched = Segments
    append = segments._append

    def append_slowly(self: Patched, data: bytes) -> None:
        half = len(data) // 2 if self._size == 0 else 0
        if half:
            append(self, data[:half])
            time.sleep(_WRITING_S)
        append(self, data[half:])

    segments._append = append_slowly


def make_short_snapshots() -> None:
    """Make snapshots that lack the effect of the last record, and begin segments with them."""
    checkpoint_often()
    kept: list[bytes] = []
    state_of = checkpoints.state_of

    def state_before(shared: Patched) -> bytes:
        state = state_of(shared)
        return kept[-1] if kept else state

    carrier: Patched = Carrier
    run = carrier.run

    def note_and_run(self: Patched, batch: Batch) -> Patched:
        kept[:] = [state_of(self._checkpoints._shared)]
        return run(self, batch)

    carrier.run = note_and_run
    vars(checkpoints)["state_of"] = state_before


def be_another_version() -> None:
    """Pretend to be another version. No bug: such a tracker is refused."""
    for name, module in [*sys.modules.items()]:
        if name.startswith("chatcore") and hasattr(module, "__version__"):
            setattr(module, "__version__", "9.9.9")  # noqa: B010  (no such attribute is declared)


BUGS: dict[str, Callable[[], None]] = {
    "acknowledge-first": acknowledge_first,
    "skip-a-record": skip_a_record,
    "resend": resend,
    "double-a-resend": double_a_resend,
    "have-no-fence": have_no_fence,
    "miss-a-lost-tail": miss_a_lost_tail,
    "read-the-clock": read_the_clock,
    "log-late": log_late,
    "checkpoint-often": checkpoint_often,
    "short-snapshot": make_short_snapshots,
    "another-version": be_another_version,
}

if __name__ == "__main__":
    BUGS[sys.argv.pop(1)]()
    sys.exit(main())
