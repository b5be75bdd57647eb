"""Judges a transcript: what was promised about several trackers that are one chat, and was not kept.

Pure. It works on what was recorded alone, with its own reading of logs and lines, and knows nothing of the program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from tests.faults.cluster.lines import LOCAL_KINDS, LogLine, parse_irc_line, parse_log_line
from tests.faults.cluster.oracle import Contradiction, Expected, Oracle, Person, Seen, is_compared
from tests.faults.cluster.transcript import Transcript, Visit

_SAID = frozenset({"message", "notice", "private-message", "private-notice"})


class Finding(NamedTuple):
    """A promise that was not kept: which, and how one sees it."""

    rule: str
    text: str

    def __str__(self) -> str:
        """Return it as it is printed."""
        return f"{self.rule}: {self.text}"


@dataclass
class _Log:
    """One tracker's log: its lines, and the index of the one after which nothing is compared."""

    tracker: str
    data: bytes
    lines: list[LogLine]
    end: int

    def shared(self) -> list[tuple[int, LogLine]]:
        """Return the lines that all trackers have, with their indices, up to the end."""
        return [(n, line) for n, line in enumerate(self.lines[: self.end + 1]) if line.kind not in LOCAL_KINDS]

    def has_gap(self) -> bool:
        """Return whether it says that something is missing."""
        return any(line.kind == "gap" for line in self.lines)

    def lines_in(self, size: int) -> int:
        """Return how many lines its first bytes have."""
        return self.data[:size].count(b"\n")


