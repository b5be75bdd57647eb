"""Limits that a person never notices and a script cannot get past.

The parts: tests/server/access/test_doorkeeper.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chatcore.config import Limits, load_config
from tests.support.irc import IrcClient, commands, one, only
from tests.support.together import wait_until
from tests.support.trackers import Hosted, hosted_tracker

PASSWORD = "correct hörse"

pytestmark = pytest.mark.usefixtures("short_silence")


def _refusal(port: int) -> str:
    """Return the reason with which a connection is refused before it sends anything."""
    with IrcClient(port) as client:
        return one(client.receive_rest(), "ERROR").params[0]


# Connections


def test_new_connections_are_rate_limited(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, connections_per_minute=5) as hosted:
        clients = [hosted.client(f"member{number}", "#room") for number in range(5)]
        assert "Too many new connections from your address" in _refusal(hosted.port)
        with IrcClient(hosted.port, source="127.0.0.2") as other:
            assert one(other.register("other"), "001"), "the rate is per address"
        assert "001" not in commands(clients[0].command("PRIVMSG #room :who is in stays in"))
        assert len(hosted.tracker.visits()) >= 5


def test_unregistered_clients_are_limited(tmp_path: Path) -> None:
    """Registered clients do not count; registering or leaving makes room."""
    with hosted_tracker(tmp_path, max_unregistered=3) as hosted:
        member = hosted.client("member")
        waiting = [hosted.connect() for _ in range(3)]
        for client in waiting:
            client.command("CAP LS 302")
        assert "Too many are connecting" in _refusal(hosted.port)
        waiting[0].command("NICK first", "USER first 0 * :First", "CAP END")
        assert one(waiting[0].command("NICK still"), "NICK")
        another = hosted.connect()
        another.command("CAP LS 302")
        assert "Too many are connecting" in _refusal(hosted.port)
        another.close()
        wait_until(lambda: len(hosted.tracker.visits()) == 4)
        assert one(hosted.connect().register("last"), "001")
        assert member.sync() == []


def test_a_crowd_of_unregistered_clients_makes_room_for_others(tmp_path: Path) -> None:
    """The oldest from the most crowded address gives way, never one from elsewhere or with a proven password."""
    with hosted_tracker(tmp_path, PASSWORD, max_unregistered=4) as hosted, ExitStack() as stack:
        proven = hosted.connect()
        proven.command(f"PASS :{PASSWORD}")
        crowd = [hosted.connect() for _ in range(3)]
        for client in crowd:
            client.command("CAP LS 302")
        assert "Too many are connecting" in _refusal(hosted.port)
        for number, client in enumerate(crowd[:2]):
            newcomer = stack.enter_context(IrcClient(hosted.port, source=f"127.0.0.{2 + number}"))
            assert commands(newcomer.command("CAP LS")) == ["CAP"]
            assert "Too many are connecting" in one(client.receive_rest(), "ERROR").params[0]
        with IrcClient(hosted.port, source="127.0.0.4") as late:
            assert "Too many" in one(late.receive_rest(), "ERROR").params[0], (
                "no address has more unregistered clients than another"
            )
        for client in (crowd[2], proven):
            assert commands(client.command("CAP LS")) == ["CAP"]


def test_nobody_gives_way_to_a_refused_newcomer(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, max_unregistered=3, max_clients_per_address=3) as hosted, ExitStack() as stack:
        members = [hosted.client(f"member{number}") for number in range(3)]
        waiting = [stack.enter_context(IrcClient(hosted.port, source="127.0.0.2")) for _ in range(3)]
        for client in waiting:
            client.command("CAP LS 302")
        assert "Too many connections from your address" in _refusal(hosted.port)
        for client in (*waiting, *members):
            client.sync()


# Memory


def test_outboxes_share_a_limit_at_the_expense_of_slow_readers(tmp_path: Path) -> None:
    """Six read nothing; each could hold a megabyte by its own limit, and all together may hold three hundred thousand
    bytes. Clients that read are not closed for those that do not."""
    with hosted_tracker(tmp_path, max_total_sendq_bytes=300_000) as hosted, ExitStack() as stack:
        talker, reader = hosted.client("talker", "#room"), hosted.client("reader", "#room")
        deaf = [stack.enter_context(_deaf(hosted, f"deaf{number}")) for number in range(6)]
        budget = hosted.tracker.intake.outbox_budget
        gone = 0
        while gone < len(deaf):
            talker.command(*["PRIVMSG #room :" + "x" * 400] * 40)
            gone += len(only(reader.sync(), "QUIT"))
            assert budget.used_bytes <= 600_000
        assert only(talker.sync(), "ERROR") == only(reader.sync(), "ERROR") == []
        wait_until(lambda: budget.used_bytes == 0)
        assert one(reader.command("PRIVMSG reader :still here"), "PRIVMSG")


@pytest.mark.thorough
def test_history_in_memory_is_bounded_at_the_expense_of_big_rooms(tmp_path: Path) -> None:
    """Client tags are kept too, up to four thousand bytes with each message."""
    with hosted_tracker(tmp_path, max_total_history_bytes=200_000, history_days=0) as hosted:
        quiet, loud = hosted.client("quiet", "#quiet"), hosted.client("loud")
        for client in (quiet, loud):
            client.command("CAP REQ :message-tags batch draft/chathistory")
        loud.command("JOIN #loud1,#loud2")
        quiet.command("PRIVMSG #quiet :do not forget me")
        tags = ";".join(f"+{number:04}" for number in range(600))
        for _ in range(10):
            loud.command(*(f"@{tags} PRIVMSG #loud{room} :x" for room in (1, 2) for _ in range(20)))
        assert 100_000 < hosted.tracker.delivery.history_bytes <= 200_000
        assert one(quiet.command("CHATHISTORY LATEST #quiet * 10"), "PRIVMSG").params[1] == "do not forget me"
        kept = only(loud.command("CHATHISTORY LATEST #loud2 * 100"), "PRIVMSG")
        assert 20 < len(kept) < 40
        assert len(kept[0].tags) >= 600


def test_lists_of_all_rooms_share_a_limit(tmp_path: Path) -> None:
    """Removing an entry, or the end of a room, makes room for others."""
    with hosted_tracker(tmp_path, max_list_entries=5) as hosted:
        alice, bob = hosted.client("alice", "#a", "#b"), hosted.client("bob", "#c")
        alice.command("MODE #a +bbe one two three", "MODE #b +bI four five")
        assert commands(bob.command("MODE #c +b six")) == ["478"]
        assert commands(alice.command("MODE #a +b seven")) == ["478"]
        assert one(alice.command("MODE #b -I five"), "MODE")
        assert one(bob.command("MODE #c +b six"), "MODE")
        assert commands(bob.command("MODE #c +b eight")) == ["478"]
        alice.command("PART #a")
        assert one(bob.command("MODE #c +bbb eight nine ten"), "MODE")
        assert hosted.tracker.registry.listed_count == 5


@contextlib.contextmanager
def _deaf(hosted: Hosted, nick: str) -> Iterator[IrcClient]:
    """Yield a client with a small buffer that reads nothing from here on."""
    with IrcClient(hosted.port) as client:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.register(nick)
        client.join("#room")
        yield client


# Without limits


def test_no_limits_switches_off_rates_and_limits_per_address() -> None:
    limits = load_config(None, {"no_limits": True}).limits
    changed = {name for name in Limits.__dataclass_fields__ if getattr(limits, name) != getattr(Limits(), name)}
    assert changed == {
        "accounts_per_hour",
        "max_clients_per_address",
        "lines_per_s",
        "nick_changes_per_minute",
        "max_unregistered",
        "connections_per_minute",
        "failures_before_ban",
    }
    assert {getattr(limits, name) for name in changed} == {0}


@pytest.mark.thorough
def test_without_limits_one_address_may_do_a_lot_at_once(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, PASSWORD) as hosted:
        for _ in range(20):
            with IrcClient(hosted.port) as client:
                client.send("PASS :guess")
                assert commands(client.receive_rest()) == ["464", "ERROR"]
        clients = [hosted.connect() for _ in range(300)]
        assert one(clients[-1].register("last", password=f":{PASSWORD}"), "001")
        assert len(only(clients[-1].command(*(f"NICK last{number}" for number in range(60))), "NICK")) == 60
        assert clients[-1].command(*["PRIVMSG nobody :x"] * 700)[-1].command == "401"
        assert list(hosted.tracker.notices) == []
