"""Who finds what: each row of the table in ARCHITECTURE.md ("The archive"), before a restart and after it.

All messages in these tests contain the word tea.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chatcore.server.access.accounts import ACCOUNTS_FILE, AccountStore
from tests.support.batches import split_batches
from tests.support.irc import IrcClient
from tests.support.sasl_client import plain
from tests.support.trackers import Hosted, hosted_tracker

_CAPS = "batch message-tags server-time soju.im/search draft/chathistory"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tracker's folder in which ann, bob and carol have accounts."""
    (tmp_path / "state").mkdir(mode=0o700)
    accounts = AccountStore(tmp_path / "state" / ACCOUNTS_FILE)
    for name in ("ann", "bob", "carol"):
        accounts.add(name, "pw")
    return tmp_path


@contextmanager
def _tracker(folder: Path, password: str = "", **settings: Any) -> Iterator[Hosted]:
    """Run a tracker that ends before its clients do, as rooms end with their last member."""
    with hosted_tracker(folder, password, **settings) as hosted:
        yield hosted
        hosted.tracker.stop()


def _account(hosted: Hosted, account: str, nick: str = "") -> IrcClient:
    client = hosted.connect()
    client.nick = nick or account
    client.command(f"CAP REQ :sasl {_CAPS}", *plain(account, "pw"))
    client.command(f"NICK {client.nick}", f"USER {client.nick} 0 * :x", "CAP END")
    return client


def _guest(hosted: Hosted, nick: str, password: str = "") -> IrcClient:
    return hosted.client(nick, caps=_CAPS, password=password)


def _found(client: IrcClient, attributes: str = "") -> list[str]:
    """Return the texts about tea that the client finds."""
    client.sync()
    (batch,), others = split_batches(client.command(f"SEARCH text=tea;{attributes}"))
    assert others == []
    return [message.params[-1] for message in batch.inside]


def _leave(*clients: IrcClient) -> None:
    for client in clients:
        client.send("QUIT")
        client.receive_rest()


def test_a_conversation_is_found_by_its_accounts(folder: Path) -> None:
    with _tracker(folder) as hosted:
        ann, bob, carol = (_account(hosted, name) for name in ("ann", "bob", "carol"))
        ann.command("PRIVMSG bob :tea for two")
        assert _found(ann, "in=bob") == _found(bob, "in=ann") == ["tea for two"]
        assert _found(carol) == _found(carol, "in=ann") == _found(carol, "in=bob") == []
    with _tracker(folder) as hosted:
        carol = _account(hosted, "carol")
        assert _found(carol) == _found(carol, "in=ann") == _found(carol, "in=bob") == []
        bob = _account(hosted, "bob", nick="robert")
        assert _found(bob) == _found(bob, "in=ann") == ["tea for two"]
        ann = _account(hosted, "ann")
        assert _found(ann, "in=robert") == _found(ann, "in=bob") == ["tea for two"], (
            "found by the nick or the account's name"
        )


def test_a_guest_finds_a_conversation_only_during_the_visit(folder: Path) -> None:
    with _tracker(folder) as hosted:
        ann, eve = _account(hosted, "ann"), _guest(hosted, "eve")
        eve.command("PRIVMSG ann :tea from eve")
        assert _found(eve) == _found(ann) == ["tea from eve"]
        _leave(eve)
        assert _found(_guest(hosted, "eve")) == []
        assert _found(ann, "from=eve") == ["tea from eve"], "the other person keeps the conversation"
    with _tracker(folder) as hosted:
        for number in range(4):  # visits of this run have the numbers of the last run's visits
            guest = _guest(hosted, f"eve{number}")
            assert _found(guest) == _found(guest, "in=ann") == []
        assert _found(_account(hosted, "ann"), "in=eve") == ["tea from eve"]


def test_messages_of_an_open_room_are_found_by_its_members(folder: Path) -> None:
    with _tracker(folder) as hosted:
        ann, eve = _account(hosted, "ann"), _guest(hosted, "eve")
        for member in (ann, eve):
            member.command("JOIN #open")
        eve.command("PRIVMSG #open :open tea")
        stranger = _guest(hosted, "stranger")
        assert _found(stranger) == _found(stranger, "in=#open") == []
        stranger.command("JOIN #OPEN")
        assert _found(stranger) == _found(stranger, "in=#open") == ["open tea"]
        stranger.command("PART #open")
        assert _found(stranger, "in=#open") == []
    with _tracker(folder) as hosted:
        stranger = _guest(hosted, "eve")
        assert _found(stranger) == []
        stranger.command("JOIN #open")
        assert _found(stranger) == ["open tea"]


