"""Statistics: percentiles, medians, ratios, and the table for people. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bench.workloads import Workload

Figures = Mapping[str, float]
"""The results of one run by name: those in FIGURES, and others that explain a rate."""
TRACKER, COMPARE, CEILING = "tracker", "compare", "ceiling"
BUSY = 0.9
"""Above this share of its core, the load itself may be the bottleneck."""
_LEAST = 0.001  # used in place of 0 as a divisor


class Case(NamedTuple):
    """A measurement to be repeated: a workload on a server."""

    workload: Workload
    server: str


Results = Mapping[Case, Sequence[Figures]]


class Figure(NamedTuple):
    """A number by which servers are compared."""

    unit: str
    digits: int
    more_is_better: bool = False


FIGURES = {
    "rate": Figure("deliveries/s", 0, more_is_better=True),
    "logins_per_s": Figure("logins/s", 0, more_is_better=True),
    "p50_ms": Figure("ms, half", 2),
    "p99_ms": Figure("ms, 99 of 100", 2),
    "kb_per_client": Figure("KB a client", 1),
    "listening_ms": Figure("ms to listening", 0),
    "idle_cpu_ms": Figure("ms CPU a second", 2),
    "wake_ups": Figure("wake-ups a second", 1),
}

HEADINGS = ("row", "workload", "server", "median", "min", "max", "", "p50 ms", "p99 ms", "CPU us", "load", "ratio")
NUMBERS = frozenset({3, 4, 5, 7, 8, 9, 10})
"""Which columns of the table are numbers."""


def percentile(ordered: Sequence[int], fraction: float) -> int:
    """The smallest sample that at least `fraction` of all samples do not exceed (nearest rank).

    `ordered` is ascending. Raises ValueError for no samples or a fraction outside 0..1.
    """
    if not ordered or not 0 <= fraction <= 1:
        raise ValueError("percentile needs samples, and a fraction from 0 to 1")
    # In floats 0.07 * 100 is slightly more than 7: round before taking the ceiling.
    rank = -int(-round(fraction * len(ordered), 9) // 1)
    return ordered[max(rank, 1) - 1]


def median(runs: Sequence[Figures], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def times_better(runs: Sequence[Figures], base: Sequence[Figures], name: str) -> float:
    """How many times better than `base` it did by this figure, by medians: 2 is twice as much or half the time."""
    return score(median(runs, name), median(base, name), name)


def score(value: float, base: float, name: str) -> float:
    """How many times better a value of this figure is than another."""
    value, base = max(value, _LEAST), max(base, _LEAST)
    return value / base if FIGURES[name].more_is_better else base / value


def spread(runs: Sequence[Figures], name: str) -> str:
    """The median of this figure with the lowest and the highest; nothing for no runs."""
    if not runs:
        return ""
    values = [run[name] for run in runs]
    middle, low, high = (
        f"{value:,.{FIGURES[name].digits}f}" for value in (statistics.median(values), min(values), max(values))
    )
    return f"{middle} [{low} to {high}]"


def best_peer(results: Results, workload: Workload, name: str) -> str | None:
    """The best server that is neither ours nor the ceiling; None if there is none."""
    peers = [case for case in results if case.workload == workload and case.server not in (TRACKER, COMPARE, CEILING)]
    sign = 1 if FIGURES[name].more_is_better else -1
    return max(peers, key=lambda case: sign * median(results[case], name)).server if peers else None


def reference(results: Results, case: Case, name: str) -> str | None:
    """The server that this one is compared with: for the tracker the best peer, for others the tracker."""
    return {TRACKER: best_peer(results, case.workload, name), COMPARE: TRACKER}.get(case.server)


def table(results: Results) -> list[tuple[str, ...]]:
    """A row under HEADINGS for each figure of each case: the median of its runs, their spread, and remarks."""
    return [_row(results, case, name) for case in results for name in case.workload.figures]


def _row(results: Results, case: Case, name: str) -> tuple[str, ...]:
    runs, figure = results[case], FIGURES[name]
    values = [run[name] for run in runs]
    shown = [f"{value:,.{figure.digits}f}" for value in (statistics.median(values), min(values), max(values))]
    more = ["", "", "", ""]
    if name == "rate":
        busy = median(runs, "load_busy")
        more = [f"{median(runs, key):.2f}" for key in ("p50_ms", "p99_ms", "cpu_us")]
        more.append(f"{busy:.0%}" + ("!" if busy >= BUSY else ""))
    other = reference(results, case, name)
    ratio = ""
    if other:
        ratio = f"{times_better(runs, results[Case(case.workload, other)], name):.2f} x {other}"
    return (case.workload.name, case.workload.title, case.server, *shown, figure.unit, *more, ratio)


def as_text(rows: Sequence[Sequence[str]]) -> str:
    """The table for a terminal: words to the left, numbers to the right."""
    rows = [HEADINGS, *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in NUMBERS else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def as_markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The table for a document."""
    heading, *lines = [f"| {' | '.join(row)} |" for row in (headings, *rows)]
    return "\n".join([heading, "|" + "---|" * len(headings), *lines])
