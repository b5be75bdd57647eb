"""List entries that match accounts (https://ircv3.net/specs/extensions/account-extban)."""

from __future__ import annotations

import pytest

from tests.support.irc import IrcClient, commands, one
from tests.support.sasl import plain
from tests.support.trackers import Hosted


def _log_in(hosted: Hosted, client: IrcClient, account: str) -> IrcClient:
    hosted.tracker.keys.accounts.add(account, "pw")
    client.command("CAP REQ :sasl")
    assert "903" in commands(plain(client, account, "pw"))
    return client


@pytest.mark.parametrize("entry", ["R:Eve", "r:e*"])
def test_an_account_is_banned_under_any_nick(hosted: Hosted, entry: str) -> None:
    alice, guest = hosted.client("alice", "#room"), hosted.client("guest")
    alice.command(f"MODE #room +b {entry}")
    assert "JOIN" in commands(hosted.client("eve").command("JOIN #room")), "a nick is not matched as an account"
    assert commands(_log_in(hosted, guest, "eve").command("JOIN #room")) == ["474"]


def test_logging_in_to_a_banned_account_silences_a_member(hosted: Hosted) -> None:
    alice, guest = hosted.client("alice", "#room"), hosted.client("guest", "#room")
    alice.command("MODE #room +b R:eve")
    guest.sync()
    assert guest.command("PRIVMSG #room :hello") == []
    assert commands(_log_in(hosted, guest, "eve").command("PRIVMSG #room :hello")) == ["404"]


def test_an_account_is_muted_under_any_nick(hosted: Hosted) -> None:
    alice, guest = hosted.client("alice", "#room"), _log_in(hosted, hosted.client("guest"), "eve")
    assert one(alice.command("MODE #room +b M:r:eve"), "MODE").params[1:] == ("+b", "m:R:eve")
    assert "JOIN" in commands(guest.command("JOIN #room"))
    assert commands(guest.command("PRIVMSG #room :hello")) == ["404"]
    guest.command("PART #room", "NICK other", "JOIN #room")
    assert commands(guest.command("PRIVMSG #room :hello")) == ["404"]


@pytest.mark.parametrize(("closed", "exception"), [("+b *!*@*", "+e R:eve"), ("+i", "+I R:eve")])
def test_an_account_can_be_excepted_and_invited(hosted: Hosted, closed: str, exception: str) -> None:
    alice, guest = hosted.client("alice", "#room"), _log_in(hosted, hosted.client("guest"), "eve")
    alice.command(f"MODE #room {closed}")
    assert "JOIN" not in commands(guest.command("JOIN #room"))
    alice.command(f"MODE #room {exception}")
    assert "JOIN" in commands(guest.command("JOIN #room"))
