"""Schedules of people's actions and of faults. The same seed makes the same schedule."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from tests.faults.cluster.transcript import SUBSCRIBED

ROOMS = ("one", "two", "three")
OTHER_NAMES = ("four", "five")
"""Names for RENAME, and of further rooms."""
WANTED_NICKS = 4


class Step(NamedTuple):
    """An event at a time (s from the start) that concerns the person or tracker of this number."""

    at: float
    kind: str
    who: int = 0
    what: str = ""


class Schedule(NamedTuple):
    """All steps, in order."""

    seed: str
    people: int
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        """List the faults, for people."""
        faults = (
            f"{step.at:.1f}s {step.kind} {step.what or step.who}" for step in self.steps if step.kind not in _DOING
        )
        return f"{self.seed}: {self.people} people; {', '.join(faults) or 'no faults'}"


_DOING = frozenset({"give", "race", "quit", "drop", "redact", "mark", "oper"})
_OPERATORS = 2
"""The number of people who become IRC operators now and then."""


class Fault(NamedTuple):
    """A kind of fault: the steps that begin and end it, their parameters, and its duration (s)."""

    begin: str
    end: str
    seconds: tuple[float, float]
    whats: tuple[str, ...] = ("",)
    weight: int = 1
    is_of_engine: bool = False


FAULTS = (
    Fault("kill", "start", (0.1, 2.0), weight=4),
    Fault("pause", "resume", (0.2, 2.0), weight=2),
    Fault("engine-kill", "engine-start", (0.1, 2.0), weight=3, is_of_engine=True),
    Fault("engine-pause", "engine-resume", (0.2, 2.0), is_of_engine=True),
    Fault("cut", "heal", (0.1, 2.0), weight=2),
    Fault("hold", "heal", (0.3, 2.5), ("up", "down", "up down")),
    Fault("hold", "heal-drop", (0.3, 2.5), ("up", "down", "up down"), weight=2),
    Fault("fill", "free", (0.5, 2.0), ("0", "700")),
    Fault("doom", "start", (1.0, 2.5), ("store", "trim", "disk"), weight=3),
)
LONG_FAULTS = (
    Fault("pause", "resume", (6.0, 9.0)),
    Fault("kill", "start", (6.0, 9.0)),
    Fault("engine-kill", "engine-start", (3.0, 14.0), is_of_engine=True),
    Fault("cut", "heal", (3.0, 14.0)),
    Fault("hold", "heal-drop", (3.0, 14.0), ("up", "down", "up down")),
    Fault("fill", "free", (3.0, 8.0), ("0", "700")),
)


def make_schedule(
    seed: str,
    *,
    trackers: int,
    people: int = 6,
    commands: int = 150,
    seconds: float = 3.0,
    faults: int = 2,
    kinds: Sequence[Fault] = FAULTS,
) -> Schedule:
    """Make the schedule of a seed, with about this duration."""
    draw = random.Random(seed)
    steps = [step for number in range(commands) for step in _commands(draw, seed, number, people, seconds)]
    steps += _opening(people)
    for _ in range(faults):
        fault = draw.choices(kinds, [kind.weight for kind in kinds])[0]
        begin = draw.uniform(0.1, 0.8) * seconds
        who = 0 if fault.is_of_engine else draw.randrange(trackers)
        steps.append(Step(begin, fault.begin, who, draw.choice(fault.whats)))
        steps.append(Step(begin + draw.uniform(*fault.seconds), fault.end, who))
    return Schedule(seed, people, tuple(sorted(steps, key=lambda step: step.at)))


def _opening(people: int) -> list[Step]:
    """Have everybody join all rooms at first, and make some operators in each."""
    steps = [
        Step(0.2, "give", (who + n) % people, f"JOIN {{{room}}}")
        for who in range(people)
        for n, room in enumerate(ROOMS)
    ]
    return steps + [
        Step(0.4, "give", n, f"MODE {{{room}}} +oo {{nick{n + 1}}} {{nick{n + 2}}}") for n, room in enumerate(ROOMS)
    ]


def _commands(draw: random.Random, seed: str, number: int, people: int, seconds: float) -> list[Step]:
    at, who, other = draw.uniform(0.3, seconds), draw.randrange(people), draw.randrange(people)
    text = f"{seed}/{number}"
    room = f"{{{draw.choice(ROOMS * 3 + OTHER_NAMES)}}}"
    nick, wanted = f"{{nick{other}}}", f"wanted{draw.randrange(WANTED_NICKS)}"
    forms: dict[str, float] = {
        f"PRIVMSG {room} :{text}": 40,
        f"JOIN {room}": 14,
        f"PART {room} :{text}": 5,
        f"NOTICE {room} :{text}": 3,
        f"PRIVMSG {nick} :{text}": 7,
        f"NICK {wanted}": 4,
        "NICK {own}": 3,
        f"TOPIC {room} :{text}": 3,
        f"MODE {room} {draw.choice(['+o', '+v', '-v', '-o'])} {nick}": 4,
        f"MODE {room} {draw.choice(['+m', '-m', '-m', '+n-t', '+t', '+l 4', '-l', '+W 1', '-W'])}": 3,
        f"MODE {room} {draw.choice(['+b', '-b'])} wanted{draw.randrange(9)}!*@*": 2,
        f"KICK {room} {nick} :{text}": 3,
        f"INVITE {nick} {room}": 2,
        f"AWAY :{text}": 2,
        "AWAY": 2,
        f"PRIVMSG {{account{other}}} :{text}": 5,
        "REGISTER * * :{password}": 2,
        f"RENAME {room} {{{draw.choice(ROOMS + OTHER_NAMES)}}} :{text}": 3,
        f"METADATA * SET {SUBSCRIBED} :{text}": 3,
        f"METADATA * SET {SUBSCRIBED}": 1,
        f"METADATA {room} SET {draw.choice([SUBSCRIBED, 'colour'])} :{text}": 2,
        f"KILL {nick} :{text}": 1 if who < _OPERATORS else 0,
        "oper": 2 if who < _OPERATORS else 0,
        "mark": 4,
        "race": 2,
        "quit": 2,
        "drop": 3,
        "redact": 4,
    }
    form = draw.choices([*forms], [*forms.values()])[0]
    if form == "race":
        return [Step(at, "give", each, f"NICK {wanted}") for each in dict.fromkeys((who, other))]
    kind = form if form in _DOING else "give"
    return [Step(at, kind, who, {"quit": text, "redact": text, "mark": room}.get(kind, form))]
