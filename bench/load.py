"""The load: hundreds of clients on one selector in one thread, and a count of all that arrives.

A message is told by ` PRIVMSG #` in whole lines; nearly all are counted many at a time and never looked at.
A closed loop keeps `window` messages of each sender in flight: the room's witness, its first member that does
not send, tells when one has arrived. The witness and the room's last member read when each message was sent.
"""

from __future__ import annotations

import re
import selectors
import time
from contextlib import closing
from typing import TYPE_CHECKING

from bench.figures import Measurement, percentile
from bench.member import LoadError, Member

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.workloads import Workload

BUFFER_BYTES = 256 * 1024
PAYLOAD = b"x" * 64
MAX_PENDING_REGISTRATIONS = 50
LEAVE_S = 5.0
MESSAGE = b" PRIVMSG #"
STAMP = re.compile(rb":T(\d+) S(\d+) N(\d+) ")
# A server without a message of the day says so with an error numeric.
HARMLESS_ERRORS = frozenset({b"422"})


class Crowd:
    """All clients of one run.

    The messages of a run are equally long, so the bytes of a chunk that holds nothing else are a multiple of
    that length: this spares a second search through each chunk for the few other lines. A server whose lines
    differ in length is measured just as well, with more work here.
    """

    def __init__(
        self,
        address: tuple[str, int],
        password: str,
        workload: Workload,
        prefix: str,
        deadline_s: float,
        *,
        is_tls: bool = False,
    ) -> None:
        """`prefix` begins each nick and room, so runs do not meet; `deadline_s` is for all phases."""
        self._address = address
        self._is_tls = is_tls
        self._password = password
        self._workload = workload
        self._prefix = prefix
        self._deadline = time.monotonic() + deadline_s
        self._selector = selectors.DefaultSelector()
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._barrier = b""
        self._leaving = False
        self.members: list[Member] = []
        self.delivered = 0
        self.delays_ns: list[int] = []

    # The phases of a run, in this order.

    def join(self) -> None:
        """Connect all members, a few at a time, and wait until all have seen all others join."""
        workload = self._workload
        for index in range(workload.clients):
            room, rank = index % workload.rooms, index // workload.rooms
            member = self._connect(index, room, sends=rank < workload.senders)
            member.acknowledges = rank == workload.senders
            member.samples = member.acknowledges or rank == workload.members - 1
            self._pump_until(lambda: self._joining() < MAX_PENDING_REGISTRATIONS, "a client to be admitted")
        self._pump_until(lambda: not self._joining(), "all clients to join")
        self.synchronize("joined")

    def flood(self, window: int) -> float:
        """Send everything and wait until everything has arrived; the seconds that took."""
        begin = time.perf_counter()
        for sender in self.members:
            for _ in range(min(window, self._workload.messages) if sender.sends else 0):
                self._send_message(sender)
        self._pump_until(lambda: self.delivered >= self._workload.deliveries, "all deliveries")
        return time.perf_counter() - begin

    def synchronize(self, token: str) -> None:
        """A barrier: every member has received all that was sent before. `token` is new in this run."""
        self._barrier = f"{self._prefix}-{token}".encode()
        for member in self.members:
            member.answered = False
            self._write(member, b"PING :" + self._barrier + b"\r\n")
        self._pump_until(lambda: all(member.answered for member in self.members), f"every PONG ({token})")

    def verify(self) -> None:
        """Raises LoadError unless each member received exactly what the others of its room sent."""
        for member in self.members:
            expected = self._workload.deliveries_to(sends=member.sends)
            if member.received != expected:
                raise member.failure(f"received {member.received} messages, expected {expected}")

    def leave(self) -> None:
        """Say QUIT and wait a while for the server to close."""
        self._leaving = True
        self._deadline = time.monotonic() + LEAVE_S
        for member in self.members:
            self._write(member, b"QUIT\r\n")
        self._pump_until(lambda: all(member.gone for member in self.members), "the server to close")

    def close(self) -> None:
        """Close what is still open."""
        for member in self.members:
            member.sock.close()
        self._selector.close()

    # How it is done.

    def _joining(self) -> int:
        return sum(not member.joined for member in self.members)

    def _connect(self, index: int, room: int, *, sends: bool) -> Member:
        nick, name = f"{self._prefix}{index:03}", f"#{self._prefix}{room:02}"
        member = Member(nick, name, self._address, sends=sends, is_tls=self._is_tls)
        member.template = f"PRIVMSG {member.room} :T%018d S{index:03} N%07d ".encode() + PAYLOAD + b"\r\n"
        self.members.append(member)
        self._selector.register(member.sock, selectors.EVENT_READ, member)
        password = f"PASS {self._password}\r\n" if self._password else ""
        self._write(member, f"{password}NICK {member.nick}\r\nUSER {member.nick} 0 * :bench\r\n".encode())
        return member

    def _pump_until(self, reached: Callable[[], bool], what: str) -> None:
        while not reached():
            if time.monotonic() > self._deadline:
                raise self._too_late(what)
            for key, events in self._selector.select(0.5):
                if events & selectors.EVENT_WRITE:
                    self._flush(key.data)
                if events & selectors.EVENT_READ:
                    self._receive(key.data)

    def _too_late(self, what: str) -> LoadError:
        behind = next(
            (m for m in self.members if m.received < self._workload.deliveries_to(sends=m.sends)),
            self.members[0],
        )
        return behind.failure(
            f"still waiting for {what} at the deadline; {self._joining()} of {len(self.members)} "
            f"not joined, {self.delivered} of {self._workload.deliveries} deliveries"
        )

    def _write(self, member: Member, data: bytes) -> None:
        if not member.write(data):
            self._selector.modify(member.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, member)

    def _flush(self, member: Member) -> None:
        if member.flush():
            self._selector.modify(member.sock, selectors.EVENT_READ, member)

    def _send_message(self, sender: Member) -> None:
        self._write(sender, sender.template % (time.perf_counter_ns(), sender.sent))
        sender.sent += 1

    def _receive(self, member: Member) -> None:
        """Take what has arrived for `member`: the hot path, a few microseconds for any number of messages."""
        kept = len(member.carry)
        self._view[:kept] = member.carry
        try:
            got = member.sock.recv_into(self._view[kept:])
        except BlockingIOError:
            return
        except OSError:
            got = 0
        if not got:
            self._lost(member)
            return
        end = kept + got
        cut = self._buffer.rfind(b"\n", 0, end) + 1
        member.carry = bytes(self._view[cut:end])
        messages = self._buffer.count(MESSAGE, 0, cut)
        member.received += messages
        self.delivered += messages
        if cut != messages * member.line_length:
            self._look_closer(member, cut, messages)
        if member.samples and messages:
            self._read_stamps(member, cut)
        if end == len(self._buffer):
            self._receive(member)  # of what TLS has decrypted already no selector tells

    def _lost(self, member: Member) -> None:
        if not self._leaving:
            raise member.failure("connection closed by the server")
        member.gone = True
        self._selector.unregister(member.sock)

    def _read_stamps(self, member: Member, cut: int) -> None:
        now = time.perf_counter_ns()
        for stamp, index, number in STAMP.findall(self._buffer, 0, cut):
            self.delays_ns.append(now - int(stamp))
            if member.acknowledges:
                sender = self.members[int(index)]
                sender.acknowledge(int(number))
                if sender.sent < self._workload.messages:
                    self._send_message(sender)

    def _look_closer(self, member: Member, cut: int, messages: int) -> None:
        """The chunk is not what was expected: learn how long messages are, or find the other lines in it."""
        if self._buffer.count(b"\n", 0, cut) == messages:
            member.line_length = cut // messages if messages else 0
            return
        for line in bytes(self._view[:cut]).splitlines():
            if MESSAGE not in line:
                self._on_other_line(member, line)

    def _on_other_line(self, member: Member, line: bytes) -> None:
        verb = (line.split(b" ", 1)[-1] if line.startswith(b":") else line).split(b" ", 1)[0]
        if verb == b"PING":
            self._write(member, line.replace(b"PING", b"PONG", 1) + b"\r\n")
        elif verb == b"PONG":
            member.answered = member.answered or self._barrier in line
        elif verb == b"001":
            self._write(member, f"JOIN {member.room}\r\n".encode())
        elif verb == b"366":
            member.joined = True
        else:
            member.remarks.append(line)
            if verb.isdigit() and verb[:1] in b"45" and verb not in HARMLESS_ERRORS:
                raise member.failure("refused")


def measure(
    address: tuple[str, int],
    password: str,
    workload: Workload,
    *,
    prefix: str,
    window: int,
    deadline_s: float,
    server_cpu_s: Callable[[], float | None],
    is_tls: bool = False,
) -> Measurement:
    """Run `workload` once on the server at `address`. Raises LoadError when anything is amiss."""
    with closing(Crowd(address, password, workload, prefix, deadline_s, is_tls=is_tls)) as crowd:
        crowd.join()
        server_before, own_before = server_cpu_s(), time.process_time()
        seconds = crowd.flood(window)
        own, server_after = time.process_time() - own_before, server_cpu_s()
        crowd.synchronize("delivered")
        crowd.verify()
        crowd.leave()
    delays = sorted(crowd.delays_ns)
    p50, p90, p99 = (percentile(delays, fraction) / 1e6 for fraction in (0.5, 0.9, 0.99))
    used = None if server_before is None or server_after is None else server_after - server_before
    cpu_us = None if used is None else used * 1e6 / workload.deliveries
    return Measurement(workload.deliveries, seconds, p50, p90, p99, own / seconds, cpu_us)
