"""The cost of searches to others: `python -m bench.searching 1000000` measures how long messages take meanwhile.

Twenty people talk in a room, one message at a time. At the same time ten clients, each in fifty rooms, search an
archive of that many messages as fast as they are answered: once without flood control, and once with it.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench.archive import ERA, Talk, build
from bench.member import LoadError
from bench.talk import Delays, measure
from bench.tracker_process import OPTIONS, TRACKER, Cores, ServerError, pin, running, share_cores
from chatcore.config import MAX_HISTORY_DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

_TALKERS = 20
_SEARCHERS = 10
_ROOMS = ",".join(f"#room{number}" for number in range(50))
_TIMES, _MORE_MS = 2, 10


class Case(NamedTuple):
    """What is measured."""

    name: str
    searches: bool
    is_limited: bool


CASES = (
    Case("nobody searches", searches=False, is_limited=False),
    Case("ten search, no flood control", searches=True, is_limited=False),
    Case("ten search", searches=True, is_limited=True),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return 0 if searches at most double the p99 and add at most 10 ms, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench.searching", description=__doc__)
    parser.add_argument("archived", type=int, help="messages in the archive")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each case (3)")
    parser.add_argument("-m", "--messages", type=int, default=800, metavar="N", help="messages in each run (800)")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="build the archive there, or use the one that is there"
    )
    options = parser.parse_args(argv)
    cores = share_cores()
    pin(cores.load)
    talk = Talk(options.archived)
    print(f"{_TALKERS} people talk, {_SEARCHERS} clients search {talk.count:,} messages; {cores}")
    runs: dict[Case, list[Delays]] = {case: [] for case in CASES}
    with tempfile.TemporaryDirectory() as folder:
        state = options.keep or Path(folder)
        _prepare(state, talk)
        try:
            for number in range(options.runs):
                for case in CASES if number % 2 == 0 else reversed(CASES):
                    runs[case].append(_measure(case, state, options.messages, _texts(talk), cores))
        except (LoadError, ServerError, OSError) as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
    return _report(runs)


def _prepare(state: Path, talk: Talk) -> None:
    """Make a state folder with this archive, unless it exists, without a password: everybody may read it."""
    state.mkdir(exist_ok=True)
    if not any(state.iterdir()):
        build(state, talk)
    passwords = {"version": 1, "eras": [{"era": ERA, "used": 0, "readable": [ERA]}]}
    (state / "passwords.json").write_text(json.dumps(passwords), encoding="utf-8")


def _texts(talk: Talk) -> list[str]:
    """Return the search terms: the usual ones, which also take longest."""
    words, han = talk.words, talk.han
    kinds = [
        (words[20_000 + n * 7], f"{words[n]} {words[n + 1]}", han[n] + han[n + 7], words[n][:2] + "*")
        for n in range(10)
    ]
    return [text for kind in kinds for text in kind]


def _measure(case: Case, state: Path, messages: int, texts: Sequence[str], cores: Cores) -> Delays:
    options = OPTIONS.replace("--no-limits", "") if case.is_limited else OPTIONS
    command = f"{TRACKER} {options} --state-dir {shlex.quote(str(state.absolute()))} --history-days {MAX_HISTORY_DAYS}"
    with running(command, cores) as server:
        host, port = server.address
        searchers = ["bench.searchers", host, str(port), str(_SEARCHERS), _ROOMS, *texts]
        return measure(server.address, _TALKERS, messages, searchers if case.searches else [])


def _report(runs: dict[Case, list[Delays]]) -> int:
    print(f"{'the others while':<30} {'p50 ms':>8} {'p90 ms':>8} {'p99 ms':>8} {'searches/s':>12}")
    p99 = []
    for case, measured in runs.items():
        medians = [statistics.median(column) for column in zip(*measured, strict=True)]
        p99.append(medians[2])
        print(f"{case.name:<30} {medians[0]:>8.2f} {medians[1]:>8.2f} {medians[2]:>8.2f} {medians[3]:>12,.1f}")
    bound = min(_TIMES * p99[0], p99[0] + _MORE_MS)
    within = max(p99) <= bound
    verdict = "within" if within else "NOT within"
    print(f"{verdict} {bound:.1f} ms: twice what it is when nobody searches, and at most {_MORE_MS} ms more")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
