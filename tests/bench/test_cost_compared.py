"""bench.cost: functions added to the path of a message are shown by name, and no others."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from bench import calls, cost
from bench.__main__ import main
from bench.calls import Call, Structure, examine
from bench.comparison import Use, calls_told, imports_told, ratio, uses_told
from bench.member import LoadError
from bench.tracker_process import REPOSITORY, Cores
from bench.workloads import Workload

_NO_CORES = Cores(frozenset(), frozenset())
_ADDED = Call("visit", is_c=False, function="chatcore.state.stream._added")
_STRUCTURE = Structure("3.11.0", frozenset({"chatcore", "json"}), frozenset(), {"PING": {_ADDED: 1.0}})

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whether the threads of a process sleep")


@pytest.fixture
def few_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_ROUNDS", 4)
    monkeypatch.setattr(calls, "_MESSAGES", 2)
    monkeypatch.setattr(calls, "SHAPES", {name: calls.SHAPES[name] for name in ("room of 10", "PING")})


def _examine_copy(folder: Path, *, is_changed: bool) -> Structure:
    shutil.copytree(REPOSITORY / "chatcore", folder / "chatcore", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "tracker.py", folder)
    if is_changed:
        stream = folder / "chatcore" / "state" / "stream.py"
        text, before = stream.read_text(encoding="utf-8"), "            self._append_locked(events, credit, label)\n"
        assert text.count(before) == 1
        text = text.replace(before, f"            _added()\n{before}")
        stream.write_text(f"{text}\n\ndef _added() -> None:\n    import colorsys\n", encoding="utf-8")
    return examine(sys.executable, folder, _NO_CORES)


@pytest.mark.thorough
@linux
@pytest.mark.usefixtures("few_messages")
def test_an_added_call_and_import_show_by_name_and_nothing_else(tmp_path: Path) -> None:
    before, after = (_examine_copy(tmp_path / name, is_changed=name == "after") for name in ("before", "after"))
    assert after.modules - before.modules == {"colorsys"}
    assert before.modules | before.late_modules < after.modules | after.late_modules
    assert _ADDED not in before.calls["room of 10"]
    assert after.calls["room of 10"].pop(_ADDED) == 1
    assert _stable_calls(after) == _stable_calls(before)


def _stable_calls(structure: Structure) -> dict[str, dict[Call, float]]:
    """Return the calls, except for the one whose number depends on the time of a delivery (metrics.measures)."""
    return {
        shape: {call: count for call, count in calls_.items() if call.function != "_bisect.bisect_left"}
        for shape, calls_ in structure.calls.items()
    }


@pytest.mark.thorough
@linux
def test_a_tracker_that_dies_during_the_examination_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls.Stage, "enter", lambda stage: os.kill(stage.process, signal.SIGKILL))
    with pytest.raises(LoadError, match="has ended"):
        examine(sys.executable, REPOSITORY, _NO_CORES)


@pytest.mark.thorough
@linux
def test_processor_time_and_memory_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = Workload("T", "test", rooms=1, members=3, senders=1, messages=20_000, window=64)
    monkeypatch.setattr(cost, "_WORKLOADS", [small])
    monkeypatch.setattr(cost, "examine", lambda *_: _STRUCTURE)
    assert main(["--cost", "--runs", "1", "--json", str(tmp_path / "cost.json")]) == 0
    (told,) = json.loads((tmp_path / "cost.json").read_text())
    (run,) = told["runs"]["test"]
    assert 1 < run["cpu_us"] < 10_000
    assert told["calls"]["PING"] == [{**_ADDED._asdict(), "per_message": 1.0}]
    assert f"{run['cpu_us']:.1f} us CPU a message" in capsys.readouterr().out


def test_trees_take_turns_at_going_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = iter([Use(1, 0), Use(2, 0), Use(3, 0), Use(4, 0)])
    monkeypatch.setattr(cost, "_WORKLOADS", [Workload("T", "test", rooms=1, members=2, senders=1, messages=1)])
    monkeypatch.setattr(cost, "_use", lambda *_: next(turns))
    tree = cost.tree_in(REPOSITORY)
    assert cost.use_all([tree, tree], 2, _NO_CORES) == {"test": [[Use(1, 0), Use(2, 0)], [Use(4, 0), Use(3, 0)]]}


def test_only_a_checkout_can_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--cost", "--compare", str(tmp_path)])
    assert "is no checkout" in capsys.readouterr().err


def test_a_checkout_runs_on_its_own_python(tmp_path: Path) -> None:
    assert cost.tree_in(tmp_path).python == sys.executable
    own = tmp_path / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.touch()
    assert cost.tree_in(tmp_path).python == str(own)


def test_differences_are_listed_by_name() -> None:
    other = Structure("3.12.0", frozenset({"chatcore", "yaml"}), frozenset(), {"PING": {}})
    assert imports_told([_STRUCTURE, other])[:4] == [
        "Python 3.12.0 -> 3.11.0",
        "Modules imported when it listens: 2 (1 of chatcore, 0 -> 1 of standard library, 1 -> 0 of other libraries)",
        "    new: json",
        "    gone: yaml",
    ]
    assert calls_told([_STRUCTURE, other], by_function=False) == [
        "        PING   calls per message",
        "      0 -> 1   visit, Python",
        "",
        "        PING   1 functions that differ",
        f"      0 -> 1   visit, Python: {_ADDED.function}",
    ]


def test_equal_structures_show_no_differences() -> None:
    assert not any(
        "->" in line for line in [*imports_told([_STRUCTURE] * 2), *calls_told([_STRUCTURE] * 2, by_function=False)]
    )
    assert calls_told([_STRUCTURE] * 2, by_function=False)[-1] == "        PING   0 functions that differ"
    assert calls_told([_STRUCTURE], by_function=True)[-1] == f"           1   visit, Python: {_ADDED.function}"


def test_the_ratio_is_the_geometric_mean_with_students_interval() -> None:
    found = ratio([(2, 1), (1, 2), (1, 1)])
    half = math.log(2) / math.sqrt(3) * 4.303  # two degrees of freedom
    assert found == pytest.approx((1, math.exp(-half), math.exp(half)))
    assert ratio([(3, 1)] * 40) == pytest.approx((3, 3, 3))
    assert ratio([(3, 1)]) == pytest.approx((3, 0, math.inf))


def test_the_ratio_compares_the_first_tree_with_the_second() -> None:
    (line,) = uses_told({"test": [[Use(20, 5), Use(10, 0)]] * 2})
    assert line.split(maxsplit=1)[1] == (
        "10.0 -> 20.0 us CPU a message, 0.0 -> 5.0 KB a client; CPU 2.000 times as much [2.000 to 2.000]"
    )
