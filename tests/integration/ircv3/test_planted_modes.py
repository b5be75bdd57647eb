"""A new mode is a row and a rule: one about content, planted, works from MODE to the refusal."""

from __future__ import annotations

import pytest

from chatcore.protocol import numerics as num
from chatcore.protocol.modes import CHANNEL_MODES, Kind, Mode
from chatcore.state.channel import JOIN_RULES, SPEECH_RULES, VOICED, JoinRule, SpeechRule
from tests.support.irc import commands, one
from tests.support.trackers import Hosted

_COLOURLESS = Mode("c", Kind.FLAG, "no colours")
_NAMED = Mode("J", Kind.FLAG, "only people called bob enter")


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two modes more than there are."""
    monkeypatch.setitem(CHANNEL_MODES, "c", _COLOURLESS)
    rule = SpeechRule(_COLOURLESS, VOICED, "No colours here", lambda channel, client, text: "\x03" in text)
    monkeypatch.setattr("chatcore.state.channel.SPEECH_RULES", [*SPEECH_RULES, rule])
    monkeypatch.setitem(CHANNEL_MODES, "J", _NAMED)
    entry = JoinRule(
        _NAMED, num.ERR_BANNEDFROMCHAN, "Bob only", True, lambda channel, client, key: client.nick != "bob"
    )
    monkeypatch.setattr("chatcore.state.channel.JOIN_RULES", [*JOIN_RULES, entry])


def test_a_mode_about_content_binds_all_and_only_while_it_is_set(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    assert commands(bob.command("PRIVMSG #room :\x034red")) == []
    assert one(alice.command("MODE #room +c"), "MODE").params == ("#room", "+c")
    assert one(alice.command("MODE #room"), "324").params[1:] == ("#room", "+cnt")
    for client in (alice, bob):
        refusal = one(client.command("PRIVMSG #room :\x034red"), "404")
        assert refusal.params[1:] == ("#room", "No colours here (+c)")
        assert commands(client.command("PRIVMSG #room :black")) == []
    alice.command("MODE #room -c")
    bob.sync()
    assert commands(bob.command("PRIVMSG #room :\x034red")) == []


def test_a_mode_about_entering(hosted: Hosted) -> None:
    alice, carol = hosted.client("alice", "#room"), hosted.client("carol")
    alice.command("MODE #room +J")
    assert one(carol.command("JOIN #room"), "474").params[1:] == ("#room", "Bob only (+J)")
    assert "JOIN" in commands(hosted.client("bob").command("JOIN #room"))
    alice.command("INVITE carol #room")
    assert "JOIN" in commands(carol.command("JOIN #room"))
