"""bench.cluster: several trackers are compared with one, and failures are reported."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import cluster
from bench.cluster import ROWS, Case
from bench.figures import Figures
from tests.bench.fan_out import fan_out_server
from tests.support.irc import DEADLINE_S
from tests.support.trackers import ROOT


def _bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.cluster", "--runs", "1", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=4 * DEADLINE_S)


@pytest.mark.thorough
def test_all_measurements_are_written(tmp_path: Path) -> None:
    result = _bench("--only", "T", "-m", "2", "--kills", "0", "--json", str(tmp_path / "out"))
    assert result.returncode == 0, result.stderr
    (case,) = json.loads((tmp_path / "out").read_text())
    assert (case["row"], case["trackers"]) == ("T", 2)
    assert all(run["rate"] > 0 and run.keys() >= {"cpu_us_1", "cpu_us_2", "cpu_us_3"} for run in case["runs"])
    assert len(re.findall(r"^T  ", result.stdout, re.MULTILINE)) == 1


@pytest.mark.thorough
def test_recovery_times_after_a_kill_are_reported() -> None:
    result = _bench("--only", "", "--kills", "1", "--people", "4")
    assert result.returncode == 0, result.stderr
    said = r"everybody is served again after (a tracker|the engine) is killed: \d+\.\d s, at most \d+\.\d s"
    assert len(re.findall(said, result.stdout)) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [(("--only", "Z"), "no row Z"), (("--only", "D", "--tracker", f"{sys.executable} -c pass"), "ended with status 0")],
)
def test_failures_are_reported(words: tuple[str, ...], told: str) -> None:
    result = _bench(*words)
    assert result.returncode != 0
    assert told in result.stderr


def test_trackers_of_a_cluster_are_compared_with_a_single_one() -> None:
    row = ROWS[0]
    common: Figures = {"rate": 1000.0, "p50_ms": 1.0, "p99_ms": 2.0, "kb_per_client": 50.0, "cpu_us": 10.0}
    two = {**common, "cpu_us_1": 4.0, "cpu_us_2": 6.0, "cpu_us_3": 0.5}
    alone, shared = cluster._lines({Case(row, 0): [common], Case(row, 2): [two]})[1:]
    assert alone.split()[-5:] == ["1,000", "1.00", "2.00", "10.00", "50.0"]
    assert shared.split()[-7:] == ["1,000", "1.00", "2.00", "5.00", "0.50", "0.50", "50.0"]


def test_a_row_with_an_idle_tracker_shows_its_cost() -> None:
    row = next(row for row in ROWS if row.has_idle)
    runs = [{"cpu_us_1": 30.0, "cpu_us_2": 13.0}]
    assert cluster._each_us(Case(row, 2), runs) == 13.0


def test_processor_time_is_read_once_a_process_is_idle() -> None:
    with fan_out_server():
        assert 0 < cluster._cpu_s(os.getpid()) <= cluster._cpu_s_at_rest(os.getpid())
