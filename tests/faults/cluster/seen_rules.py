"""Rules for what people receive: everything in the log, in its order, and not before it is logged."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.cluster.case import Case, Log
from tests.faults.cluster.lines import IrcLine, parse_irc_line
from tests.faults.cluster.oracle import VALUES, is_compared
from tests.faults.cluster.transcript import Visit
from tests.faults.cluster.world import Expected, Person, Seen


def _seen_is_logged(case: Case) -> None:
    for visit in case.transcript.visits:
        oracle = case.oracle(visit.tracker)
        if oracle is None:
            continue
        person = oracle.people.get((visit.nick, visit.address))
        if person is None:
            case.find("unlogged", f"{visit.who} was let in, but is not in the log")
        else:
            _compare(case, visit, person)


def _received(visit: Visit) -> Iterator[tuple[Seen, str]]:
    """Yield the received events and their msgids."""
    batches: dict[str, str] = {}
    has_time = "server-time" in visit.caps
    for raw in visit.received:
        line = parse_irc_line(raw)
        if is_compared(line, batches) and (line.command not in VALUES or "draft/metadata-3" in visit.caps):
            time = line.tags.get("time", "none") if has_time else ""
            yield Seen(time, line.command, line.nick, _compared_params(line)), line.tags.get("msgid", "")


def _compared_params(line: IrcLine) -> tuple[str, ...]:
    """Return the parameters without a msgid and without the recipient's nick."""
    if line.command in VALUES:
        return line.params[1:]
    return line.params if line.command != "REDACT" else (line.params[0], *line.params[2:])


def _compare(case: Case, visit: Visit, person: Person) -> None:
    caps, log = visit.caps.split(), case.logs[visit.tracker]
    expected = [each for each in person.expected if _is_for(each.capability, caps)]
    got = list(_received(visit))
    for number, ((seen, msgid), due) in enumerate(zip(got, [*expected, *[None] * len(got)], strict=False)):
        if due is None or seen != (due.seen if "server-time" in caps else due.seen._replace(time="")):
            was = due.seen if due else "nothing more"
            case.find("order", f"{visit.who} received as line {number + 1} {seen}, but the log says {was}")
            return
        if msgid and seen.command in ("PRIVMSG", "NOTICE"):
            case.identify(msgid, seen.params[-1], visit.who)
    _check_end(case, visit, person, expected, len(got), log)


def _is_for(capability: str, caps: list[str]) -> bool:
    lacks = capability.startswith("-")
    return not capability or (capability.removeprefix("-") in caps) is not lacks


def _check_end(case: Case, visit: Visit, person: Person, expected: list[Expected], got: int, log: Log) -> None:
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


RULES = (_seen_is_logged,)
