"""Several trackers stay one chat under all faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.cluster.checker import check
from tests.faults.cluster.play import play
from tests.faults.cluster.schedule import FAULTS, Fault, make_schedule
from tests.faults.cluster.stage import Stage
from tests.support.thorough import first_and_thorough

A_CHAT = 5
PROGRAM = "-m tests.faults.cluster.planted checkpoint-often"
RESTARTS = tuple(fault for fault in FAULTS if fault.begin in ("kill", "engine-kill", "fill"))
WIRES = tuple(fault for fault in FAULTS if fault.begin not in ("kill", "fill"))


@pytest.mark.parametrize(
    ("name", "schedules", "trackers", "kinds"),
    first_and_thorough(
        ("few", 2, 2, FAULTS),
        ("all", A_CHAT, 2, FAULTS),
        ("restarts", A_CHAT, 2, RESTARTS),
        ("wires", A_CHAT, 2, WIRES),
        ("three", A_CHAT, 3, FAULTS),
    ),
)
def test_schedules_have_no_findings(
    tmp_path: Path, name: str, schedules: int, trackers: int, kinds: tuple[Fault, ...]
) -> None:
    stage = Stage(tmp_path, trackers, program=PROGRAM.split(), has_tls="A")
    try:
        for number in range(schedules):
            schedule = make_schedule(f"{name}.{number}", trackers=trackers, seconds=1.5, commands=100, kinds=kinds)
            transcript = play(stage, schedule)
            findings = check(transcript)
            if findings:
                stage.keep(transcript)
            assert findings == [], str(schedule)
    finally:
        stage.close()
