"""Runs the measurements: each run goes through all workloads and servers, so that a noisy minute affects all alike."""

from __future__ import annotations

import resource
import sys
import time
from typing import TYPE_CHECKING

from bench.at_rest import measure_at_rest
from bench.contenders import Contender
from bench.figures import CEILING, Case, Figures
from bench.load import load_program, measure
from bench.member import LoadError
from bench.tracker_process import Cores, Server, running

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from bench.workloads import Workload

_SPARE_FILES = 200  # what a server opens beside its clients
_AT_REST = "idle_cpu_ms"


def cases(workloads: Sequence[Workload], contenders: Sequence[Contender]) -> Iterator[tuple[Workload, Contender]]:
    """Return the cases: TLS, WebSocket and options only for a tracker, and for the ceiling only its rate."""
    for workload in workloads:
        for contender in contenders:
            is_able = contender.is_ours or workload.is_for_all
            if is_able and (contender.name != CEILING or "rate" in workload.figures):
                yield workload, contender


def missing(workload: Workload) -> str:
    """Return what this machine lacks for a workload; '' if it can be measured."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    files, needed = resource.getrlimit(resource.RLIMIT_NOFILE)[1], workload.clients + _SPARE_FILES
    if files < needed:
        return f"needs {needed} open files, and may have {files} (ulimit -Hn)"
    try:
        load_program(workload.over)
    except LoadError as error:
        return str(error)
    return ""


class Progress:
    """Prints on standard error what is being measured, and how long everything will take."""

    def __init__(self, runs: int, cases: int) -> None:
        self._total = runs * cases
        self._done = 0
        self._cases = cases
        self._began = time.monotonic()

    def tell(self, case: Case) -> None:
        """The next case begins."""
        left = ""
        if self._done:
            per_case = (time.monotonic() - self._began) / self._done
            left = f", about {per_case * (self._total - self._done):.0f} s left"
        run = self._done // self._cases + 1
        self._done += 1
        which = f"{self._done} of {self._total}"
        print(f"bench: {which}: run {run}, {case.workload.name} on {case.server}{left}", file=sys.stderr, flush=True)


def measure_all(
    options: argparse.Namespace, workloads: Sequence[Workload], contenders: Sequence[Contender], cores: Cores
) -> dict[Case, list[Figures]]:
    """Measure all `cases`, `options.runs` times. Raises LoadError, ServerError or OSError.

    If a server that is not ours fails, that is reported, and the case is left out.
    """
    todo = list(cases(workloads, contenders))
    results: dict[Case, list[Figures]] = {Case(workload, contender.name): [] for workload, contender in todo}
    progress = Progress(options.runs, len(todo))
    for number in range(options.runs):
        for workload, contender in todo if number % 2 == 0 else reversed(todo):
            case = Case(workload, contender.name)
            progress.tell(case)
            if case not in results:
                continue
            try:
                results[case].append(_measure_one(options, workload, contender, number, cores))
            except LoadError as error:
                if contender.is_ours:
                    raise
                print(f"bench: left out: {error}", file=sys.stderr)
                del results[case]
    return results


def _measure_one(
    options: argparse.Namespace, workload: Workload, contender: Contender, number: int, cores: Cores
) -> Figures:
    if options.server:
        prefix = f"{workload.name.lower().replace('-', '')}{number}n"
        return _figures(options, workload, contender, Server(options.server), prefix)
    command = f"{contender.command} {workload.options}" if workload.options else contender.command
    with running(command, cores, file=contender.file) as server:
        try:
            return {"listening_ms": server.listening_ms} | dict(_figures(options, workload, contender, server, "b"))
        except LoadError as error:
            raise LoadError(f"{workload.name} on {contender.name}: {error}") from error


def _figures(
    options: argparse.Namespace, workload: Workload, contender: Contender, server: Server, prefix: str
) -> Figures:
    if _AT_REST in workload.figures:
        return measure_at_rest(server, workload.clients)
    return measure(
        server.address,
        workload,
        password=options.password,
        prefix=prefix,
        deadline_s=options.deadline,
        process=server.process,
        at_door=contender.at_door,
    )
