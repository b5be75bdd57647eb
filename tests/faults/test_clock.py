"""The machine's clock jumps, because it is set or the machine has slept: nobody leaves, no order changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from chatcore.server import footing
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
    monkeypatch.setattr(footing, "time", lambda: now[0])
    return lambda seconds: now.__setitem__(0, seconds)


@pytest.fixture
def hosted(tmp_path: Path, set_clock: SetClock) -> Iterator[Hosted]:
    """A tracker with that clock."""
    with hosted_tracker(tmp_path) as hosted:
        yield hosted


def _shown(message: Message) -> float:
    return datetime.fromisoformat(message.tags["time"]).timestamp()


def _texts(messages: list[Message]) -> list[str]:
    return [message.params[-1] for message in only(messages, "PRIVMSG")]


def test_messages_keep_their_order_when_the_clock_jumps(hosted: Hosted, set_clock: SetClock) -> None:
    """The clock's time is shown; ids and history stay in order."""
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
            assert [_shown(message) - NOON for message in heard] == pytest.approx(JUMPS, abs=0.001)
            ids = [message.tags["msgid"] for message in heard]
            assert ids == sorted(set(ids))
        assert_all_saw_what_was_logged([ann, bob], hosted.log_path)
        recalled = only(bob.command("CHATHISTORY LATEST #room * 50"), "PRIVMSG")
        assert [message.params[-1] for message in recalled] == said
        pages, last = [], f"msgid={recalled[0].tags['msgid']}"
        while page := only(bob.command(f"CHATHISTORY AFTER #room {last} 2"), "PRIVMSG"):
            pages += [message.params[-1] for message in page]
            last = f"msgid={page[-1].tags['msgid']}"
        assert pages == said[1:]
    kinds = [line.split()[1] for line in hosted.log_text().splitlines()]
    assert kinds.count("clock-step") == len(JUMPS) - 1, "the first entry of JUMPS is no step"


def test_each_step_is_logged_once_before_lines_of_the_new_time(hosted: Hosted, set_clock: SetClock) -> None:
    ann = hosted.client("ann", "#room")
    ann.command("PRIVMSG #room :before")
    set_clock(NOON - 3600)
    ann.command("PRIVMSG #room :an hour back", "PRIVMSG #room :still")
    before, step, *after = hosted.log_text().splitlines()[-4:]
    assert before == "2026-09-21T14:13:20.000Z message #room ann :before"
    assert re.fullmatch(
        r"2026-09-21T13:13:20.000Z clock-step 2026-09-21T14:13:2\d.\d{3}Z 2026-09-21T13:13:20.000Z", step
    )
    assert [line[:24] for line in after] == ["2026-09-21T13:13:20.000Z"] * 2


def test_queries_by_time_find_messages_after_the_clock_was_set_back(hosted: Hosted, set_clock: SetClock) -> None:
    ann, bob = (hosted.client(nick, "#room", caps=CAPS) for nick in ("ann", "bob"))
    ann.command("PRIVMSG #room :one")
    set_clock(NOON + 60)
    ann.command("PRIVMSG #room :two")
    (two,) = only(bob.sync(), "PRIVMSG")[1:]
    set_clock(NOON - 3600)
    ann.command("PRIVMSG #room :three", "PRIVMSG bob :four")
    bob.sync()
    since = f"timestamp={two.tags['time']}"
    assert _texts(bob.command(f"CHATHISTORY AFTER #room {since} 9")) == ["three"]
    assert _texts(bob.command(f"CHATHISTORY BEFORE #room {since} 9")) == ["one"]
    assert _texts(bob.command(f"CHATHISTORY AROUND #room {since} 3")) == ["one", "two", "three"]
    targets = only(bob.command(f"CHATHISTORY TARGETS {since} timestamp=2100-01-01T00:00:00.000Z 9"), "CHATHISTORY")
    assert {message.params[1] for message in targets} == {"#room", "ann"}
    assert {message.params[2] for message in targets} == {"2026-09-21T13:13:20.000Z"}, (
        "the times must be those shown with the messages"
    )


def test_a_clock_jump_does_not_affect_ping_timeouts(tmp_path: Path, set_clock: SetClock) -> None:
    """Deadlines do not use a clock that people set."""
    with hosted_tracker(tmp_path, ping_interval_s=1.0, ping_timeout_s=1.0, nick_changes_per_minute=20) as hosted:
        ann, _silent = hosted.client("ann", "#room"), hosted.client("silent", "#room")
        ends = []
        for number, jump in enumerate(JUMPS):
            set_clock(NOON + jump)
            told = ann.command("PRIVMSG #room :here", f"NICK ann{number}", f"WHOIS ann{number}")
            assert one(told, "NICK").params == (f"ann{number}",)
            assert int(one(told, "317").params[2]) < 60, "the idle time must not jump with the clock"
            ends += only(told, "QUIT")  # it may have come early on a slow machine
        set_clock(0.0)
        (end,) = ends or [ann.receive_until("QUIT")]
        assert (end.source or "").startswith("silent!")
        assert end.params == ("Ping timeout",)
