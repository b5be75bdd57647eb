"""kill -9 at any moment: every delivered message is in the archive afterwards, exactly once and unchanged."""

from __future__ import annotations

import random
import signal
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.support.delivered import ROOMS, Member, Talker, Told
from tests.support.irc import DEADLINE_S
from tests.support.play import ACCOUNTS, make_accounts
from tests.support.trackers import TrackerProcess, tracker_process

_VISITS = ("eve", "mal")


@pytest.mark.xdist_group("heavy")
def test_every_delivered_message_is_archived_once(tmp_path: Path) -> None:
    """Everybody talks in rooms and privately; the tracker is killed after some hundred messages, three times."""
    run_and_kill(tmp_path, "kill", rounds=3, most_heard=4000)


def run_and_kill(folder: Path, seed: str, *, rounds: int, most_heard: int) -> int:
    """Kill the tracker in each of the rounds, check all messages, and return how many were delivered."""
    (folder / "state").mkdir(mode=0o700)
    make_accounts(folder / "state")
    chance = random.Random(seed)
    told: list[list[Told]] = []  # by recipient
    for number in range(rounds):
        with tracker_process(folder, "--no-limits") as tracker:
            told += _heard_until_killed(tracker, f"{seed}.{number}", chance.randrange(most_heard))
    with tracker_process(folder, "--no-limits", "--history", "100") as tracker:
        _check(tracker, told)
    return len({message.msgid for messages in told for message in messages})


def _heard_until_killed(tracker: TrackerProcess, seed: str, heard: int) -> list[list[Told]]:
    """Have everybody talk, kill the tracker after `heard` messages, and return what each person was told."""
    done = threading.Semaphore(0)
    with ExitStack() as opened:
        names = [*ACCOUNTS, *_VISITS]
        talkers = [
            opened.enter_context(
                closing(Talker(tracker.port, name, names, f"{seed}.{name}", has_account=name in ACCOUNTS))
            )
            for name in names
        ]
        threads = [thread for talker in talkers for thread in talker.threads(done.release)]
        for thread in threads:
            thread.start()
        for _ in range(heard):
            assert done.acquire(timeout=DEADLINE_S)
        assert tracker.stop(signal.SIGKILL) == -signal.SIGKILL
        for thread in threads:
            thread.join(DEADLINE_S)
        return [talker.told for talker in talkers]


def _check(tracker: TrackerProcess, told: list[list[Told]]) -> None:
    """Compare what people were told with what members can read."""
    by_id: dict[str, Told] = {}
    for messages in told:
        for message in messages:
            assert by_id.setdefault(message.msgid, message) == message, "two messages have the same msgid"
    with ExitStack() as opened:
        members = {name: opened.enter_context(closing(Member(tracker.port, name))) for name in ACCOUNTS}
        elsewhere = Counter[str]()
        for room in ROOMS:
            kept = _kept(members["ann"], room)
            elsewhere.update(kept.keys())
            for messages in told:
                _check_order([m for m in messages if m.room.lower() == room.lower()], kept)
        told_to = Counter(message.msgid for messages in told for message in messages)
        for message in by_id.values():
            if message.command in ("NICK", "QUIT") and told_to[message.msgid] > 1:  # its author shared a room
                assert elsewhere[message.msgid], f"{message} is in no room"
        private = [m for m in by_id.values() if m.command in ("PRIVMSG", "NOTICE") and not m.room]
        _check_private(members, private)


def _kept(member: Member, place: str) -> dict[str, Told]:
    """Return what a member reads in a place; check that both directions agree, without duplicates and in order."""
    kept = member.forward(place)
    assert [message.msgid for message in kept] == sorted({message.msgid for message in kept})
    assert member.backward(place) == kept
    return {message.msgid: message for message in kept}


def _check_order(messages: Iterable[Told], kept: dict[str, Told]) -> None:
    last = ""
    for message in messages:
        assert kept.get(message.msgid) == message, f"{message} is missing or different"
        assert message.msgid > last, f"{message} is out of order"
        last = message.msgid


def _check_private(members: dict[str, Member], private: list[Told]) -> None:
    """Check that conversations of two accounts are complete, and that messages from visits can be found."""
    for one in ACCOUNTS:
        for other in ACCOUNTS:
            kept = _kept(members[one], other)
            theirs = [m for m in private if {_author(m), m.params[0]} == {one, other}]
            _check_order(sorted(theirs), kept)
    with_visits = [m for m in private if m.params[0] in ACCOUNTS and _author(m) not in ACCOUNTS]
    assert with_visits
    for message in with_visits[:: max(1, len(with_visits) // 30)]:
        assert message in members[message.params[0]].search(message.params[1].split()[0])


def _author(message: Told) -> str:
    return dict(message.tags).get("account", "a visit")
