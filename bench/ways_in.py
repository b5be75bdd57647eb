"""How long it takes from an invitation to the first message: `python -m bench.ways_in`.

A tracker has a password and one person in it. Friends join one after the other, each for the first time, with a phone,
OpenSSH's client, PuTTY's (plink), a shell where curl fetches the client in one file for a Python without libraries, and
irssi. The time ends when the first person gets the friend's message.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench.member import LoadError, Member
from bench.person import PACE, Person
from bench.room import come_in, drain
from bench.tracker_process import TRACKER, Cores, ServerError, running
from bench.way_by_phone import by_phone
from bench.ways_by_terminal import Visitor, by_curl, by_irssi, by_plink, by_ssh
from pictures.window import PATIENCE_S, pump

_PASSWORD = "tea-at-five"
_OPTIONS = "--no-limits --keep-alive --host 127.0.0.1 --port {port} --log {folder}/chat.log --password-file {file}"
_TEXT = "hello"
_TOGETHER = Cores(frozenset(), frozenset())
_AT_A_TERMINAL: Mapping[str, Callable[[Visitor], None]] = {
    "ssh": by_ssh,
    "plink": by_plink,
    "curl": by_curl,
    "irssi": by_irssi,
}
_WAYS = ("phone", *_AT_A_TERMINAL)
_PROGRAMS = {"phone": "chromium"}
_ROW = "{:7}{:>7}{:>9}{:>9}{:>9}{:>9}{:>12}"


class Arrival(NamedTuple):
    """How a friend joined: their steps, and seconds: their own, those for comparing fingerprints, and all others."""

    steps: Sequence[str]
    person_s: float
    compared_s: float
    all_s: float


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return 0 unless a program is missing or somebody cannot join."""
    parser = argparse.ArgumentParser(prog="python -m bench.ways_in", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="how often (default %(default)s)")
    parser.add_argument("--only", choices=_WAYS, action="append", help="this way alone; may be given several times")
    parser.add_argument("--tracker", default=TRACKER, metavar="COMMAND", help="which (default: the one of this tree)")
    options = parser.parse_args(argv)
    ways = options.only or _WAYS
    if missing := [program for way in ways if not shutil.which(program := _PROGRAMS.get(way, way))]:
        parser.error(f"not installed: {', '.join(missing)}")
    try:
        with tempfile.TemporaryDirectory(prefix="chatcore-bench-") as state:
            arrivals = _measure(ways, options.runs, options.tracker, state)
    except (ServerError, LoadError, TimeoutError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print("\n".join(report(arrivals)))
    return 0


def report(arrivals: Mapping[str, Sequence[Arrival]]) -> Iterator[str]:
    """Yield the lines of a table of medians, in seconds, and the steps of each friend."""
    yield PACE
    yield ""
    yield _ROW.format("by", "steps", "person", "machine", "in all", "at most", "to compare")
    for way, times in arrivals.items():
        person_s, all_s = median(each.person_s for each in times), median(each.all_s for each in times)
        seconds = (person_s, all_s - person_s, all_s, max(each.all_s for each in times))
        compared = f"{times[0].compared_s:.0f} more" if times[0].compared_s else "-"
        yield _ROW.format(way, len(times[0].steps), *(f"{each:.1f} s" for each in seconds), compared)
    yield ""
    yield from (f"{way}: {', '.join(times[0].steps)}" for way, times in arrivals.items())


def _measure(ways: Sequence[str], runs: int, tracker: str, state: str) -> Mapping[str, Sequence[Arrival]]:
    arrivals: dict[str, list[Arrival]] = {way: [] for way in ways}
    names = (f"u{number:02}" for number in count())
    with running(f"{tracker} {_OPTIONS} --state-dir {state}", _TOGETHER, file=f"{_PASSWORD}\n") as server:
        bystander = Member("bystander", "#lobby", server.address)
        bystander.write(f"PASS {_PASSWORD}\r\n".encode())
        come_in([bystander])
        for _ in range(runs):
            for way in ways:
                invited = _invitation(tracker, state)
                arrivals[way].append(_arrive(way, invited, next(names), bystander))
                print(f"{way}: {arrivals[way][-1].all_s:.1f} s", file=sys.stderr, flush=True)
        bystander.sock.close()
    return arrivals


def _invitation(tracker: str, state: str) -> Mapping[str, Any]:
    """Return everything that `invite` tells the operator."""
    command = [*shlex.split(tracker), "ctl", "--json", "--state-dir", state, "invite"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=PATIENCE_S).stdout
    found: Mapping[str, Any] = json.loads(answer)["data"]
    return found


def _arrive(way: str, invited: Mapping[str, Any], name: str, bystander: Member) -> Arrival:
    """Let a friend join for the first time, and say something. Raises TimeoutError."""
    bystander.carry = b""
    person = Person()
    if way == "phone":
        heard = by_phone(invited["links"][0], name, _TEXT, person, lambda: _heard(bystander, name))
    else:
        with tempfile.TemporaryDirectory(prefix="chatcore-bench-") as folder:
            visitor = Visitor(invited, name, Path(folder), person)
            person.begin()
            try:
                _AT_A_TERMINAL[way](visitor)
                visitor.types(f"{_TEXT}\r")
                heard = _heard(bystander, name, visitor)
            finally:
                visitor.window.end()
    all_s = heard - person.began - person.compared_s
    return Arrival(person.steps, person.taken_s, person.compared_s, all_s)


def _heard(bystander: Member, name: str, visitor: Visitor | None = None) -> float:
    """Wait until the bystander gets the message; return the time. Raises TimeoutError."""
    deadline = time.perf_counter() + PATIENCE_S
    while f":{name}!".encode() not in bystander.carry or f" PRIVMSG #lobby :{_TEXT}".encode() not in bystander.carry:
        if time.perf_counter() > deadline:
            raise TimeoutError(f"{name} was not heard" + (f":\n{visitor.window.text}" if visitor else ""))
        bystander.carry += drain(bystander)
        pump([visitor.window] if visitor else [], 0.02)
    return time.perf_counter()


if __name__ == "__main__":
    sys.exit(main())
