"""The report: docs/performance.md and its plot, the source of figures for the other documents."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures import CEILING, COMPARE, FIGURES, TRACKER, Case, as_markdown, best_peer, spread, table, times_better
from bench.plot import plot
from bench.tracker_process import REPOSITORY, Cores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.contenders import Contender
    from bench.figures import Results

PAGE, PICTURE = Path("performance.md"), Path("images/performance.svg")
_TEXT = """\
# Performance

What a tracker can do on one core, compared with other IRC servers on the same machine: rates, delays, memory, and the
cost of idling. Compare the servers with each other, because every figure differs on another machine.

`make bench-report` writes this page; [bench/README.md](../bench/README.md) describes the measurements.

![Bars of each figure, next to the best other server]({picture})

A *delivery* is one message that arrived at one member. The other servers keep no record of messages; the tracker first
writes each message to `chat.log`, and then adds it to its archive, where it can be searched. A figure is the median of
{runs} runs, with the lowest and the highest in brackets. The *ratio* says how many times better the tracker is than the
best other server (for times and sizes, smaller).

{summary}

The next table shows how long messages take under these loads, and what they cost: the milliseconds within which half
(p50) and 99 of 100 (p99) arrive, and the microseconds of processor time that a delivery costs the server. *Load* is how
busy the core is that makes the load and reads everything; `!` marks where it may be the limit. The *ceiling* is a
server that only fans out, without rules or a log. It shows what the load and the kernel can handle, so a figure well
below it is due to the server.

{details}

## Where it was measured

{machine}
"""


def write(
    folder: Path, results: Results, contenders: Sequence[Contender], cores: Cores, lacks: Mapping[str, str]
) -> None:
    """Write page and plot below `folder`, each whole or not at all. Raises OSError."""
    # The page first: it names the commit, and each written file makes the checkout a modified one.
    _replace(folder / PAGE, page(results, [*machine(contenders, cores), *left_out(lacks)]))
    _replace(folder / PICTURE, plot(results))


def page(results: Results, machine: Sequence[str]) -> str:
    """The page's text; `machine` is a list of facts."""
    return _TEXT.format(
        picture=PICTURE.as_posix(),
        runs=min(len(runs) for runs in results.values()),
        summary=_summary(results),
        details=as_markdown(*_details(results)),
        machine="\n".join(f"- {fact}" for fact in machine),
    )


def _summary(results: Results) -> str:
    servers = [server for server in dict.fromkeys(case.server for case in results) if server not in (COMPARE, CEILING)]
    rows = []
    for workload in dict.fromkeys(case.workload for case in results):
        for name in workload.figures:
            cells = [spread(results.get(Case(workload, server), ()), name) for server in servers]
            best = best_peer(results, workload, name)
            ratio = ""
            if best:
                ratio = f"{times_better(results[Case(workload, TRACKER)], results[Case(workload, best)], name):.2f}"
            rows.append([workload.name, workload.title, FIGURES[name].unit, *cells, ratio])
    return as_markdown(("row", "load", "figure", *servers, "ratio"), rows)


def _details(results: Results) -> tuple[Sequence[str], list[Sequence[str]]]:
    """The rows of the table that explain a rate, without those in the summary."""
    rows = [(row[0], row[2], row[3], *row[7:11]) for row in table(results) if row[6] == FIGURES["rate"].unit]
    return ("of row", "server", "deliveries/s", "p50 ms", "p99 ms", "CPU us", "load"), list(rows)


def machine(contenders: Sequence[Contender], cores: Cores) -> list[str]:
    """What was measured, where, and when."""
    now = datetime.datetime.now(datetime.UTC)
    versions = [f"{one.name}: {one.version}" for one in contenders if one.version]
    return [
        f"{now:%Y-%m-%d}, commit {_commit()}",
        f"{_processor()}, {os.cpu_count()} cores; {cores}",
        f"{platform.system()} {platform.release()}, {platform.python_implementation()} {platform.python_version()}",
        *versions,
    ]


def left_out(lacks: Mapping[str, str]) -> list[str]:
    """What could not be measured here, and why."""
    return [f"{name} is left out: {what}" for name, what in lacks.items() if what]


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    said = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout.strip()
    return said or "unknown"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        file.write(text)
    made = Path(file.name)
    made.chmod(0o644)  # a temporary file is its owner's alone
    made.replace(path)
