"""A new mode needs a row, a setter for its kind, and a rule. Planted modes work from MODE to the refusal."""

from __future__ import annotations

import pytest

from chatcore.commands.modes import SETTERS
from chatcore.protocol import numerics as num
from chatcore.protocol.modes import CHANNEL_MODES, USER_MODES, Kind, Listing, Mode, ModeChange
from chatcore.state.channel_rules import INSIDE, JOIN_RULES, SPEECH_RULES, VOICED, JoinRule, SpeechRule
from tests.support.stage import Actor, Stage, reply

_COLOURLESS = Mode("c", Kind.FLAG, "no colours")
_NAMED = Mode("J", Kind.FLAG, "only people called bob enter")
_QUIET = Mode("q", Kind.LIST, "whoever matches does not speak", listing=Listing("728", "729", "quiet"))
_RED = "\x034red"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage with these modes as well."""
    for mode in (_COLOURLESS, _NAMED, _QUIET):
        monkeypatch.setitem(CHANNEL_MODES, mode.letter, mode)
    monkeypatch.setattr("chatcore.state.channel.LIST_MODES", "beIq")
    speech = [
        SpeechRule(_COLOURLESS, VOICED, lambda channel, client, text: "No colours here" if "\x03" in text else ""),
        SpeechRule(
            _QUIET,
            INSIDE,
            lambda channel, client, text: "Be quiet" if channel.is_listed_locked(_QUIET, client) else "",
        ),
    ]
    monkeypatch.setattr("chatcore.state.channel.SPEECH_RULES", [*SPEECH_RULES, *speech])
    entry = JoinRule(
        _NAMED, num.ERR_BANNEDFROMCHAN, "Bob only", lambda channel, client, key: client.nick != "bob", True, True, True
    )
    monkeypatch.setattr("chatcore.state.channel.JOIN_RULES", [*JOIN_RULES, entry])
    return Stage()


@pytest.fixture
def alice(stage: Stage) -> Actor:
    """The operator of #room."""
    return stage.actor("alice", "#room")


def test_every_kind_has_a_setter() -> None:
    assert SETTERS.keys() == set(Kind) == {mode.kind for mode in CHANNEL_MODES.values()}


def test_a_content_mode_binds_everybody_while_it_is_set(stage: Stage, alice: Actor) -> None:
    bob = stage.actor("bob", "#room")
    assert bob.says(f"PRIVMSG #room :{_RED}").codes == []
    (changed,) = alice.says("MODE #room +c").events
    assert changed[2:4] == ((ModeChange(True, "c"),), ())
    assert reply("324 #room +cnt") in alice.says("MODE #room").replies
    for actor in (alice, bob):
        assert actor.says(f"PRIVMSG #room :{_RED}").replies == [reply("404 #room :No colours here (+c)")]
        assert actor.says("PRIVMSG #room :black").codes == []
    alice.says("MODE #room -c")
    assert bob.says(f"PRIVMSG #room :{_RED}").codes == []


def test_a_list_mode_binds_members_without_a_voice(stage: Stage, alice: Actor) -> None:
    bob, carol = stage.actor("bob", "#room"), stage.actor("carol", "#room")
    alice.says("MODE #room +qv bob carol")
    alice.says("MODE #room +q carol")
    assert alice.says("MODE #room q").codes == ["728", "728", "729"]
    assert bob.says("PRIVMSG #room :x").replies == [reply("404 #room :Be quiet (+q)")]
    assert carol.says("PRIVMSG #room :x").codes == []
    alice.says("MODE #room -q bob")
    assert bob.says("PRIVMSG #room :x").codes == []


def test_an_entry_mode_spares_the_invited(stage: Stage, alice: Actor) -> None:
    carol = stage.actor("carol")
    alice.says("MODE #room +J")
    assert carol.says("JOIN #room").replies == [reply("474 #room :Bob only (+J)")]
    assert stage.actor("bob").says("JOIN #room").codes == []
    alice.says("INVITE carol #room")
    assert carol.says("JOIN #room").codes == []


def test_the_welcome_lists_every_letter() -> None:
    stranger = Stage().stranger()
    stranger.says("USER ann 0 * :Ann")
    (told,) = [answer for answer in stranger.says("NICK ann").replies if answer[0] == num.RPL_MYINFO]
    assert told[-2:] == ("".join(USER_MODES), "".join(sorted(CHANNEL_MODES)))
