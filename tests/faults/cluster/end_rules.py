"""Rules for the end: all trackers agree with the log about people, rooms and history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import zip_longest

from tests.faults.cluster.case import Case, some
from tests.faults.cluster.oracle import Oracle


def _nobody_else_is_here(case: Case) -> None:
    """Everybody who is here according to the log is connected."""
    here = {(visit.nick, visit.address) for visit in case.transcript.visits if visit.end == "here"}
    for name in case.logs if here else ():
        oracle = case.oracle(name)
        ghosts = [person.nick for person in oracle.present.values() if person.key not in here] if oracle else []
        if ghosts:
            case.find("ghosts", f"here after {name}'s log, but connected to no tracker: {some(ghosts)}")


def _killed_are_gone(case: Case) -> None:
    """A client that an IRC operator has disconnected is no longer here, on any tracker."""
    for name in case.logs:
        oracle = case.oracle(name)
        killed = [person.nick for person in oracle.present.values() if person.is_killed] if oracle else []
        if killed:
            case.find("killed", f"disconnected by KILL after {name}'s log, and still here: {some(killed)}")


def _lost_come_back(case: Case) -> None:
    """A person who lost a connection can resume by token, on any tracker."""
    oracle = case.any_oracle()
    for nick, address in case.transcript.refused:
        person = oracle.people.get((nick, address)) if oracle is not None else None
        if person is not None and person.is_lost:
            case.find("resume", f"{nick} ({address}) was lost, and its token was refused")


def _accounts_are_known(case: Case) -> None:
    """A person can log in to a registered account on every tracker."""
    for tracker, facts in case.transcript.facts.items():
        for account in case.transcript.accounts:
            if f"LOGIN {account} yes" not in facts:
                case.find("accounts", f"{account} was made, and {tracker} lets nobody log in to it")


def _facts_agree(case: Case) -> None:
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


def _facts_are_as_logged(case: Case, oracle: Oracle, facts: list[str]) -> None:
    known: dict[str, Callable[[str], str]] = {
        "NAMES": lambda room: " ".join(sorted(oracle.members(room))),
        "TOPIC": lambda room: oracle.topics.get(room, "") if oracle.members(room) else "",
    }
    for fact in facts:
        kind, room, value = fact.split(" ", 2)
        if kind in known and value != known[kind](room):
            case.find("facts", f"{fact!r}, but after the log it is {known[kind](room)!r}")


def _histories(case: Case) -> None:
    for room, places in case.transcript.histories.items():
        for tracker, lines in places.items():
            oracle = case.oracle(tracker)
            if case.logs[tracker].has_gap():
                continue
            for msgid, _, text in lines:
                case.identify(msgid, text, f"the history of {room} on {tracker}")
            if oracle is not None:
                _compare_history(case, f"the history of {room} on {tracker}", lines, oracle, room)


def _compare_history(case: Case, where: str, lines: list[tuple[str, str, str]], oracle: Oracle, room: str) -> None:
    said = oracle.history(room)
    doubtful: dict[
        str, tuple[str, str, str]
    ] = {}  # the log does not tell which of several messages of one time was redacted
    for one in said:
        if oracle.taken_back[one.room, one.nick, one.time]:
            doubtful[one.text] = (one.room, one.nick, one.time)
    got = [(nick, text) for _, nick, text in lines if text not in doubtful]
    due = [(one.nick, one.text) for one in said if one.text not in doubtful]
    for has, should in zip_longest(got, due):
        if has != should:
            case.find("history", f"{where} has {has}, but the log says {should}")
            return
    left = Counter(doubtful.values()) - oracle.taken_back
    if left != Counter(doubtful[text] for _, _, text in lines if text in doubtful):
        case.find("history", f"{where} has other messages than those that were not taken back at {[*left]}")


RULES = (_nobody_else_is_here, _killed_are_gone, _lost_come_back, _accounts_are_known, _facts_agree, _histories)
