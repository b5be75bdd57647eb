"""What a flooder costs the others: `python -m bench.fairness` measures how long their messages take, with and without.

Ten people talk in a room, one message at a time; the delay of a message is from its sending to each member's receiving
it. Then a client floods, as fast as the tracker takes it, a room of its own, and then the very same room. Token buckets
are off, so that only credit and the order of things hold the flooder back.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import re
import select
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from bench.figures import percentile
from bench.member import LoadError, Member
from bench.room import come_in, drain
from bench.tracker_process import REPOSITORY, TRACKER, ServerError, pin, running, share_cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MEMBERS = 10
_READERS = 9  # beside the flooder, in its room
_PAUSE_S = (0.002, 0.010)  # between messages; at random, or they would keep time with the tracker
_WARM_UP = 50
_DEADLINE_S = 20.0
_STAMP = re.compile(rb":T(\d+)\r\n")
_LARGEST_MS = 5.0
CASES = {"idle": "", "flood in another room": "#flood", "flood in the same room": "#talk"}


class Delays(NamedTuple):
    """One run of one case."""

    p50_ms: float
    p90_ms: float
    p99_ms: float
    flood_lines_per_s: float


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 0 when the others' p99 stays within the larger of 5 ms and twice the idle one, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench.fairness", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each case (3)")
    parser.add_argument("-m", "--messages", type=int, default=800, metavar="N", help="messages in each run (800)")
    parser.add_argument("--tracker", default=TRACKER, metavar="COMMAND", help="measure this instead of our tracker")
    options = parser.parse_args(argv)
    cores = share_cores()
    pin(cores.load)
    print(f"{_MEMBERS} members talk, {_READERS} read along with the flooder; {cores}")
    runs: dict[str, list[Delays]] = {case: [] for case in CASES}
    try:
        for _ in range(options.runs):
            for case, room in CASES.items():
                with running(options.tracker, cores) as server:
                    runs[case].append(_measure(server.address, room, options.messages))
    except (LoadError, ServerError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return _report(runs)


def _measure(address: tuple[str, int], flooded: str, messages: int) -> Delays:
    """Talk in #talk while `flooded` is flooded, if it names a room."""
    members = [Member(f"talker{number}", "#talk", address) for number in range(_MEMBERS)]
    with contextlib.ExitStack() as stack:
        for member in members:
            stack.enter_context(contextlib.closing(member.sock))
        come_in(members)
        sent = stack.enter_context(_flooding(address, flooded))
        began = time.monotonic()
        _talk(members, _WARM_UP)
        delays = sorted(_talk(members, messages))
        seconds = time.monotonic() - began
    p50, p90, p99 = (percentile(delays, fraction) / 1e6 for fraction in (0.5, 0.9, 0.99))
    return Delays(p50, p90, p99, sum(sent) / seconds)


@contextlib.contextmanager
def _flooding(address: tuple[str, int], room: str) -> Iterator[list[int]]:
    """Flood a room in another process; the list gets the number of lines in the end."""
    sent: list[int] = []
    if not room:
        yield sent
        return
    command = [sys.executable, "-m", "bench.flood", address[0], str(address[1]), room, str(_READERS)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise LoadError("the flood did not begin")
        try:
            yield sent
        finally:
            process.stdin.close()
            sent.append(int(process.stdout.readline() or 0))


def _talk(members: Sequence[Member], messages: int) -> list[int]:
    """Have the first member say something and all others hear it, so many times; return the delays in ns."""
    delays: list[int] = []
    talker = members[0]
    for _ in range(messages):
        talker.write(f"PRIVMSG #talk :T{time.perf_counter_ns()}\r\n".encode())
        _hear(members, len(members) - 1, delays)
        _pause(members, random.uniform(*_PAUSE_S))
    return delays


def _hear(members: Sequence[Member], waiting: int, delays: list[int]) -> None:
    """Read until so many members have heard the one message that is on its way."""
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
    """Go on reading for a while: somebody who does not is another case."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        for member in _readable(members, left):
            data = member.carry + drain(member)
            member.carry = data[data.rfind(b"\n") + 1 :]


def _readable(members: Sequence[Member], seconds: float) -> list[Member]:
    by_socket = {member.sock: member for member in members}
    return [by_socket[sock] for sock in select.select(by_socket, [], [], seconds)[0]]


def _report(runs: dict[str, list[Delays]]) -> int:
    print(f"{'the others while there is':<26} {'p50 ms':>8} {'p90 ms':>8} {'p99 ms':>8} {'flood lines/s':>14}")
    p99 = {}
    for case, measured in runs.items():
        medians = [statistics.median(column) for column in zip(*measured, strict=True)]
        p99[case] = medians[2]
        print(f"{case:<26} {medians[0]:>8.2f} {medians[1]:>8.2f} {medians[2]:>8.2f} {medians[3]:>14,.0f}")
    bound = max(_LARGEST_MS, 2 * p99["idle"])
    within = all(value <= bound for value in p99.values())
    verdict = "within" if within else "NOT within"
    print(f"{verdict} {bound:.1f} ms, the larger of {_LARGEST_MS:g} ms and twice the idle p99")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
