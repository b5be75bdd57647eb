"""SETNAME: changing the real name (https://ircv3.net/specs/extensions/setname)."""

from __future__ import annotations

from tests.support.irc import commands, one
from tests.support.trackers import Hosted


def test_change_is_announced_to_clients_with_the_capability(hosted: Hosted) -> None:
    """> If the realname change is successful, the server MUST send a SETNAME message to the client itself [...] and to
    clients with common channels that have negotiated the capability"""
    alice, bob = (hosted.client(nick, "#room", caps="setname") for nick in ("alice", "bob"))
    old = hosted.client("old", "#room")
    for client in (alice, bob, old):
        client.sync()
    for seen in (alice.command("SETNAME :Alice B. Cooper"), bob.sync()):
        message = one(seen, "SETNAME")
        assert message.source == "alice!alice@127.0.0.1"
        assert message.params == ("Alice B. Cooper",)
    assert old.sync() == []
    assert one(old.command("WHOIS alice"), "311").params[-1] == "Alice B. Cooper"
    assert "realname alice :Alice B. Cooper" in hosted.log_lines()


def test_invalid_name_is_refused(hosted: Hosted) -> None:
    """> FAIL SETNAME INVALID_REALNAME"""
    alice = hosted.client("alice", caps="setname")
    for name in ("", "x" * 101):
        assert one(alice.command(f"SETNAME :{name}"), "FAIL").params[:2] == ("SETNAME", "INVALID_REALNAME")
    assert commands(alice.command("SETNAME")) == ["461"]
