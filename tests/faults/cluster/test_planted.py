"""The checker catches bugs that are planted in the real program, one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.cluster.checker import check
from tests.faults.cluster.play import play
from tests.faults.cluster.schedule import Fault, make_schedule
from tests.faults.cluster.stage import Stage

pytestmark = pytest.mark.thorough
TRIES = 4
KILL = Fault("kill", "start", (0.1, 0.3))
CUT = Fault("cut", "heal", (0.1, 0.3))
LONG_HOLD = Fault("hold", "heal", (7.0, 7.5), ("up",))


def _program(bug: str) -> list[str]:
    return ["-m", "tests.faults.cluster.planted", bug]


@pytest.mark.parametrize(
    ("bug", "faults", "rules"),
    [
        ("acknowledge-first", [CUT], {"equal logs", "lost"}),
        ("skip-a-record", [], {"equal logs"}),
        ("double-a-resend", [CUT], {"twice", "contradiction"}),
        ("have-no-fence", [LONG_HOLD], {"fence"}),
        ("read-the-clock", [], {"equal logs"}),
        ("short-snapshot", [KILL], {"equal logs", "facts", "msgid"}),
        ("log-late", [KILL], {"delivered first"}),
    ],
)
def test_a_planted_bug_is_caught(tmp_path: Path, bug: str, faults: list[Fault], rules: set[str]) -> None:
    stage = Stage(tmp_path, program=_program(bug), deadline_s=20)
    try:
        found: set[str] = set()
        for number in range(TRIES):
            schedule = make_schedule(
                f"{bug}.{number}", trackers=2, seconds=1.5, kinds=faults or [CUT], faults=len(faults)
            )
            transcript = play(stage, schedule)
            assert transcript.visits, transcript.troubles
            found = {finding.rule for finding in check(transcript)}
            if found & rules:
                break
    finally:
        stage.close()
    assert found & rules, found


def test_a_resent_record_counts_once(tmp_path: Path) -> None:
    """The same as `double-a-resend`, but without the bug."""
    stage = Stage(tmp_path, program=_program("resend"))
    try:
        schedule = make_schedule("resend", trackers=2, seconds=1.5, kinds=[CUT], faults=1)
        assert check(play(stage, schedule)) == []
    finally:
        stage.close()
