"""Asks all trackers the same questions about the chat; the answers must be the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tests.faults.cluster.lines import IrcLine, parse_irc_line
from tests.faults.cluster.person import Person

_PAGE = 100
_AGREE_S = 8.0
Ask = Callable[..., list[str]]
_NOT_FACTS = frozenset({"PING", "PONG", "BATCH", "366", "315", "PRIVMSG", "NOTICE", "ACK"})
_LOGGED_IN = "900"


def ask_facts(
    inspectors: Sequence[Person],
    owners: Sequence[Person],
    rooms: Iterable[str],
    ask: Ask,
    wait: Callable[[str, Callable[[], bool], float], None],
) -> dict[str, list[str]]:
    """Return what each inspector's tracker says about the rooms, and each owner's about the account.

    A departure may take a moment to reach all trackers: asks again until they agree or the time is up.
    """
    places, facts = [*rooms], {}

    def agree() -> bool:
        for person in inspectors:
            facts[person.tracker] = [fact for room in places for fact in _facts_of(person, room, ask)]
        for owner in owners:
            facts[owner.tracker] += _facts_of_owner(owner, places, ask)
        return len({tuple(each) for each in facts.values()}) == 1

    try:
        wait("trackers to agree", agree, _AGREE_S)
    except TimeoutError:
        if not facts:
            raise
    return facts


def _facts_of(person: Person, room: str, ask: Ask) -> list[str]:
    facts: list[str] = []
    names: set[str] = set()
    topic = ""
    questions = ("NAMES {}", "MODE {}", "TOPIC {}", "MODE {} +b", "WHO {} %tcuhnfar,7", "METADATA {} LIST")
    for line in map(parse_irc_line, ask(person, *(question.format(room) for question in questions))):
        if line.command == "353":
            names |= {name.lstrip("@+") for name in line.params[-1].split()}
            facts.append(f"PREFIXED {room} {' '.join(sorted(line.params[-1].split()))}")
        elif line.command == "332":
            topic = line.params[-1]
        elif line.command not in _NOT_FACTS:
            facts.append(f"{line.command} {room} {' '.join(line.params[1:])}")
    return [f"NAMES {room} {' '.join(sorted(names))}", f"TOPIC {room} {topic}", *facts]


def _facts_of_owner(person: Person, rooms: Iterable[str], ask: Ask) -> list[str]:
    """Return whether the owner is logged in, and what is kept for the account."""
    received = person.visit.received if person.visit is not None else []
    is_in = any(parse_irc_line(raw).command == _LOGGED_IN for raw in received[:20])
    facts = [f"LOGIN {person.account} {'yes' if is_in else 'no'}"]
    questions = [f"MARKREAD {room}" for room in rooms]
    answers = map(parse_irc_line, ask(person, *questions, "METADATA * LIST"))
    kept = [line for line in answers if line.command in ("MARKREAD", "761")]
    return facts + [f"{line.command} {person.account} {' '.join(line.params[-2:])}" for line in kept]


def nicks_here(person: Person, ask: Ask) -> list[str]:
    """Return the nicks that are here according to a tracker."""
    return [line.params[-1] for line in map(parse_irc_line, ask(person, "WHO * %n")) if line.command == "354"]


def ask_histories(
    people: Iterable[Person], rooms: Iterable[str], ask: Ask
) -> dict[str, dict[str, list[tuple[str, str, str]]]]:
    """Return the history of each room, read by a member on each tracker."""
    readers = [person for person in people if person.visit is not None and person.has_labels]
    histories: dict[str, dict[str, list[tuple[str, str, str]]]] = {}
    for room in rooms:
        for person in readers:
            if person.tracker not in histories.setdefault(room, {}) and _is_in(person, room, ask):
                histories[room][person.tracker] = _history(person, room, ask)
    return histories


def _is_in(person: Person, room: str, ask: Ask) -> bool:
    names = (parse_irc_line(raw) for raw in ask(person, f"NAMES {room}"))
    return any(person.nick in line.params[-1].replace("@", "").replace("+", "").split() for line in names)


def _history(person: Person, room: str, ask: Ask) -> list[tuple[str, str, str]]:
    """Read the whole history from the end, page by page."""
    found: list[tuple[str, str, str]] = []
    reference = "*"
    while True:
        page = [line for line in map(parse_irc_line, ask(person, _question(room, reference))) if _is_said(line)]
        found = [(line.tags["msgid"], line.nick, line.params[-1]) for line in page] + found
        if len(page) < _PAGE:
            return found
        reference = f"msgid={page[0].tags['msgid']}"


def _question(room: str, reference: str) -> str:
    return f"CHATHISTORY {'LATEST' if reference == '*' else 'BEFORE'} {room} {reference} {_PAGE}"


def _is_said(line: IrcLine) -> bool:
    return line.command in ("PRIVMSG", "NOTICE") and bool(line.nick) and "batch" in line.tags
