"""Handlers depend only on the commands, the state and Services, not on the process, its clocks or hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chatcore.commands.steps import STEPS
from chatcore.commands.table import COMMANDS, Command
from chatcore.state import facts, requests
from tests.support.rerun import DEFECTS
from tests.support.thorough import first_and_thorough

_ROOT = Path(__file__).parents[2]
_SHIFTED = """
import sys, time
seed, shift, defect = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
for name in ("time", "monotonic", "perf_counter"):
    setattr(time, name, lambda clock=getattr(time, name): clock() + shift)
from tests.support.rerun import main
main(seed, defect)
"""
_NEVER_SHARED = Command.__dataclass_fields__["is_for_all"].default
_NOT_BY_COMMANDS = {
    "Announced",
    "ClockStepped",
    "HistoryErased",
    "RoomForgotten",
    "Stopped",
    "Closed",
    "TrackersChanged",
    "Pinged",
    "UtteranceSought",
    "VisitForgotten",
    "RoomLaidDown",
}


def _outputs(seed: int, defect: str = "") -> list[str]:
    """Run the same commands in two processes that differ in clocks and hash seed."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _SHIFTED, str(seed), str(shift_s), defect],
            cwd=_ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed, shift_s in ((1, 0.0), (2, 1e6))
    ]
    outputs = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    return outputs


@pytest.mark.parametrize("seed", [1, 2])
def test_commands_have_the_same_effect_in_another_process(seed: int) -> None:
    first, second = _outputs(seed)
    assert first == second
    wanted = {name for module in (facts, requests) for name, value in vars(module).items() if _is_event(value)}
    steps = {kind.__name__ for kind in STEPS}
    shared = {f"command='{name}'" for name, row in COMMANDS.items() if row.is_for_all is not _NEVER_SHARED}
    missing = {name for name in wanted | steps if f"{name}(" not in first} | {
        word for word in shared if word not in first
    }
    assert missing == _NOT_BY_COMMANDS, "the commands must reach every event, step and shared command"


def _is_event(value: object) -> bool:
    return (
        isinstance(value, type) and issubclass(value, tuple) and value.__module__ in (facts.__name__, requests.__name__)
    )


@pytest.mark.parametrize("defect", first_and_thorough(*DEFECTS))
def test_a_handler_that_depends_on_the_process_is_caught(defect: str) -> None:
    first, second = _outputs(1, defect)
    assert first != second
