"""The tracker's clock is set back and forth by libfaketime while it runs, as after a suspend or by NTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatcore.protocol.message import Message
from tests.programs.clock import Clock
from tests.support.irc import IrcClient, only
from tests.support.trackers import TrackerProcess

CAPS = "echo-message server-time message-tags batch draft/chathistory soju.im/search"
HOUR_S = 3600.0
YEAR_S = 365 * 24 * HOUR_S
STEPS = [("-1h", -HOUR_S), ("+10y", 10 * YEAR_S), ("+0", 0.0)]
_CONFIG = "[limits]\nping_interval_s = 1\nping_timeout_s = 5\n"


@pytest.fixture
def tracker(clock: Clock, tmp_path: Path) -> Iterator[TrackerProcess]:
    """A tracker with that clock, which sends PING after a second of silence."""
    config = tmp_path / "tracker.toml"
    config.write_text(_CONFIG)
    tracker = TrackerProcess(tmp_path, "--config", str(config), "--linger", "5", env=clock.environment)
    try:
        yield tracker
    finally:
        if tracker.process.poll() is None:
            tracker.stop()


def _offset_s(time: str) -> float:
    """Return the offset of a shown time from the right one."""
    return (datetime.fromisoformat(time) - datetime.now(UTC)).total_seconds()


def _texts(messages: list[Message]) -> list[str]:
    return [message.params[-1] for message in only(messages, "PRIVMSG")]


def test_messages_keep_their_order_across_clock_steps(clock: Clock, tracker: TrackerProcess) -> None:
    with IrcClient(tracker.port) as ann, IrcClient(tracker.port) as bob:
        for client, nick in ((ann, "ann"), (bob, "bob")):
            client.register(nick, caps=CAPS)
            client.join("#room")
        said = [_say(ann, bob, "at first", 0.0)]
        for offset, seconds in STEPS:
            clock.set(offset)
            said += [_say(ann, bob, f"clock at {offset}", seconds), _say(bob, ann, f"still at {offset}", seconds)]
            for client in (ann, bob):
                client.answer_ping()  # deadlines use another clock: PING comes in time, and PONG is awaited
        ids = [message.tags["msgid"] for message in said]
        assert ids == sorted(set(ids))
        history = bob.command("CHATHISTORY LATEST #room * 50")
        assert _texts(history) == [message.params[-1] for message in said]
        assert [message.tags["time"] for message in only(history, "PRIVMSG")] == [m.tags["time"] for m in said]
        after_first = bob.command(f"CHATHISTORY AFTER #room timestamp={said[0].tags['time']} 50")
        assert _texts(after_first) == _texts(history)[1:], "a query by time returns all later messages too"
        seen = ann.command("PRIVMSG #room :all here", "NAMES #room")
        assert set(only(seen, "353")[0].params[-1].split()) == {"@ann", "bob"}
    steps = [line.split() for line in tracker.log_path.read_text().splitlines() if line.split()[1] == "clock-step"]
    moved = [datetime.fromisoformat(now) - datetime.fromisoformat(then) for _, _, then, now in steps]
    expected = [-HOUR_S, 10 * YEAR_S + HOUR_S, -10 * YEAR_S]
    assert [step.total_seconds() for step in moved] == pytest.approx(expected, abs=5 * 86400)
    assert tracker.process.poll() is None, "a client that timed out would have ended the tracker"


def test_a_search_works_after_a_clock_step(clock: Clock, tracker: TrackerProcess) -> None:
    clock.set("+100d")
    said = [f"tea {number}" for number in range(80)]  # so many that SQLite calls its progress handler
    with IrcClient(tracker.port) as ann:
        ann.register("ann", caps=CAPS)
        ann.join("#room")
        ann.command(*(f"PRIVMSG #room :{text}" for text in said))
        assert _texts(ann.command("SEARCH text=tea;limit=100")) == said


def _say(speaker: IrcClient, listener: IrcClient, text: str, offset_s: float) -> Message:
    """Say something; check the time that the listener sees, and return the message."""
    speaker.command(f"PRIVMSG #room :{text}")
    heard = listener.receive_until("PRIVMSG")
    assert heard.params == ("#room", text)
    assert _offset_s(heard.tags["time"]) == pytest.approx(offset_s, abs=5 * 86400 if abs(offset_s) > YEAR_S else 60)
    return heard