@pytest.mark.parametrize("mode", ["+k word", "+i", "+s"])
def test_messages_of_a_closed_room_are_found_by_those_present(folder: Path, mode: str) -> None:
    def members(hosted: Hosted) -> tuple[IrcClient, IrcClient]:
        ann, eve = _account(hosted, "ann"), _guest(hosted, "eve")
        ann.command("JOIN #closed", f"MODE #closed {mode}", "INVITE eve #closed")
        eve.command("JOIN #closed word")
        return ann, eve

    with _tracker(folder) as hosted:
        ann, eve = members(hosted)
        eve.command("PRIVMSG #closed :closed tea")
        assert _found(ann) == _found(eve) == ["closed tea"]
        carol = _account(hosted, "carol")
        assert _found(carol, "in=#closed") == []
        ann.command("INVITE carol #closed")
        carol.command("JOIN #closed word")
        assert _found(carol) == ["closed tea"], "a member finds earlier messages"
        carol.command("PART #closed")
        assert _found(carol) == [], "a former member was not there when it was said"
    with _tracker(folder) as hosted:
        ann = _account(hosted, "ann")
        assert _found(ann) == ["closed tea"], "an account that was there finds it from outside"
        ann.command("JOIN #closed word")
        assert _found(ann) == ["closed tea"], "found only once"
        ann.command("PART #closed")
        stranger = _guest(hosted, "eve")
        stranger.command("JOIN #closed")
        assert _found(stranger) == _found(stranger, "in=#closed") == [], "a room created again is a different room"
        assert _found(ann, "in=#closed") == ["closed tea"]


def test_messages_stay_as_open_or_closed_as_they_were(folder: Path) -> None:
    with _tracker(folder) as hosted:
        ann, eve = _account(hosted, "ann"), _guest(hosted, "eve")
        ann.command("JOIN #room", "PRIVMSG #room :tea 1", "MODE #room +k word", "PRIVMSG #room :tea 2")
        ann.command("MODE #room -k *", "PRIVMSG #room :tea 3")
        eve.command("JOIN #room")
        assert _found(eve) == ["tea 1", "tea 2", "tea 3"], "it is still the same room"
        for member in (ann, eve):
            member.command("PART #room")
        eve.command("JOIN #room")
        assert _found(eve) == ["tea 1", "tea 3"], "it is a new room of that name"
        assert _found(ann) == ["tea 1", "tea 2", "tea 3"]


def _found_with_a_new_password(hosted: Hosted) -> list[str]:
    eve = _guest(hosted, "eve", "second")
    eve.command("JOIN #open")
    return _found(eve)


@pytest.mark.parametrize(("settings", "found"), [({}, []), ({"history_across_passwords": True}, ["open tea"])])
def test_messages_under_another_password_are_for_accounts_present(
    folder: Path, settings: dict[str, bool], found: list[str]
) -> None:
    with _tracker(folder, "first") as hosted:
        ann, eve = _account(hosted, "ann"), _guest(hosted, "eve", "first")
        for member in (ann, eve):
            member.command("JOIN #open")
        eve.command("PRIVMSG #open :open tea")
        ann.sync()
        assert _found(eve) == ["open tea"]
    with _tracker(folder, "second", **settings) as hosted:
        assert _found_with_a_new_password(hosted) == found
        assert _found(_account(hosted, "ann")) == ["open tea"]
        carol = _account(hosted, "carol")
        carol.command("JOIN #open")
        assert _found(carol) == found
    with _tracker(folder, "first") as hosted:
        eve = _guest(hosted, "eve", "first")
        eve.command("JOIN #open")
        assert _found(eve) == ["open tea"], "eve has the first password"


_QUESTIONS: list[Callable[[str], str]] = [
    lambda room: f"in={room}",
    lambda room: "from=ann",
    lambda room: f"in={room};from=ann;after=2000-01-01",
    lambda room: "in=ann",
    lambda room: "limit=1000;before=2999-01-01",
]


@pytest.mark.parametrize("question", _QUESTIONS)
def test_no_query_finds_unreadable_messages(folder: Path, question: Callable[[str], str]) -> None:
    with _tracker(folder) as hosted:
        ann, bob = _account(hosted, "ann"), _account(hosted, "bob")
        ann.command("JOIN #secret", "MODE #secret +s", "PRIVMSG #secret :tea", "PRIVMSG bob :tea", "JOIN #open")
        ann.command("PRIVMSG #open :tea")
        bob.sync()
        eve = _guest(hosted, "eve")
        for room in ("#secret", "#SECRET", "#open"):
            assert _found(eve, question(room)) == []
