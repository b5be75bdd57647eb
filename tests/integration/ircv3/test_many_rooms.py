"""Nick changes, kicks and departures at the same time across many rooms: one order, each announced once to each.

Everything that everybody saw is compared with what they should have seen by chat.log (tests/support/replay.py).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from tests.support.batches import LABELS
from tests.support.crowd import ECHO, Witness, assert_all_saw_what_was_logged, at_once, settled
from tests.support.irc import only
from tests.support.trackers import Hosted

ROOMS = [f"#room{number}" for number in range(15)]
PEOPLE = 10
_CAPS = [ECHO, "", f"{ECHO} {LABELS}", f"{LABELS} server-time"]


def _op_everybody(people: list[Witness], rooms: list[str]) -> None:
    nicks = [person.nick for person in people[1:]]
    for room in rooms:
        people[0].command(f"MODE {room} +{'o' * len(nicks)} {' '.join(nicks)}")


@pytest.fixture
def people(hosted: Hosted) -> Iterator[list[Witness]]:
    """Operators of all rooms, with different capabilities."""
    with ExitStack() as stack:
        found = [
            stack.enter_context(Witness(hosted.port, f"p{number}", *ROOMS, caps=_CAPS[number % len(_CAPS)]))
            for number in range(PEOPLE)
        ]
        _op_everybody(found, ROOMS)
        settled(found)
        yield found


def _line(choose: random.Random, person: Witness, renames: Iterator[int]) -> str:
    """Return a command that concerns several rooms."""
    rooms = ",".join(choose.sample(ROOMS, 4))
    other = f"p{choose.randrange(PEOPLE)}"
    names = choose.choice([other, f"{other}-{choose.randrange(6)}"])
    line = choose.choice(
        [
            f"NICK {person.nick}-{next(renames)}",
            f"KICK {rooms} {','.join([names] * 4)} :out",
            f"JOIN {','.join(ROOMS)}",
            f"PART {rooms}",
            f"PRIVMSG {rooms},{other} :{choose.random()}",
            f"PRIVMSG {choose.choice(ROOMS)} :{choose.random()}",
        ]
    )
    return f"@label=x {line}" if "labeled-response" in person.caps and choose.random() < 0.3 else line


def _act_at_random(seed: str, person: Witness, *, quits: bool) -> None:
    """Send random commands, the same for one seed, a few lines at once; some leave at the end."""
    choose, renames = random.Random(seed), iter(range(1000))
    for _ in range(8):
        person.command(*(_line(choose, person, renames) for _ in range(6)))
    if quits:
        person.send("PRIVMSG #room1,#room2 :bye", "QUIT :enough")
        person.receive_rest()


def _assert_nick_and_quit_were_seen_once(person: Witness) -> None:
    told = Counter((m.command, m.source, *m.params) for m in person.received if m.command in ("NICK", "QUIT"))
    assert set(told.values()) <= {1}, [what for what, times in told.items() if times > 1]


@pytest.mark.parametrize("seed", [1, 2])
def test_everybody_sees_one_order(hosted: Hosted, people: list[Witness], seed: int) -> None:
    at_once([partial(_act_at_random, f"{seed}.{n}", person, quits=n % 3 == 0) for n, person in enumerate(people)])
    settled(person for n, person in enumerate(people) if n % 3)
    told = assert_all_saw_what_was_logged(people, hosted.log_path)
    for person in people:
        _assert_nick_and_quit_were_seen_once(person)
    happened = Counter(seen[0] for someone in told.people.values() for seen, _ in someone.seen)
    assert min(happened[command] for command in ("NICK", "KICK", "QUIT", "JOIN", "PART", "PRIVMSG")) > 20


@pytest.mark.thorough
def test_kicks_nick_changes_and_a_quit_at_once_are_seen_once(hosted: Hosted, people: list[Witness]) -> None:
    """Nobody hears of the victim after its QUIT, nor twice of that QUIT for the many rooms they shared."""
    victim, *others = people

    def flee() -> None:
        victim.send(*(f"NICK fleeing{number}" for number in range(5)), "QUIT :fled")
        victim.receive_rest()

    def chase(person: Witness) -> None:
        for nick in ("p0", *(f"fleeing{number}" for number in range(5))):
            person.command(f"KICK {','.join(ROOMS)} {','.join([nick] * len(ROOMS))} :out")

    chases: list[Callable[[], None]] = [partial(chase, person) for person in others[:4]]
    at_once([flee, *chases])
    settled(others)
    assert_all_saw_what_was_logged(people, hosted.log_path)
    for person in others:
        _assert_nick_and_quit_were_seen_once(person)
        assert len(only(person.received, "QUIT")) <= 1


@pytest.mark.thorough
def test_lost_connections_are_announced_once_each(hosted: Hosted, people: list[Witness]) -> None:
    stays, *lost = people
    at_once([partial(_drop, person) for person in lost])
    gone: set[str] = set()
    while len(gone) < len(lost):
        message = stays.receive_until("QUIT")
        gone.add((message.source or "").partition("!")[0])
    stays.sync()
    assert len(only(stays.received, "QUIT")) == len(lost) == len(gone)
    assert_all_saw_what_was_logged([stays], hosted.log_path)


def _drop(person: Witness) -> None:
    person.send(*(f"PRIVMSG {room} :last words" for room in ROOMS))
    person.close()
