"""bench.fairness: it measures our tracker, alone and beside a flood, and reports the delays."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from bench.fairness import CASES, _report
from bench.talk import Delays
from tests.support.irc import DEADLINE_S
from tests.support.trackers import ROOT


@pytest.mark.thorough
def test_each_case_is_measured() -> None:
    command = [sys.executable, "-m", "bench.fairness", "--runs", "1", "-m", "3"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=2 * DEADLINE_S)
    assert result.stderr == ""
    assert result.returncode in (0, 1), "a slow machine is not an error"
    rows = [line for line in result.stdout.splitlines() if line.startswith(tuple(CASES))]
    figures = [[float(word.replace(",", "")) for word in re.findall(r"[\d.,]+", row)] for row in rows]
    assert len(figures) == len(CASES)
    assert all(0 < p50 <= p90 <= p99 for p50, p90, p99, _ in figures)
    assert figures[0][3] == 0 < min(figures[1][3], figures[2][3]), "only the second and third case have a flood"


def test_a_tracker_that_does_not_start_is_reported() -> None:
    command = [sys.executable, "-m", "bench.fairness", "--tracker", f"{sys.executable} -c pass"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_S)
    assert result.returncode == 1
    assert "ended with status 0" in result.stderr


@pytest.mark.parametrize(("idle", "beside", "status"), [(1.0, 4.9, 0), (1.0, 5.1, 1), (4.0, 7.9, 0), (4.0, 8.1, 1)])
def test_the_bound_is_the_larger_of_5_ms_and_twice_the_idle(idle: float, beside: float, status: int) -> None:
    p99 = dict(zip(CASES, (idle, beside, idle), strict=True))
    assert _report({case: [Delays(0.5, 0.7, value, 0.0)] * 3 for case, value in p99.items()}) == status
