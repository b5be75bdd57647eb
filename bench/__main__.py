"""The command line: `python -m bench --help`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bench import cost, report
from bench.contenders import Contender, beside, tracker
from bench.figures import COMPARE, TRACKER, as_text, table
from bench.measuring import measure_all, missing
from bench.member import LoadError
from bench.tracker_process import REPOSITORY, ServerError, pin, share_cores
from bench.workloads import WORKLOADS, Workload, select

if TYPE_CHECKING:
    from bench.figures import Results

_FOOTNOTE = (
    "ratio: times as good as the best peer here, or as the tracker; !: the load, not the server, may be the limit"
)


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 0 when every delivery of every run arrived, 1 otherwise, 130 when interrupted."""
    argv = sys.argv[1:] if argv is None else argv
    try:
        if "--cost" in argv:  # a different measurement, with options of its own
            cost.main([word for word in argv if word != "--cost"])
        else:
            _main(argv)
    except (LoadError, ServerError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _main(argv: list[str]) -> None:
    options = _arguments(argv)
    cores = share_cores()
    pin(cores.load)
    print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores; {cores}")
    lacks = {workload.name: missing(workload) for workload in options.only}
    workloads = [workload for workload in options.only if not lacks[workload.name]]
    contenders = _contenders(options)
    results = measure_all(options, workloads, contenders, cores)
    print("\n".join(["", as_text(table(results)), "", _FOOTNOTE, *report.left_out(lacks)]))
    if options.report:
        report.write(options.report, results, contenders, cores, lacks)
    if options.json:
        options.json.write_text(json.dumps(_as_json(results), indent=2) + "\n", encoding="utf-8")


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Deliveries per second and their delay, of our tracker beside other IRC servers.",
        epilog="Workloads: " + "; ".join(f"{workload.name}: {workload.title}" for workload in WORKLOADS) + ".",
    )
    parser.add_argument("--cost", action="store_true", help="what a message costs instead: see --cost --help")
    parser.add_argument("--only", metavar="A,C", type=_workloads, help="these workloads (all)")
    parser.add_argument("--runs", type=_count, default=3, metavar="N", help="runs of each workload (3)")
    parser.add_argument("-m", "--messages", type=_count, metavar="N", help="messages per sender, for all workloads")
    parser.add_argument(
        "-w", "--window", type=_count, metavar="N", help="messages in flight per sender, for all workloads"
    )
    parser.add_argument(
        "--deadline", type=_count, default=120, metavar="S", help="longest a run may take, seconds (120)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all runs to FILE too")
    parser.add_argument("--report", type=Path, metavar="FOLDER", help="write performance.md and its plot there")
    parser.add_argument("--password", default="", help="the server's password (none)")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--server", type=_address, metavar="HOST:PORT", help="measure a server that is running")
    target.add_argument(
        "--tracker",
        default=str(REPOSITORY),
        metavar="WHAT",
        help="measure this instead of our tracker: a folder with a checkout, or a command; one that names {port} is "
        "given no further options",
    )
    parser.add_argument("--compare", metavar="WHAT", help="a second tracker, in place of other servers")
    options = parser.parse_args(argv)
    everything = [w for w in WORKLOADS if not options.server or (w.is_for_all and not w.is_inside)]
    options.only = [workload.changed(options.messages, options.window) for workload in options.only or everything]
    if options.server and any(workload.is_inside for workload in options.only):
        parser.error("of a server that was started elsewhere nobody can tell what its process needs")
    return options


def _workloads(text: str) -> list[Workload]:
    try:
        return select(text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1_000_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000000")
    return int(text)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _contenders(options: argparse.Namespace) -> list[Contender]:
    if options.server:
        return [Contender("running", "", is_ours=True)]
    first = tracker(TRACKER, options.tracker)
    return [first, *([tracker(COMPARE, options.compare)] if options.compare else beside())]


def _as_json(results: Results) -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "results": [
            {"workload": asdict(workload), "server": server, "runs": runs}
            for (workload, server), runs in results.items()
        ],
    }


if __name__ == "__main__":
    # Handled like Ctrl+C, so that the tracker ends with the measurement.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
