"""People who talk in a room, one message at a time: how long their messages take while another process is at work.

The delay of a message is the time from sending it until each member has received it.
"""

from __future__ import annotations

import contextlib
import random
import re
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from bench.figures import percentile
from bench.member import LoadError, Member
from bench.room import come_in, drain
from bench.tracker_process import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOM = "#talk"
_PAUSE_S = (0.002, 0.010)  # between messages; random, so that they do not synchronize with the tracker
_WARM_UP = 50
_DEADLINE_S = 20.0
_STAMP = re.compile(rb":T(\d+)\r\n")


class Delays(NamedTuple):
    """One run of one case."""

    p50_ms: float
    p90_ms: float
    p99_ms: float
    others_per_s: float
    """How much work the other process did meanwhile."""


def measure(address: tuple[str, int], talkers: int, messages: int, beside: Sequence[str]) -> Delays:
    """Let people talk while another process runs `beside`, if that is not empty. Raises LoadError.

    `beside` is a module of `bench` and its arguments. The module says `ready`, works until its standard input ends, and
    prints a number.
    """
    members = [Member(f"talker{number}", ROOM, address) for number in range(talkers)]
    with contextlib.ExitStack() as stack:
        for member in members:
            stack.enter_context(contextlib.closing(member.sock))
        come_in(members)
        with _running(beside) as done:
            began = time.monotonic()
            _talk(members, _WARM_UP)
            delays = sorted(_talk(members, messages))
            seconds = time.monotonic() - began
    p50, p90, p99 = (percentile(delays, fraction) / 1e6 for fraction in (0.5, 0.9, 0.99))
    return Delays(p50, p90, p99, sum(done) / seconds)


@contextlib.contextmanager
def _running(beside: Sequence[str]) -> Iterator[list[int]]:
    """Run another process meanwhile; the list gets the number that it prints at the end."""
    done: list[int] = []
    if not beside:
        yield done
        return
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", *beside]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise LoadError(f"{beside[0]} did not begin")
        try:
            yield done
        finally:
            process.stdin.close()
            done.append(int(process.stdout.readline() or 0))


def _talk(members: Sequence[Member], messages: int) -> list[int]:
    """Send messages from one member after the other, each until all have received it; return the delays in ns."""
    delays: list[int] = []
    for number in range(messages):
        members[number % len(members)].write(f"PRIVMSG {ROOM} :T{time.perf_counter_ns()}\r\n".encode())
        _hear(members, len(members) - 1, delays)
        _pause(members, random.uniform(*_PAUSE_S))
    return delays


def _hear(members: Sequence[Member], waiting: int, delays: list[int]) -> None:
    """Read until this many members have received the one message in flight."""
    deadline = time.monotonic() + _DEADLINE_S
    while waiting:
        if time.monotonic() > deadline:
            raise LoadError(f"{waiting} members did not hear a message in {_DEADLINE_S:g} s")
        for member in _readable(members, 1.0):
            data = member.carry + drain(member)
            member.carry = data[data.rfind(b"\n") + 1 :]
            for stamp in _STAMP.findall(data):
                delays.append(time.perf_counter_ns() - int(stamp))
                waiting -= 1


def _pause(members: Sequence[Member], seconds: float) -> None:
    """Keep reading for a while: members who do not read are a different case."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        for member in _readable(members, left):
            data = member.carry + drain(member)
            member.carry = data[data.rfind(b"\n") + 1 :]


def _readable(members: Sequence[Member], seconds: float) -> list[Member]:
    by_socket = {member.sock: member for member in members}
    return [by_socket[sock] for sock in select.select(by_socket, [], [], seconds)[0]]