class _Case:
    """A transcript while it is judged."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.findings = [Finding("stage", trouble) for trouble in transcript.troubles]
        self.logs = {name: self._read(name, data) for name, data in transcript.logs.items()}
        self.ids: dict[str, str] = {}
        """msgids by text, and texts by msgid: no text looks like one."""
        self._oracles: dict[str, Oracle | None] = {}

    def oracle(self, name: str) -> Oracle | None:
        """Return what a tracker's log says or, if that has a gap, another's; None if there is no telling."""
        if name not in self._oracles:
            log = self.whole() if self.logs[name].has_gap() else self.logs[name]
            self._oracles[name] = self._read_by_oracle(log) if log is not None else None
        return self._oracles[name]

    def whole(self) -> _Log | None:
        """Return the longest log that has no gap."""
        return max((log for log in self.logs.values() if not log.has_gap()), key=lambda log: log.end, default=None)

    def _read_by_oracle(self, log: _Log) -> Oracle | None:
        try:
            return Oracle(log.lines, is_alone=self.transcript.is_alone)
        except Contradiction as contradiction:
            self.find("contradiction", f"{log.tracker}'s log: {contradiction}")
            return None

    def find(self, rule: str, text: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(rule, text))

    def _read(self, name: str, data: bytes) -> _Log:
        lines, end = [], -1
        for number, line in enumerate(data.decode().split("\n")[:-1]):
            parsed = parse_log_line(line)
            if parsed is None:
                self.find("lines", f"line {number + 1} of {name}'s log is none: {line!r}")
                parsed = LogLine("", "gap", (), None)
            if parsed.text == self.transcript.last and parsed.kind in _SAID:
                end = number
            lines.append(parsed)
        if end < 0:
            self.find("last", f"{name}'s log never got to the last message {self.transcript.last!r}")
            end = len(lines)
        return _Log(name, data, lines, end)


def check(transcript: Transcript) -> list[Finding]:
    """Return all that is wrong."""
    case = _Case(transcript)
    for rule in (
        _logs_are_equal,
        _nothing_twice,
        _acknowledged_is_logged,
        _seen_is_logged,
        _nobody_else_is_here,
        _facts_agree,
        _histories,
    ):
        rule(case)
    return case.findings


def _logs_are_equal(case: _Case) -> None:
    reference = case.whole()
    for log in case.logs.values():
        if log.has_gap() and not case.transcript.gaps_allowed:
            case.find("gap", f"{log.tracker}'s log has a gap")
    if reference is None:
        case.find("gap", "no log is without a gap")
        return
    for other in (log for log in case.logs.values() if not log.has_gap() and log is not reference):
        pairs = zip_longest(reference.shared(), other.shared(), fillvalue=(-1, None))
        for (here, one), (there, two) in pairs:
            if one != two:
                case.find(
                    "equal logs",
                    f"{reference.tracker} line {here + 1}: {one}, but {other.tracker} line {there + 1}: {two}",
                )
                break
    known = [line for _, line in reference.shared()]
    for log in case.logs.values():
        if log.has_gap():
            _connects(case, log, known)


def _connects(case: _Case, log: _Log, known: list[LogLine]) -> None:
    """Find a log that has, between its gaps, anything but unbroken runs of what others have, in their order."""
    at, after_gap = 0, False
    for number, line in enumerate(log.lines[: log.end + 1]):
        if line.kind == "gap":
            after_gap = True
        elif line.kind not in LOCAL_KINDS:
            if after_gap and line in known[at:]:
                at = known.index(line, at)
            after_gap = False
            if at >= len(known) or known[at] != line:
                case.find("equal logs", f"{log.tracker} line {number + 1} is not what others have there: {line}")
                return
            at += 1


def _nothing_twice(case: _Case) -> None:
    for log in case.logs.values():
        counts = Counter(line.text for line in log.lines if line.kind in _SAID)
        doubled = [text for text, count in counts.items() if count > 1]
        if doubled:
            case.find("twice", f"{log.tracker}'s log has more than once: {_some(doubled)}")


def _some(texts: Iterable[str | None]) -> str:
    """Return the first of them, and how many there are."""
    first, *others = map(repr, texts)
    return f"{first} and {len(others)} others" if others else first


def _acknowledged_is_logged(case: _Case) -> None:
    for log in case.logs.values():
        texts = {line.text for line in log.lines if line.kind in _SAID}
        lost = [text for text in case.transcript.acknowledged if text not in texts]
        if lost and not log.has_gap():
            case.find("lost", f"not in {log.tracker}'s log, but came back to who said it: {_some(lost)}")


def _seen_is_logged(case: _Case) -> None:
    for visit in case.transcript.visits:
        oracle = case.oracle(visit.tracker)
        if oracle is None:
            continue
        person = oracle.people.get((visit.nick, visit.address))
        if person is None:
            case.find("unlogged", f"{visit.who} was let in, but is not in the log")
        else:
            _compare(case, visit, person)


def _nobody_else_is_here(case: _Case) -> None:
    """Whoever is here at the end after the log is one of those who are connected."""
    here = {(visit.nick, visit.address) for visit in case.transcript.visits if visit.end == "here"}
    for name in case.logs if here else ():
        oracle = case.oracle(name)
        ghosts = [person.nick for person in oracle.present.values() if person.key not in here] if oracle else []
        if ghosts:
            case.find("ghosts", f"here after {name}'s log, but connected to no tracker: {_some(ghosts)}")


def _received(visit: Visit) -> Iterator[tuple[Seen, str]]:
    """Yield what was received of what happened, and its msgid."""
    batches: dict[str, str] = {}
    has_time = "server-time" in visit.caps
    for raw in visit.received:
        line = parse_irc_line(raw)
        if is_compared(line, batches):
            params = line.params if line.command != "REDACT" else (line.params[0], *line.params[2:])
            time = line.tags.get("time", "none") if has_time else ""
            yield Seen(time, line.command, line.nick, params), line.tags.get("msgid", "")


def _compare(case: _Case, visit: Visit, person: Person) -> None:
    caps, log = visit.caps.split(), case.logs[visit.tracker]
    expected = [each for each in person.expected if _is_for(each.capability, caps)]
    got = list(_received(visit))
    for number, ((seen, msgid), due) in enumerate(zip(got, [*expected, *[None] * len(got)], strict=False)):
        if due is None or seen != (due.seen if "server-time" in caps else due.seen._replace(time="")):
            was = due.seen if due else "nothing more"
            case.find("order", f"{visit.who} received as line {number + 1} {seen}, but the log says {was}")
            return
        if msgid and seen.command in ("PRIVMSG", "NOTICE"):
            _identify(case, msgid, seen.params[-1], visit.who)
    _check_end(case, visit, person, expected, len(got), log)


def _is_for(capability: str, caps: list[str]) -> bool:
    lacks = capability.startswith("-")
    return not capability or (capability.removeprefix("-") in caps) is not lacks


def _check_end(case: _Case, visit: Visit, person: Person, expected: list[Expected], got: int, log: _Log) -> None:
    if visit.log_bytes is not None and not log.has_gap():
        lines = log.lines_in(visit.log_bytes)
        if got and expected[got - 1].number >= lines:
            case.find("delivered first", f"{visit.who} received {expected[got - 1].seen}, not in the log at the kill")
    if visit.end == "here" and not log.has_gap():
        due = [each for each in expected if each.number <= log.end]
        if got < len(due):
            case.find("not delivered", f"{visit.who} is here, and never received {due[got].seen}")
    if visit.end == "quit" and (got < len(expected) or person.ended_at is None):
        what = expected[got].seen if got < len(expected) else "its own end in the log"
        case.find("not delivered", f"{visit.who} has quit, and never received {what}")


def _identify(case: _Case, msgid: str, text: str, where: str) -> None:
    for one, other in ((msgid, text), (text, msgid)):
        if case.ids.setdefault(one, other) != other:
            case.find("msgid", f"{where} has {one!r} with {other!r}, and others with {case.ids[one]!r}")


def _facts_agree(case: _Case) -> None:
    facts = case.transcript.facts
    if not facts:
        return
    first, *others = facts
    for other in others:
        for one, two in zip_longest(facts[first], facts[other]):
            if one != two:
                case.find("facts", f"{first} says {one!r}, and {other} {two!r}")
    oracle = case.oracle(first)
    if oracle is not None:
        _facts_are_as_logged(case, oracle, facts[first])


def _facts_are_as_logged(case: _Case, oracle: Oracle, facts: list[str]) -> None:
    known: dict[str, Callable[[str], str]] = {
        "NAMES": lambda room: " ".join(sorted(oracle.members(room))),
        "TOPIC": lambda room: oracle.topics.get(room, "") if oracle.members(room) else "",
    }
    for fact in facts:
        kind, room, value = fact.split(" ", 2)
        if kind in known and value != known[kind](room):
            case.find("facts", f"{fact!r}, but after the log it is {known[kind](room)!r}")


def _histories(case: _Case) -> None:
    for room, places in case.transcript.histories.items():
        for tracker, lines in places.items():
            oracle = case.oracle(tracker)
            if case.logs[tracker].has_gap():
                continue
            for msgid, _, text in lines:
                _identify(case, msgid, text, f"the history of {room} on {tracker}")
            if oracle is not None:
                _compare_history(case, f"the history of {room} on {tracker}", lines, oracle, room)


def _compare_history(case: _Case, where: str, lines: list[tuple[str, str, str]], oracle: Oracle, room: str) -> None:
    said = oracle.said.get(room, [])
    doubtful: dict[
        str, tuple[str, str, str]
    ] = {}  # which of those said at one time was taken back, the log leaves open
    for one in said:
        if oracle.taken_back[room, one.nick, one.time]:
            doubtful[one.text] = (room, one.nick, one.time)
    got = [(nick, text) for _, nick, text in lines if text not in doubtful]
    due = [(one.nick, one.text) for one in said if one.text not in doubtful]
    for has, should in zip_longest(got, due):
        if has != should:
            case.find("history", f"{where} has {has}, but the log says {should}")
            return
    left = Counter(doubtful.values()) - oracle.taken_back
    if left != Counter(doubtful[text] for _, _, text in lines if text in doubtful):
        case.find("history", f"{where} has other messages than those that were not taken back at {[*left]}")
