"""`make cluster-faults [SEED=] [MINUTES=]`: schedules one after another, for a given time."""

from __future__ import annotations

import argparse
import random
import shlex
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from time import monotonic

from tests.faults.cluster.case import Finding
from tests.faults.cluster.checker import check
from tests.faults.cluster.play import play
from tests.faults.cluster.schedule import FAULTS, LONG_FAULTS, Schedule, make_schedule
from tests.faults.cluster.stage import Stage
from tests.support.bytecode import keep_bytecode

PROGRAM = "-m tests.faults.cluster.planted checkpoint-often"


def main() -> int:
    """Play schedules until one has findings or the time is up; return the exit status."""
    options = _parser().parse_args()
    keep_bytecode()
    until = monotonic() + options.minutes * 60
    number, stage = options.first, None
    seed = options.seed or str(random.SystemRandom().randrange(10**6))
    trackers = 1 if options.alone else options.trackers
    try:
        while monotonic() < until:
            if stage is None:
                folder = Path(tempfile.mkdtemp(prefix="cluster-faults-"))
                stage = Stage(
                    folder,
                    trackers,
                    alone=options.alone,
                    flags=["--keep-alive", *options.flags.split()],
                    program=options.program.split(),
                    has_tls="" if options.alone else "A",
                )
            schedule = _schedule(f"{seed}.{number}", trackers, options.without.split(","))
            say(str(schedule))
            transcript = play(stage, schedule)
            say(f"  {transcript}")
            findings = check(transcript)
            if findings:
                stage.keep(transcript)
                _tell(findings, stage, schedule, options)
                return 1
            number += 1
    finally:
        if stage is not None:
            stage.close()
    if stage is not None:
        shutil.rmtree(stage.folder)
    say(f"{number - options.first} schedules, nothing found")
    return 0


def say(text: str) -> None:
    """Print a line for the operator."""
    with suppress(BrokenPipeError):
        print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.cluster", description=__doc__)
    parser.add_argument("--seed", default="", help="what all schedules follow from")
    parser.add_argument("--first", type=int, default=0, help="the number of the first schedule")
    parser.add_argument("--minutes", type=float, default=5, help="for how long")
    parser.add_argument("--trackers", type=int, default=2, help="how many trackers")
    parser.add_argument("--program", default=PROGRAM, help="what Python runs as a tracker")
    parser.add_argument("--without", default="", help="kinds of faults that do not happen, such as kill,fill,long")
    parser.add_argument("--flags", default="", help="more flags of the trackers")
    parser.add_argument("--alone", action="store_true", help="one tracker, without an engine")
    return parser


def _schedule(seed: str, trackers: int, without: list[str]) -> Schedule:
    every = FAULTS if "long" in without else FAULTS + LONG_FAULTS
    short, both = ([kind for kind in kinds if kind.begin not in without] for kinds in (FAULTS, every))
    draw = random.Random(f"kind of {seed}")
    if draw.random() < 0.5:
        return make_schedule(seed, trackers=trackers, faults=draw.randint(0, 3), kinds=short)
    return make_schedule(
        seed, trackers=trackers, people=9, commands=800, seconds=15, faults=draw.randint(2, 6), kinds=both
    )


def _tell(findings: list[Finding], stage: Stage, schedule: Schedule, options: argparse.Namespace) -> None:
    for finding in findings:
        say(f"  {finding}")
    seed, _, number = schedule.seed.rpartition(".")
    say(f"all of it is in {stage.folder}; the same again:")
    others = [f"--{name}={value}" for name in ("trackers", "without", "flags") if (value := getattr(options, name))]
    say("    " + shlex.join(["python", "-m", "tests.faults.cluster", "--seed", seed, "--first", number, *others]))


sys.exit(main())
