"""Rules for MONITOR: a watcher is told a nick's state, then each change, once and in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.faults.cluster.case import Case, Log
from tests.faults.cluster.lines import IrcLine, parse_irc_line
from tests.faults.cluster.transcript import Visit
from tests.faults.cluster.world import Sight

_IS_HERE = {"730": True, "731": False}


class _Told(NamedTuple):
    """A watched nick's state as a watcher is told it, perhaps in answer to its own command."""

    nick: str
    time: str
    is_here: bool
    is_answer: bool


def _watchers_are_told(case: Case) -> None:
    for visit in case.transcript.visits:
        oracle = case.oracle(visit.tracker)
        if oracle is None or "server-time" not in visit.caps:
            continue
        told: dict[str, list[_Told]] = {}
        for each in _all_told(visit):
            told.setdefault(each.nick, []).append(each)
        for nick, lines in told.items():
            _compare(case, visit, lines, oracle.sights.get(nick, []))


def _all_told(visit: Visit) -> Iterator[_Told]:
    for line in map(parse_irc_line, visit.received):
        if line.command in _IS_HERE:
            is_answer = "label" in line.tags or "batch" in line.tags
            for nick in _nicks(line):
                yield _Told(nick, line.tags.get("time", "none"), _IS_HERE[line.command], is_answer)


def _nicks(line: IrcLine) -> list[str]:
    return [source.partition("!")[0] for source in line.params[-1].split(",")]


def _compare(case: Case, visit: Visit, lines: list[_Told], sights: list[Sight]) -> None:
    """Check that the answer is followed by an unbroken run of the nick's later changes."""
    log = case.logs[visit.tracker]
    reads_all = visit.end == "here" and not log.has_gap()
    if not any(_fits(lines, sights, first, log if reads_all else None) for first in range(len(sights) + 1)):
        told = ", ".join(f"{'here' if each.is_here else 'gone'} {each.time}" for each in lines)
        where = f"{visit.who} watches {lines[0].nick}"
        case.find("monitor", f"{where}, and is told: {told}; but the log says {[tuple(sight) for sight in sights]}")


def _fits(lines: list[_Told], sights: list[Sight], first: int, log: Log | None) -> bool:
    """Return whether these lines tell the changes from `first` on; all in the log, if one is given."""
    answer, *changes = lines
    was_here = sights[first - 1].is_here if first else False
    end = first + len(changes)
    run = [(sight.time, sight.is_here) for sight in sights[first:end]]
    if not answer.is_answer or answer.is_here != was_here or [(each.time, each.is_here) for each in changes] != run:
        return False
    return log is None or not any(sight.number <= log.end for sight in sights[end:])


RULES = (_watchers_are_told,)
