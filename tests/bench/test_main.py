"""python -m bench: each kind of workload runs on a tracker, peers are found, and failures are reported."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bench.contenders import PEERS, Contender, ours, tracker
from bench.figures import CEILING
from bench.measuring import cases, missing
from bench.tracker_process import Cores, running
from bench.workloads import WORKLOADS, select
from tests.support.irc import DEADLINE_S
from tests.support.trackers import ROOT


def _bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", "--runs", "1", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=4 * DEADLINE_S)


def _rows(output: str) -> list[list[str]]:
    """The table's rows, as words."""
    table = output.partition("ratio\n")[2].partition("\n\n")[0]
    return [row.split() for row in table.splitlines()]


@pytest.mark.thorough
def test_all_kinds_of_connections_and_a_second_tracker_are_measured(tmp_path: Path) -> None:
    names = "D,C-tls,A-ws,A-fsync"
    result = _bench("--only", names, "-m", "3", "--compare", str(ROOT), "--json", str(tmp_path / "out"))
    assert result.returncode == 0, result.stderr
    assert [row[0] for row in _rows(result.stdout)] == [
        name for name in ("D", "C-tls", "A-ws", "A-fsync") for _ in "ab"
    ]
    assert [row[-1] for row in _rows(result.stdout)][1] == "tracker", "the second tracker is compared with the first"
    assert "bench: 8 of 8: run 1, A-fsync on compare, about" in result.stderr
    written = json.loads((tmp_path / "out").read_text())["results"]
    assert [(one["workload"]["name"], one["server"]) for one in written][:2] == [("D", "tracker"), ("D", "compare")]
    assert all(run["rate"] > 0 and run["listening_ms"] > 0 for one in written for run in one["runs"])


def test_the_ceiling_is_measured_beside_the_tracker() -> None:
    result = _bench("--only", "D", "-m", "3")
    assert result.returncode == 0, result.stderr
    servers = [row[7] for row in _rows(result.stdout)]
    assert servers[0] == "tracker"
    assert servers[-1] == CEILING


def test_a_tracker_that_does_not_start_is_reported() -> None:
    result = _bench("--only", "D", "--tracker", f"{sys.executable} -c pass", "--compare", str(ROOT))
    assert result.returncode == 1
    assert "ended with status 0" in result.stderr


@pytest.mark.thorough
def test_a_running_server_is_measured_by_its_address() -> None:
    with running(ours().command, Cores(frozenset(), frozenset())) as server:
        address = f"{server.address[0]}:{server.address[1]}"
        result = _bench("--only", "D", "-m", "3", "--server", address)
    assert result.returncode == 0, result.stderr
    assert [row[7] for row in _rows(result.stdout)] == ["running"]


def test_figures_of_the_process_are_refused_for_a_running_server() -> None:
    result = _bench("--only", "I", "--server", "127.0.0.1:1")
    assert result.returncode == 2
    assert "nobody can tell what its process needs" in result.stderr


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_needs_a_configuration_with_a_port(peer: Contender) -> None:
    assert "{file}" in peer.command
    assert "{port}" in peer.file


def test_each_contender_runs_only_the_workloads_it_supports() -> None:
    contenders = [ours(), Contender("other", ""), Contender(CEILING, "")]
    asked = [(workload.name, contender.name) for workload, contender in cases(WORKLOADS, contenders)]
    assert {name for name, server in asked if server == "tracker"} == {workload.name for workload in WORKLOADS}
    assert [name for name, server in asked if server == "other"] == ["A", "B", "C", "D", "E", "F", "L", "J", "I"]
    assert [name for name, server in asked if server == CEILING] == ["A", "B", "C", "D", "E", "F"]


def test_a_tracker_is_a_folder_or_a_command(tmp_path: Path) -> None:
    assert tracker("tracker", str(ROOT)).command.endswith(f"python {ROOT / 'tracker.py'}")
    assert tracker("tracker", "some tracker").is_ours
    assert not tracker("tracker", "ircd --port {port}").is_ours
    (tmp_path / "tracker.py").touch()
    assert tracker("compare", str(tmp_path)).command == f"{sys.executable} {tmp_path / 'tracker.py'}"


def test_missing_resources_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    (crowd,) = select(["F"])
    assert missing(WORKLOADS[0]) == ""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    assert missing(crowd) == "needs 10200 open files, and may have 4096 (ulimit -Hn)"
