"""The command line: `python -m bench --help`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench import cost
from bench.figures import HEADING, Measurement, ratio, row
from bench.load import measure
from bench.member import LoadError
from bench.tracker_process import TRACKER, Cores, Server, ServerError, pin, running, share_cores
from bench.workloads import WORKLOADS, Workload, select

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIRES = ("tcp", "tls")


class Case(NamedTuple):
    """One row of the table."""

    workload: Workload
    wire: str
    server: str


Runs = dict[Case, list[Measurement]]


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 0 when every delivery of every run arrived, 1 otherwise, 130 when interrupted."""
    argv = sys.argv[1:] if argv is None else argv
    if "--cost" in argv:  # another question, with options of its own
        return cost.main([word for word in argv if word != "--cost"])
    options = _arguments(argv)
    cores = share_cores()
    pin(cores.load)
    print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores; {cores}")
    try:
        runs = _measure_all(options, cores)
        _print(runs)
        if options.json:
            options.json.write_text(json.dumps(_as_json(options, runs), indent=2) + "\n", encoding="utf-8")
    except (LoadError, ServerError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Deliveries per second and their delay, on a tracker of our own or on any IRC server.",
        epilog="Workloads: " + "; ".join(f"{workload.letter}: {workload.title}" for workload in WORKLOADS) + ".",
    )
    parser.add_argument("--cost", action="store_true", help="what a message costs instead: see --cost --help")
    parser.add_argument("--only", metavar="A,C", type=_workloads, default=list(WORKLOADS), help="these workloads")
    parser.add_argument("--runs", type=_count, default=3, metavar="N", help="runs of each workload (3)")
    parser.add_argument(
        "--over", metavar="tcp,tls", type=_wires, help="plain, encrypted or both (both on our tracker, else plain)"
    )
    parser.add_argument("-m", "--messages", type=_count, metavar="N", help="messages per sender, for all workloads")
    parser.add_argument("-w", "--window", type=_count, default=8, metavar="N", help="messages in flight per sender (8)")
    parser.add_argument("--deadline", type=_count, default=60, metavar="S", help="longest a run may take, seconds (60)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all runs to FILE too")
    parser.add_argument("--password", default="", help="the server's password (none)")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--server", type=_address, metavar="HOST:PORT", help="measure a server that is running")
    target.add_argument(
        "--tracker",
        default=TRACKER,
        metavar="COMMAND",
        help="start this instead of our tracker; one that names {port} is given no further options",
    )
    parser.add_argument("--compare", metavar="COMMAND", help="a second tracker, measured in turns with the first")
    options = parser.parse_args(argv)
    if options.over is None:
        is_ours = not options.server and "{port}" not in f"{options.tracker} {options.compare}"
        options.over = _WIRES if is_ours else _WIRES[:1]
    return options


def _workloads(text: str) -> list[Workload]:
    try:
        return select(text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _wires(text: str) -> list[str]:
    wires = text.split(",")
    if not set(wires) <= set(_WIRES):
        raise argparse.ArgumentTypeError(f"{text!r} is neither tcp nor tls nor both")
    return wires


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000000")
    return int(text)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _measure_all(options: argparse.Namespace, cores: Cores) -> Runs:
    """Each run goes through all cases, so that a noisy minute hits them all alike."""
    servers = {"running": ""} if options.server else {"tracker": options.tracker}
    servers |= {"compare": options.compare} if options.compare else {}
    runs: Runs = {
        Case(workload, wire, server): [] for workload in options.only for wire in options.over for server in servers
    }
    for number in range(options.runs):
        for workload, wire, server in runs if number % 2 == 0 else reversed(runs):
            result = _measure_one(options, cores, servers[server], workload, number, is_tls=wire == "tls")
            runs[Case(workload, wire, server)].append(result)
            print(
                f"run {number + 1} of {options.runs}: {workload.letter} {wire} {server} {result.rate:,.0f}/s",
                flush=True,
            )
    return runs


def _measure_one(
    options: argparse.Namespace, cores: Cores, command: str, workload: Workload, number: int, *, is_tls: bool
) -> Measurement:
    with _server(options.server, command, cores) as server:
        return measure(
            server.address,
            options.password,
            workload.with_messages(options.messages),
            prefix=f"{workload.letter.lower()}{number}{'s' if is_tls else 'x'}",
            window=options.window,
            deadline_s=options.deadline,
            server_cpu_s=server.cpu_s,
            is_tls=is_tls,
        )


@contextmanager
def _server(address: tuple[str, int] | None, command: str, cores: Cores) -> Iterator[Server]:
    if command:
        with running(command, cores) as server:
            yield server
    elif address:
        yield Server(address)


def _print(runs: Runs) -> None:
    print(f"\n{HEADING}")
    for (workload, wire, server), measured in runs.items():
        title = f"{workload.letter}  {workload.title}" + (", TLS" if wire == "tls" else "")
        print(row(title, server, measured))
        if server == "compare":
            base = next(other for case, other in runs.items() if case[:2] == (workload, wire))
            print(f"{'':<33} compare is {ratio(measured, base):.2f} times the other")


def _as_json(options: argparse.Namespace, runs: Runs) -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "window": options.window,
        "results": [
            {
                "workload": asdict(workload.with_messages(options.messages)),
                "over": wire,
                "server": server,
                "runs": [asdict(run) | {"deliveries_per_s": run.rate} for run in measured],
            }
            for (workload, wire, server), measured in runs.items()
        ],
    }


if __name__ == "__main__":
    # As Ctrl+C: whoever ends the measurement ends the tracker with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
