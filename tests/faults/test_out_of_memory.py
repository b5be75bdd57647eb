"""A tracker with little memory (`ulimit -v`) refuses newcomers with a message; members go on."""

from __future__ import annotations

import contextlib
import ssl
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.crowd import allow_descriptors
from tests.support.irc import Disconnected, IrcClient, commands, one
from tests.support.thorough import first_and_thorough
from tests.support.together import wait_until
from tests.support.trackers import TrackerProcess, tracker_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
_LITTLE_KB = 150_000
_STARTED_BY = ("bash", "-c", f'ulimit -v {_LITTLE_KB}; exec "$@"', "-")
_ENOUGH = 2000
"""More newcomers than can fit into that memory."""


@pytest.mark.parametrize("wire", first_and_thorough("tcp", "tls"))
def test_newcomers_are_refused_when_memory_is_used_up(tmp_path: Path, wire: str) -> None:
    """Each newcomer talks in its own room; two members talk all the time, and the log has everything."""
    allow_descriptors(4096)
    with (
        tracker_process(tmp_path, "--no-limits", "--keep-alive", started_by=_STARTED_BY) as tracker,
        ExitStack() as all_in,
    ):
        alice, bob = (all_in.enter_context(IrcClient(tracker.port)) for _ in range(2))
        for client, nick in ((alice, "alice"), (bob, "bob")):
            client.register(nick)
            client.join("#room")
        alice.sync()
        said = refused = 0
        crowd = all_in.enter_context(ExitStack())
        for number in range(_ENOUGH):
            if number % 10 == 0:
                said += 1
                alice.command(f"PRIVMSG #room :word{said}.")
                assert one(bob.sync(), "PRIVMSG").params[-1] == f"word{said}."
            refused += not _is_admitted(tracker, crowd, wire, f"n{number}")
            if refused == 20:
                break
        assert (refused, number > 50) == (20, True)
        with contextlib.closing(IrcClient(tracker.port)) as late:
            assert "The tracker is full" in one(late.receive_rest(), "ERROR").params[0]
        assert commands(alice.command("PRIVMSG bob :we are in", "NAMES #room"))
        crowd.close()
        wait_until(lambda: _is_admitted(tracker, all_in, wire, "afterwards"))
        log = tracker.log_path.read_text(encoding="utf-8")
        assert all(f":word{index}." in log for index in range(1, said + 1))
        assert tracker.stop() == 0
    assert not [line for line in tracker.output if "Error" in line or "Traceback" in line]
    assert any("ulimit -v" in line for line in tracker.output)


def _is_admitted(tracker: TrackerProcess, stack: ExitStack, wire: str, nick: str) -> bool:
    try:
        client = stack.enter_context(IrcClient(tracker.port, wire=wire))
        client.register(nick)
        client.command(f"JOIN #{nick}", *[f"PRIVMSG #{nick} :{'x' * 400}"] * 3)
    except (Disconnected, ssl.SSLError, ConnectionError):
        return False
    return True


@pytest.mark.thorough
def test_messages_do_not_use_up_the_memory(tmp_path: Path) -> None:
    """The histories of the rooms would take more than their share of that memory."""
    with tracker_process(tmp_path, "--no-limits", "--keep-alive", started_by=_STARTED_BY) as tracker:
        with ExitStack() as stack:
            members = [stack.enter_context(IrcClient(tracker.port)) for _ in range(10)]
            for number, client in enumerate(members):
                client.register(f"member{number}")
                client.command(*(f"JOIN #room{number}-{room}" for room in range(20)))
            for _ in range(5):
                for number, client in enumerate(members):
                    for room in range(20):
                        client.command(*[f"PRIVMSG #room{number}-{room} :{'x' * 400}"] * 60)
            assert one(members[0].command("WHOIS member9"), "311")
        assert tracker.stop() == 0
    assert not [line for line in tracker.output if "Error" in line or "Traceback" in line]
