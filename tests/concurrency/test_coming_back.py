"""Messages to a person who comes and goes all the time: each is delivered once, in order, or refused."""

from __future__ import annotations

from pathlib import Path

from chatcore.protocol.message import Message
from tests.support.crowd import at_once
from tests.support.irc import commands, only
from tests.support.sasl_client import logged_in
from tests.support.trackers import hosted_tracker

_COUNT = 300
_VISITS = 30
_REFUSALS = frozenset(("401", "404"))  # absent, or too many messages wait, if all visits end early


def test_no_message_is_lost_between_visits(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, max_waiting=_COUNT, max_waiting_per_sender=_COUNT) as hosted:
        logged_in(hosted, "bob").send("QUIT")
        ann = hosted.client("ann")
        refused: list[int] = []
        seen: list[Message] = []

        def talk() -> None:
            answers = ((number, ann.command(f"PRIVMSG bob :{number}")) for number in range(_COUNT))
            refused.extend(number for number, answer in answers if not _REFUSALS.isdisjoint(commands(answer)))

        def visit() -> None:
            bob = hosted.connect()
            bob.send("CAP REQ :sasl server-time", "AUTHENTICATE PLAIN", "AUTHENTICATE AGJvYgBwdw==")
            bob.send("NICK bob", "USER bob 0 * :Bob", "CAP END", "PING :over")
            while (message := bob.receive()).command != "PONG":
                seen.append(message)
            bob.send("QUIT")
            seen.extend(bob.receive_rest())
            bob.close()

        def come_and_go() -> None:
            for _ in range(_VISITS):
                visit()

        at_once([talk, come_and_go])
        visit()
        given = [int(message.params[-1]) for message in only(seen, "PRIVMSG")]
        assert given == sorted(set(given))
        assert sorted(given + refused) == list(range(_COUNT))
