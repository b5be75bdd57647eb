"""The time tag (https://ircv3.net/specs/extensions/server-time)."""

from __future__ import annotations

from datetime import UTC, datetime
from time import time

from tests.support.irc import IrcClient, one
from tests.support.trackers import Hosted


def _next_millisecond() -> float:
    """Return the Unix time of a millisecond in which nothing has been sent yet."""
    start = int(time() * 1000)
    while int(time() * 1000) == start:
        pass
    return (start + 1) / 1000


def _time_of(client: IrcClient, line: str, answer: str) -> float:
    tag = one(client.command(line), answer).tags["time"]
    return datetime.strptime(tag, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC).timestamp()


def test_answers_carry_the_time_they_were_sent(hosted: Hosted) -> None:
    """> The server MAY add the time tag to any message [...] at which the server initially sent the message"""
    alice = hosted.client("alice", caps="server-time")
    for line, answer in (("VERSION", "351"), ("PRIVMSG alice :hi", "PRIVMSG"), ("WHOIS alice", "311")):
        before = _next_millisecond()
        assert before <= _time_of(alice, line, answer) <= time()
