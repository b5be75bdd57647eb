"""The machine's clock jumps, as when it is set or the machine has slept: nobody leaves, no order changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from chatcore.server import tracker as tracker_module
from tests.support.crowd import Witness, assert_all_saw_what_was_logged, settled
from tests.support.irc import one, only
from tests.support.trackers import Hosted, hosted_tracker

YEAR_S = 365.25 * 86400
NOON = 1_790_000_000.0
JUMPS = [0.0, 60.0, -3600.0, YEAR_S, -YEAR_S, -NOON, 10 * YEAR_S, -YEAR_S, 1.0]
CAPS = "echo-message server-time message-tags batch draft/chathistory"

SetClock = Callable[[float], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Set the Unix time (s) that trackers are told."""
    now = [NOON]
    monkeypatch.setattr(tracker_module, "time", lambda: now[0])
    return lambda seconds: now.__setitem__(0, seconds)


@pytest.fixture
def hosted(tmp_path: Path, set_clock: SetClock) -> Iterator[Hosted]:
    """A tracker with that clock, which ends who is silent for two seconds."""
    with hosted_tracker(tmp_path, ping_interval_s=1.0, ping_timeout_s=1.0, nick_changes_per_minute=20) as hosted:
        yield hosted


def test_the_clock_jumps_while_people_talk(hosted: Hosted, set_clock: SetClock) -> None:
    said = []
    with Witness(hosted.port, "ann", "#room", caps=CAPS) as ann, Witness(hosted.port, "bob", "#room", caps=CAPS) as bob:
        for number, jump in enumerate(JUMPS):
            set_clock(NOON + jump)
            said.append(f"after a jump of {jump} s")
            (ann, bob)[number % 2].command(f"PRIVMSG #room :{said[-1]}")
        settled([ann, bob])
        for person in (ann, bob):
            heard = only(person.received, "PRIVMSG")
            assert [message.params[-1] for message in heard] == said
            for tag in ("time", "msgid"):
                values = [message.tags[tag] or "" for message in heard]
                assert values == sorted(values)
            assert len({message.tags["msgid"] for message in heard}) == len(said)
        assert_all_saw_what_was_logged([ann, bob], hosted.log_path)
        recalled = only(bob.command("CHATHISTORY LATEST #room * 50"), "PRIVMSG")
        assert [message.params[-1] for message in recalled] == said
        pages, last = [], f"msgid={recalled[0].tags['msgid']}"
        while page := only(bob.command(f"CHATHISTORY AFTER #room {last} 2"), "PRIVMSG"):
            pages += [message.params[-1] for message in page]
            last = f"msgid={page[-1].tags['msgid']}"
        assert pages == said[1:]
    stamps = [line.partition(" ")[0] for line in hosted.log_text().splitlines()]
    assert all(earlier <= later for earlier, later in pairwise(stamps))


def test_nobody_is_taken_for_silent_and_the_silent_are_noticed(hosted: Hosted, set_clock: SetClock) -> None:
    """Deadlines are not kept by a clock that people set."""
    ann, _silent = hosted.client("ann", "#room"), hosted.client("silent", "#room")
    for number, jump in enumerate(JUMPS):
        set_clock(NOON + jump)
        told = ann.command("PRIVMSG #room :here", f"NICK ann{number}", f"WHOIS ann{number}")
        assert one(told, "NICK").params == (f"ann{number}",)
        assert int(one(told, "317").params[2]) < 60, "idle for less than a minute"
    set_clock(0.0)
    end = ann.receive_until("QUIT")
    assert (end.source or "").startswith("silent!")
    assert end.params == ("Ping timeout",)
