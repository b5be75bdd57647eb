"""Cases that no random schedule reaches: how trackers end, and which trackers may join, early or late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import pytest

from tests.faults.cluster.checker import check
from tests.faults.cluster.machine import ROOT, Machine
from tests.faults.cluster.person import Person
from tests.faults.cluster.play import play
from tests.faults.cluster.schedule import make_schedule
from tests.faults.cluster.stage import Stage
from tests.faults.cluster.transcript import Transcript
from tests.support.thorough import first_and_thorough

DEADLINE_S = 60.0
KEEP = ("--keep-alive",)


@contextmanager
def staged(folder: Path, trackers: int = 2, *, flags: Sequence[str] = KEEP, bug: str = "") -> Iterator[Stage]:
    """Run a chat; `bug` is planted."""
    stage = Stage(folder, trackers, flags=flags, program=_planted(bug) if bug else [str(ROOT / "tracker.py")])
    try:
        yield stage
    finally:
        stage.close()


def _planted(bug: str) -> list[str]:
    return ["-m", "tests.faults.cluster.planted", bug]


def _ended(machines: list[Machine]) -> list[int | None]:
    """Wait until the trackers have ended by themselves, and return their statuses."""
    statuses: list[int | None] = [None] * len(machines)
    end = monotonic() + DEADLINE_S
    while None in statuses:
        assert monotonic() < end, f"some trackers still run: {statuses}"
        for number, machine in enumerate(machines):
            if statuses[number] is None:
                statuses[number] = machine.wait(0.05)
    return statuses


def _say(stage: Stage, person: Person, room: str, *texts: str) -> None:
    for text in texts:
        person.give(f"PRIVMSG {room} :{text}")
    stage.wait("an answer", lambda: not person.pending)


@pytest.mark.thorough
def test_an_engine_with_an_older_file_is_noticed(tmp_path: Path) -> None:
    """Trackers that have read the lost records end with the reason, instead of going on."""
    with staged(tmp_path) as stage:
        ann = stage.guest("ann", stage.machines[0])
        ann.give("JOIN #one")
        _say(stage, ann, "#one", "before")
        assert stage.engine is not None
        stage.engine.copy_data(tmp_path / "older")
        _say(stage, ann, "#one", "lost by the engine")
        stage.wait("it to be in all logs", lambda: all(b":lost" in machine.log() for machine in stage.machines))
        stage.engine.kill()
        stage.engine.set_back(tmp_path / "older")
        stage.engine.start()
        assert all(status not in (0, None) for status in _ended(stage.machines))
        assert all("engine" in " ".join(machine.output) for machine in stage.machines)


@pytest.mark.thorough
def test_an_unnoticed_older_file_is_caught(tmp_path: Path) -> None:
    with staged(tmp_path, bug="miss-a-lost-tail") as stage:
        ann, bob = (stage.guest(name, machine) for name, machine in zip(("ann", "bob"), stage.machines, strict=True))
        for person in (ann, bob):
            person.give("JOIN #one")
            stage.wait("an answer", lambda: not ann.pending and not bob.pending)
        assert stage.engine is not None
        stage.engine.copy_data(tmp_path / "older")
        wire = stage.machines[1].wire
        assert wire is not None
        wire.hold("down")
        _say(stage, ann, "#one", "lost by the engine")
        stage.engine.kill()
        stage.engine.set_back(tmp_path / "older")
        stage.engine.start()
        wire.heal(drop=True)
        _say(stage, ann, "#one", "last")
        stage.wait("it to be in all logs", lambda: all(b":last" in machine.log() for machine in stage.machines))
        logs = {machine.name: machine.log() for machine in stage.machines}
        visits = [visit for person in (ann, bob) for visit in person.visits]
        transcript = Transcript("", logs, visits, "last", acknowledged=[*ann.acknowledged])
        assert "equal logs" in {finding.rule for finding in check(transcript)}


@pytest.mark.thorough
def test_trackers_end_together_when_the_last_people_leave(tmp_path: Path) -> None:
    with staged(tmp_path, flags=("--linger", "1")) as stage:
        people = [stage.guest(name, machine) for name, machine in zip(("ann", "bob"), stage.machines, strict=True)]
        for person in people:
            person.send("QUIT :bye")
        assert _ended(stage.machines) == [0, 0]
        logs = [machine.log().decode().splitlines() for machine in stage.machines]
        shared = [[line for line in log if " start" not in line and " stop" not in line] for log in logs]
        assert shared[0] == shared[1]
        assert sum(" quit " in line for line in shared[0]) == 2


@pytest.mark.parametrize(
    ("flags", "bug", "word"),
    first_and_thorough(
        (("--redact-minutes", "3"), "", "redact_minutes"),
        (("--no-log-private",), "", "log_private"),
        ((), "another-version", "9.9.9"),
    ),
)
def test_a_different_configuration_is_refused_with_the_reason(
    tmp_path: Path, flags: tuple[str, ...], bug: str, word: str
) -> None:
    with staged(tmp_path, 1) as stage:
        stage.wait("it to serve", lambda: stage.machines[0].is_up)
        other = stage.add(*flags, program=_planted(bug) if bug else ())
        assert _ended([other]) == [2]
        assert word in other.output[-1]
        assert stage.machines[0].is_up


@pytest.mark.thorough
def test_a_tracker_that_joins_after_a_trim_gets_everything(tmp_path: Path) -> None:
    """The other trackers supply what the engine no longer has."""
    with staged(tmp_path, bug="checkpoint-often") as stage:
        assert check(play(stage, make_schedule("late.0", trackers=2, seconds=1, commands=60, faults=0))) == []
        ann = stage.guest("ann", stage.machines[0])
        assert stage.engine is not None
        with stage.engine.client() as engine:
            first = engine.xrange("chat:stream", count=1)
            stage.wait("it to be trimmed", lambda: _has_moved(ann, engine.xrange("chat:stream", count=1), first))
        ann.quit("bye")
        stage.wait("it to end", lambda: not ann.is_connected)
        stage.add()
        assert check(play(stage, make_schedule("late.1", trackers=3, seconds=1, commands=60, faults=0))) == []
        logs = [machine.log() for machine in stage.machines]
        assert all(b"late.0/" in log and b" gap " not in log for log in logs)


def _has_moved(person: Person, now: object, first: object) -> bool:
    """Return whether the stream has been trimmed; give a command, as checkpoints need activity."""
    if not person.pending:
        person.give("AWAY :late")
    return now != first
