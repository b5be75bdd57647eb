"""Whatever people do with each other works across two trackers as on one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from chatcore.protocol.message import Message
from tests.support.irc import IrcClient, one, only
from tests.support.resuming import lose
from tests.support.sasl_client import plain
from tests.support.trackers import Hosted, hosted_tracker
from tests.support.valkey import valkey_process

_PAST = "batch server-time message-tags echo-message draft/chathistory draft/message-redaction soju.im/search"


class _Pair(NamedTuple):
    one: Hosted
    two: Hosted


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Pair]:
    folder = tmp_path_factory.mktemp("cluster")
    with (
        valkey_process(folder / "engine") as engine,
        hosted_tracker(folder / "one", cluster=engine.url, keep_alive=True, registration="open") as one,
        hosted_tracker(folder / "two", cluster=engine.url, keep_alive=True, registration="open") as two,
    ):
        yield _Pair(one, two)


@pytest.fixture
def people(pair: _Pair, request: pytest.FixtureRequest) -> Iterator[tuple[IrcClient, IrcClient]]:
    """Ann on one tracker and Bob on the other; both can read the history."""
    ann, bob = pair.one.client("ann", caps=_PAST), pair.two.client("bob", caps=_PAST)
    yield ann, bob
    for hosted, client in zip(pair, (ann, bob), strict=True):
        lose(hosted, client)


def _account(hosted: Hosted, name: str) -> IrcClient:
    """Return a client that has registered an account of this name on a tracker."""
    client = hosted.client(name, caps=f"{_PAST} draft/read-marker")
    assert one(client.command("REGISTER * * :correct horse"), "REGISTER").params[0] == "SUCCESS"
    return client


def _log_in(hosted: Hosted, account: str, nick: str) -> tuple[IrcClient, list[Message]]:
    """Return a client that logs in to an account, and what it received."""
    client = hosted.connect()
    client.nick = nick
    client.command(f"CAP REQ :sasl {_PAST} draft/read-marker", *plain(account, "correct horse"))
    return client, client.command(f"NICK {nick}", f"USER {nick} 0 * :x", "CAP END")


def test_rooms_and_nicks_are_shared(people: tuple[IrcClient, IrcClient]) -> None:
    ann, bob = people
    ann.command("JOIN #tea", "TOPIC #tea :green")
    told = bob.command("JOIN #tea")
    assert one(told, "332").params[-1] == "green"
    assert set(one(told, "353").params[-1].split()) == {"@ann", "bob"}
    assert one(bob.command("NICK ann"), "433")


@pytest.mark.thorough
@pytest.mark.parametrize("to", ["bob", "{address}"])
def test_private_messages_cross_trackers(people: tuple[IrcClient, IrcClient], to: str) -> None:
    ann, bob = people
    ann.command(f"PRIVMSG {to.format(address=bob.address)} :psst")
    found = bob.receive_until("PRIVMSG")
    assert found.source is not None
    assert (found.source.partition("!")[0], found.params[-1]) == ("ann", "psst")


@pytest.mark.thorough
def test_history_and_search_work_on_both_trackers(people: tuple[IrcClient, IrcClient]) -> None:
    ann, bob = people
    ann.command("JOIN #past", "PRIVMSG #past :oolong")
    bob.command("JOIN #past", "PRIVMSG #past :sencha")
    assert ann.receive_until("PRIVMSG").params[-1] == "sencha", "ann must have it before she requests the history"
    for client in people:
        client.sync()
        told = client.command("CHATHISTORY LATEST #past * 10")
        assert [line.params[-1] for line in only(told, "PRIVMSG")] == ["oolong", "sencha"]
        found = client.command("SEARCH text=oolong;in=#past")
        assert [line.params[-1] for line in only(found, "PRIVMSG")] == ["oolong"]


@pytest.mark.thorough
def test_a_message_is_redacted_on_all_trackers(people: tuple[IrcClient, IrcClient]) -> None:
    ann, bob = people
    ann.command("JOIN #back")
    bob.command("JOIN #back")
    said = only(ann.command("PRIVMSG #back :oh no"), "PRIVMSG")[0]
    msgid = said.tags["msgid"]
    assert bob.receive_until("PRIVMSG").tags["msgid"] == msgid, "a message has one id on all trackers"
    ann.command(f"REDACT #back {msgid}")
    assert bob.receive_until("REDACT").params[:2] == ("#back", msgid)
    assert only(bob.command("CHATHISTORY LATEST #back * 10"), "PRIVMSG") == []


@pytest.mark.thorough
def test_away_monitor_and_invite_cross_trackers(people: tuple[IrcClient, IrcClient]) -> None:
    ann, bob = people
    assert one(ann.command("MONITOR + bob,carl"), "730").params[-1].startswith("bob!")
    bob.command("AWAY :lunch")
    assert one(ann.command("PRIVMSG bob :there?"), "301").params[-1] == "lunch"
    assert one(ann.command("WHOIS bob"), "301").params[-1] == "lunch"
    bob.command("JOIN #closed", "MODE #closed +i")
    assert one(ann.command("JOIN #closed"), "473")
    bob.command("INVITE ann #closed")
    assert ann.receive_until("INVITE").params == ("ann", "#closed")
    assert one(ann.command("JOIN #closed"), "JOIN")


@pytest.mark.thorough
def test_messages_for_an_absent_account_are_delivered_on_any_tracker(
    people: tuple[IrcClient, IrcClient], pair: _Pair
) -> None:
    ann, _ = people
    lose(pair.one, _account(pair.one, "zoe"))
    ann.command("PRIVMSG zoe :for later")
    zoe, told = _log_in(pair.two, "zoe", "zoe")
    assert [line.params[-1] for line in only(told, "PRIVMSG")] == ["for later"]
    lose(pair.two, zoe)


@pytest.mark.thorough
def test_read_markers_are_shared(pair: _Pair) -> None:
    here = _account(pair.one, "may")
    there, _ = _log_in(pair.two, "may", "may2")
    here.command("MARKREAD #tea timestamp=2026-01-02T03:04:05.678Z")
    assert there.receive_until("MARKREAD").params == ("#tea", "timestamp=2026-01-02T03:04:05.678Z")
    assert one(there.command("MARKREAD #tea"), "MARKREAD").params[1] == "timestamp=2026-01-02T03:04:05.678Z"
    lose(pair.one, here)
    lose(pair.two, there)


@pytest.mark.thorough
def test_client_limit_counts_all_trackers_together(tmp_path: Path) -> None:
    with (
        valkey_process(tmp_path / "engine") as engine,
        hosted_tracker(tmp_path / "one", cluster=engine.url, max_clients=2) as one_tracker,
        hosted_tracker(tmp_path / "two", cluster=engine.url, max_clients=2) as two_tracker,
    ):
        one_tracker.client("ann")
        two_tracker.client("bob")
        late = two_tracker.connect()
        late.send("NICK carl", "USER carl 0 * :x")
        assert "full" in one(late.receive_rest(), "ERROR").params[-1]
