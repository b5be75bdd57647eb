"""The cost of a flooder to others: `python -m bench.fairness` measures how long their messages take, with and without.

Ten people talk in a room, one message at a time. Then a client floods a room of its own as fast as the tracker takes
it, and after that the room of the ten. Token buckets are off, so that only credit and scheduling hold it back.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from bench.member import LoadError
from bench.talk import ROOM, Delays, measure
from bench.tracker_process import TRACKER, ServerError, pin, running, share_cores

_MEMBERS = 10
_READERS = 9  # beside the flooder, in its room
_LARGEST_MS = 5.0
CASES = {"idle": "", "flood in another room": "#flood", "flood in the same room": ROOM}


def main(argv: list[str] | None = None) -> int:
    """Measure and print; return 0 if the others' p99 is at most 5 ms or twice the idle one, else 1."""
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
                    host, port = server.address
                    flood = ["bench.flood", host, str(port), room, str(_READERS)] if room else []
                    runs[case].append(measure(server.address, _MEMBERS, options.messages, flood))
    except (LoadError, ServerError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return _report(runs)


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
