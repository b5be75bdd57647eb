"""Several trackers with one chat: `python -m bench.cluster` compares the cost of each with that of a single tracker.

The members of every room are distributed over the trackers. All trackers and the engine share one core, so their rates
say little. What counts is the processor time of each tracker per delivery to anybody (`us each`), and its ratio to that
of a single tracker (`of one`). In row T, one of two trackers has no clients: it spends what a message costs every
tracker, however many there are.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import signal
import statistics
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench import served_again
from bench.engine_process import EngineProcess, running_engine
from bench.load import measure
from bench.measuring import missing
from bench.member import LoadError
from bench.tracker_process import TRACKER, Server, ServerError, pin, running, share_cores
from bench.workloads import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.figures import Figures
    from bench.tracker_process import Cores

_DEADLINE_S = 300
_REST = 0.02  # CPU seconds in half a second that an idle tracker may use
_LOOK_S = 0.5  # between two looks at whether it is idle
_SPREAD = (0, 1, 2, 3)
"""Numbers of trackers; 0 is a single one without an engine."""


class Row(NamedTuple):
    """A workload, and with how many trackers. `has_idle`: the last of them has no clients, and only it is measured."""

    workload: Workload
    trackers: tuple[int, ...] = _SPREAD
    has_idle: bool = False


ROWS = (
    Row(Workload("B", "30 rooms of 10, nine speak", 30, 10, 9, 120)),
    Row(Workload("C", "a room of 100, four flood", 1, 100, 4, 3_000, window=8)),
    Row(Workload("C64", "the same, more in flight", 1, 100, 4, 6_000, window=64)),
    Row(Workload("D", "a room of 100, one speaks", 1, 100, 1, 2_000)),
    Row(Workload("E-tls", "a room of 1,000 over TLS, four flood", 1, 1_000, 4, 200, window=8, over="tls")),
    Row(Workload("E64-tls", "the same, more in flight", 1, 1_000, 4, 400, window=64, over="tls")),
    Row(Workload("L", "50 people, 5 messages a second", 1, 50, 5, 15, per_s=5)),
    Row(Workload("T", "taking in: 30 rooms of 2", 30, 2, 1, 1_000, window=8), trackers=(2,), has_idle=True),
    Row(Workload("F", "10,000 people in 100 rooms of 100", 100, 100, 1, 20), trackers=(0, 2)),
)


class Case(NamedTuple):
    """A measurement to be repeated."""

    row: Row
    trackers: int


class Chat(NamedTuple):
    """Trackers of one chat, and their engine; a single tracker has none."""

    servers: list[Server]
    engine: EngineProcess | None


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 0 if every message arrived in every run, 1 otherwise."""
    options = _arguments(argv)
    cores = share_cores()
    pin(cores.load)
    print(f"trackers and engine: {cores}")
    try:
        results = _measure_all(options, cores)
        print("\n".join(_lines(results)))
        for name, measured in _served_again(options, cores):
            print(f"everybody is served again after {name}: {measured}")
    except (LoadError, ServerError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if options.json:
        found = [{"row": case.row.workload.name, "trackers": case.trackers, "runs": results[case]} for case in results]
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description=__doc__)
    names = [row.workload.name for row in ROWS]
    parser.add_argument("--only", default=",".join(names), metavar="B,C", help=f"these rows ({','.join(names)})")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each case (3)")
    parser.add_argument("-m", "--messages", type=int, metavar="N", help="messages per sender, in all rows")
    parser.add_argument(
        "--kills", type=int, default=3, metavar="N", help="how often a tracker, and the engine, is killed (3)"
    )
    parser.add_argument("--people", type=int, default=100, metavar="N", help="who are there when it is killed (100)")
    parser.add_argument("--tracker", default=TRACKER, metavar="COMMAND", help="measure this instead of our tracker")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all runs to FILE too")
    options = parser.parse_args(argv)
    wanted = [name for name in options.only.split(",") if name]
    if unknown := set(wanted) - set(names):
        parser.error(f"no row {', '.join(sorted(unknown))}")
    options.rows = [
        row._replace(workload=row.workload.changed(options.messages, None))
        for row in ROWS
        if row.workload.name in wanted
    ]
    return options


@contextmanager
def _chat(trackers: int, command: str, cores: Cores) -> Iterator[Chat]:
    """Run trackers that share one chat, or with 0 a single one, for the length of a block. Raises ServerError."""
    with ExitStack() as stack:
        if not trackers:
            yield Chat([stack.enter_context(running(command, cores))], None)
            return
        engine = stack.enter_context(running_engine(cores))
        command = f"{command} --cluster {engine.url}"
        yield Chat([stack.enter_context(running(command, cores)) for _ in range(trackers)], engine)


