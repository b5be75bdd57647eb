"""bench.searching: it measures talkers alone and beside searchers, and reports the delays."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.searching import CASES, _report
from bench.talk import Delays
from tests.support.irc import DEADLINE_S
from tests.support.trackers import ROOT


@pytest.mark.thorough
def test_each_case_is_measured(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.searching", "2000", "--runs", "1", "-m", "3", "--keep", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=2 * DEADLINE_S)
    assert result.stderr == ""
    assert result.returncode in (0, 1), "a slow machine is not an error"
    rows = dict.fromkeys(case.name for case in CASES)
    found = [
        re.fullmatch(r"(.*?) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)", line) for line in result.stdout.splitlines()
    ]
    figures = {match[1]: [float(word) for word in match.groups()[1:]] for match in found if match}
    assert figures.keys() == rows.keys()
    assert all(0 < p50 <= p90 <= p99 for p50, p90, p99, _ in figures.values())
    assert [searches > 0 for *_, searches in figures.values()] == [case.searches for case in CASES]


@pytest.mark.parametrize(
    ("alone", "beside", "status"), [(5.0, 9.9, 0), (5.0, 10.1, 1), (30.0, 39.9, 0), (30.0, 40.1, 1)]
)
def test_the_bound_is_the_larger_of_twice_and_10_ms_more(alone: float, beside: float, status: int) -> None:
    p99 = dict(zip(CASES, (alone, alone, beside), strict=True))
    assert _report({case: [Delays(0.5, 0.7, value, 0.0)] * 3 for case, value in p99.items()}) == status
