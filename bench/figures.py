"""Numbers about numbers: percentiles, medians, and the lines that a person reads. Pure."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def percentile(ordered: Sequence[int], fraction: float) -> int:
    """The smallest sample that at least `fraction` of all samples do not exceed (nearest rank).

    `ordered` is ascending. Raises ValueError for no samples or a fraction outside 0..1.
    """
    if not ordered or not 0 <= fraction <= 1:
        raise ValueError("percentile needs samples, and a fraction from 0 to 1")
    # Floats make 0.07 * 100 a hair more than 7: round that hair off before taking the ceiling.
    rank = -int(-round(fraction * len(ordered), 9) // 1)
    return ordered[max(rank, 1) - 1]


@dataclass(frozen=True)
class Measurement:
    """One run of one workload on one server."""

    deliveries: int
    seconds: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    load_busy: float
    """Share of the run in which the load generator used its core, 0 to 1."""
    server_cpu_us: float | None
    """The server's processor time per delivery in microseconds; None where it cannot be read."""

    @property
    def rate(self) -> float:
        """Deliveries per second."""
        return self.deliveries / self.seconds


HEADING = (
    f"{'workload':<33} {'server':<8} {'deliveries/s':>12} {'min':>11} - {'max':<11} "
    f"{'p50 ms':>8} {'p90 ms':>8} {'p99 ms':>8} {'cpu us':>7} {'load':>5}"
)


def row(title: str, server: str, runs: Sequence[Measurement]) -> str:
    """One line of the table under HEADING: each figure is the median of the runs."""
    rates = [run.rate for run in runs]
    cpu = [run.server_cpu_us for run in runs if run.server_cpu_us is not None]
    delays = (statistics.median(getattr(run, name) for run in runs) for name in ("p50_ms", "p90_ms", "p99_ms"))
    return (
        f"{title:<33} {server:<8} {statistics.median(rates):>12,.0f} "
        f"{min(rates):>11,.0f} - {max(rates):<11,.0f} "
        + " ".join(f"{delay:>8.2f}" for delay in delays)
        + (f" {statistics.median(cpu):>7.2f}" if cpu else f" {'-':>7}")
        + f" {statistics.median(run.load_busy for run in runs):>5.0%}"
    )


def ratio(runs: Sequence[Measurement], base: Sequence[Measurement]) -> float:
    """How many times as many deliveries per second as `base` reached: median over median."""
    return statistics.median(run.rate for run in runs) / statistics.median(run.rate for run in base)