def _measure_all(options: argparse.Namespace, cores: Cores) -> dict[Case, list[Figures]]:
    """Measure all cases in turn. Raises LoadError, ServerError."""
    cases = [Case(row, trackers) for row in options.rows for trackers in row.trackers]
    results: dict[Case, list[Figures]] = {case: [] for case in cases if not _is_left_out(case.row.workload)}
    for number in range(options.runs):
        for case in results if number % 2 == 0 else reversed(results):
            print(f"bench: run {number + 1}, {_name(case)}", file=sys.stderr, flush=True)
            with _chat(case.trackers, options.tracker, cores) as chat:
                results[case].append(_measure(case, chat))
    return results


def _is_left_out(workload: Workload) -> bool:
    """Return whether this machine cannot run the case, and print why."""
    if why := missing(workload):
        print(f"bench: {workload.name} is left out: {why}", file=sys.stderr)
    return bool(why)


def _measure(case: Case, chat: Chat) -> Figures:
    first, *others = chat.servers
    processes = [server.process for server in others]
    busy = others[:-1] if case.row.has_idle else others
    before = _cpu_s(chat.servers[-1].process)
    try:
        figures = measure(
            first.address,
            case.row.workload,
            deadline_s=_DEADLINE_S,
            process=first.process,
            more_ports=[server.address[1] for server in busy],
            more_processes=[*processes, *([chat.engine.process] if chat.engine else [])],
        )
    except LoadError as error:
        raise LoadError(f"{_name(case)}: {error}") from error
    if not case.row.has_idle:
        return figures
    used = _cpu_s_at_rest(chat.servers[-1].process) - before  # it may lag behind, as nobody waits for it
    return {**figures, f"cpu_us_{case.trackers}": used * 1e6 / figures["deliveries"]}


def _cpu_s(process: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _cpu_s_at_rest(process: int) -> float:
    """Return the same once the process is idle."""
    before, now = 0.0, _cpu_s(process)
    while now - before > _REST:
        time.sleep(_LOOK_S)
        before, now = now, _cpu_s(process)
    return now


def _name(case: Case) -> str:
    return f"{case.row.workload.name} on {case.trackers or 'one alone'}"


def _lines(results: dict[Case, list[Figures]]) -> list[str]:
    """Return a table for people: medians of the runs."""
    if not results:
        return []
    rows: list[tuple[str, ...]] = [
        ("row", "", "trackers", "deliveries/s", "p50 ms", "p99 ms", "us each", "of one", "engine us", "KB/client")
    ]
    for case, runs in results.items():
        workload = case.row.workload
        shown = [f"{_median(runs, 'rate'):,.0f}", *(f"{_median(runs, name):.2f}" for name in ("p50_ms", "p99_ms"))]
        each = _each_us(case, runs)
        alone = results.get(case._replace(trackers=0))
        of_one = f"{each / _each_us(case._replace(trackers=0), alone):.2f}" if alone and case.trackers else ""
        engine = f"{_median(runs, f'cpu_us_{case.trackers + 1}'):.2f}" if case.trackers else ""
        kb = f"{_median(runs, 'kb_per_client'):.1f}"
        rows.append(
            (workload.name, workload.title, str(case.trackers or "alone"), *shown, f"{each:.2f}", of_one, engine, kb)
        )
    return _aligned(rows)


def _each_us(case: Case, runs: Sequence[Figures]) -> float:
    """Return the mean cost of a delivery for each tracker; if one has no clients, the cost for that one."""
    if not case.trackers:
        return _median(runs, "cpu_us")
    first = case.trackers if case.row.has_idle else 1
    return statistics.fmean(_median(runs, f"cpu_us_{number}") for number in range(first, case.trackers + 1))


def _median(runs: Sequence[Figures], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    left = (0, 1)
    return [
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _served_again(options: argparse.Namespace, cores: Cores) -> Iterator[tuple[str, str]]:
    """Measure how long it takes after a kill until everybody receives messages again."""
    for name, kill in (("a tracker is killed", _kill_a_tracker), ("the engine is killed", _kill_the_engine)):
        seconds = []
        for number in range(options.kills):
            print(f"bench: run {number + 1}, {name}", file=sys.stderr, flush=True)
            with _chat(2, options.tracker, cores) as chat:
                seconds.append(served_again.measure(chat.servers, options.people, functools.partial(kill, chat)))
        if seconds:
            yield name, f"{statistics.median(seconds):.1f} s, at most {max(seconds):.1f} s"


def _kill_a_tracker(chat: Chat) -> None:
    os.kill(chat.servers[-1].process, signal.SIGKILL)


def _kill_the_engine(chat: Chat) -> None:
    """Kill the engine, and restart it at once."""
    assert chat.engine is not None
    chat.engine.end(signal.SIGKILL)
    chat.engine.start()


if __name__ == "__main__":
    sys.exit(main())
