"""MODE of a channel (https://modern.ircdocs.horse/#mode-message). Bans: test_mode_ban; users: test_mode_user."""

from __future__ import annotations

import pytest

from tests.support.irc import IrcClient, commands, one, only
from tests.support.trackers import Hosted


def _modes(client: IrcClient, channel: str = "#room") -> tuple[str, ...]:
    """Return the words of RPL_CHANNELMODEIS after the channel."""
    return one(client.command(f"MODE {channel}"), "324").params[2:]


def test_query_returns_modes_and_creation_time(hosted: Hosted) -> None:
    """> If <modestring> is not given, the RPL_CHANNELMODEIS numeric is returned. [...] Servers SHOULD also return the
    RPL_CREATIONTIME numeric following RPL_CHANNELMODEIS."""
    seen = hosted.client("alice", "#room").command("MODE #ROOM")
    assert commands(seen) == ["324", "329"]
    assert seen[0].params == ("alice", "#room", "+nt")
    assert int(seen[1].params[2]) >= int(hosted.tracker.services.started_at)


def test_change_is_announced_to_every_member(hosted: Hosted) -> None:
    """> When the server is done processing the modes, a MODE command is sent to all members of the channel"""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    for seen in (alice.command("MODE #room +im-t"), bob.sync()):
        mode = one(seen, "MODE")
        assert mode.source == "alice!alice@127.0.0.1"
        assert mode.params == ("#room", "+im-t")
    assert _modes(bob) == ("+imn",)


@pytest.mark.parametrize("letter", ["i", "m", "n", "t"])
def test_flag_is_set_and_unset_once(hosted: Hosted, letter: str) -> None:
    alice = hosted.client("alice", "#room")
    alice.command(f"MODE #room -{letter}")
    assert one(alice.command(f"MODE #room +{letter}"), "MODE").params == ("#room", f"+{letter}")
    assert alice.command(f"MODE #room +{letter}") == []
    assert letter in _modes(alice)[0]
    assert one(alice.command(f"MODE #room -{letter}"), "MODE").params == ("#room", f"-{letter}")
    assert alice.command(f"MODE #room -{letter}") == []
    assert letter not in _modes(alice)[0]


@pytest.mark.parametrize("change", ["+i", "-n", "+k key", "+l 5", "+o bob", "-o alice", "+b x!*@*", "+m-t"])
def test_only_operators_may_change_modes(hosted: Hosted, change: str) -> None:
    """> If a user does not have appropriate privileges to change modes on the target channel, the server MUST NOT
    process the message, and ERR_CHANOPRIVSNEEDED numeric is returned."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("MODE #room +v bob")
    bob.sync()
    assert commands(bob.command(f"MODE #room {change}")) == ["482"]
    assert "MODE" not in commands(only(alice.sync(), "MODE"))
    assert _modes(alice) == ("+nt",)
    outsider = hosted.client("outsider")
    assert commands(outsider.command(f"MODE #room {change}")) in (["482"], ["442"])


def test_operator_status_is_given_and_taken(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    assert one(alice.command("MODE #room +o BOB"), "MODE").params == ("#room", "+o", "bob")
    assert alice.command("MODE #room +o bob") == []
    assert set(one(bob.command("NAMES #room"), "353").params[-1].split()) == {"@alice", "@bob"}
    assert one(bob.command("MODE #room -o alice"), "MODE").params == ("#room", "-o", "alice")
    assert commands(alice.command("MODE #room +i"))[-1] == "482"


def test_voice_lets_speak_in_a_moderated_room(hosted: Hosted) -> None:
    """> If this mode [+m] is set on a channel, only users who have channel privileges may send messages to it."""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("MODE #room +m")
    assert one(bob.command("PRIVMSG #room :x", "NOTICE #room :x"), "404").params[1] == "#room"
    alice.command("MODE #room +v bob")
    assert "404" not in commands(bob.command("PRIVMSG #room :now"))
    assert one(alice.sync(), "PRIVMSG").params[-1] == "now"
    assert one(bob.command("NAMES #room"), "353").params[-1].split() == ["@alice", "+bob"]
    alice.command("MODE #room -v bob")
    assert commands(bob.command("PRIVMSG #room :x"))[-1] == "404"


def test_external_messages_can_be_allowed(hosted: Hosted) -> None:
    """> If this mode [+n] is enabled, users MUST be joined to the channel in order to send private messages and notices
    to the channel. [...] they will receive an ERR_CANNOTSENDTOCHAN numeric"""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob")
    assert commands(bob.command("PRIVMSG #room :x", "NOTICE #room :x")) == ["404"]
    alice.command("MODE #room -n")
    assert bob.command("PRIVMSG #room :hello in there") == []
    assert one(alice.sync(), "PRIVMSG").params == ("#room", "hello in there")


def test_key_is_required_and_hidden_from_outsiders(hosted: Hosted) -> None:
    """> If they do not supply a <key>, or the key they supply does not match the value of this mode, they will receive
    an ERR_BADCHANNELKEY reply"""
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob")
    assert one(alice.command("MODE #room +k s3cret"), "MODE").params == ("#room", "+k", "s3cret")
    assert _modes(alice) == ("+ntk", "s3cret")
    assert "s3cret" not in " ".join(_modes(bob))
    assert commands(bob.command("JOIN #room", "JOIN #room S3CRET", "JOIN #room ,s3cret")) == ["475"] * 3
    assert "JOIN" in commands(bob.command("JOIN #room s3cret"))


@pytest.mark.parametrize("unset", ["-k", "-k wrong", "-k s3cret"])
def test_key_is_unset_with_any_parameter(hosted: Hosted, unset: str) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob")
    alice.command("MODE #room +k s3cret")
    assert one(alice.command(f"MODE #room {unset}"), "MODE").params[:2] == ("#room", "-k")
    assert alice.command(f"MODE #room {unset}") == []
    assert "JOIN" in commands(bob.command("JOIN #room"))


@pytest.mark.parametrize("key", [":two words", "a,b", ":", "a:b", "x" * 33, "bell\x07"])
def test_invalid_key_is_refused(hosted: Hosted, key: str) -> None:
    """> If the value is invalid, they SHOULD return ERR_INVALIDMODEPARAM"""
    alice = hosted.client("alice", "#room")
    assert one(alice.command(f"MODE #room +k {key}"), "696").params[1:3] == ("#room", "k")
    assert _modes(alice) == ("+nt",)


def test_limit_keeps_out_and_can_be_lifted(hosted: Hosted) -> None:
    """> If this mode is set on a channel, and the number of users joined to that channel matches or exceeds the value
    of this mode, new users cannot join [...] ERR_CHANNELISFULL"""
    alice, bob, carol = hosted.client("alice", "#room"), hosted.client("bob"), hosted.client("carol")
    assert one(alice.command("MODE #room +l 002"), "MODE").params == ("#room", "+l", "2")
    assert "JOIN" in commands(bob.command("JOIN #room"))
    assert commands(carol.command("JOIN #room")) == ["471"]
    assert _modes(alice) == ("+ntl", "2")
    assert one(alice.command("MODE #room -l"), "MODE").params == ("#room", "-l")
    assert alice.command("MODE #room -l") == []
    assert "JOIN" in commands(carol.command("JOIN #room"))


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1x", "٣", "99999999999999999999", ":"])
def test_invalid_limit_is_refused(hosted: Hosted, limit: str) -> None:
    alice = hosted.client("alice", "#room")
    assert one(alice.command(f"MODE #room +l {limit}"), "696").params[1:3] == ("#room", "l")
    assert _modes(alice) == ("+nt",)


@pytest.mark.parametrize("change", ["+k", "+l", "+o", "-o", "+v", "+", "-", "+-+", ":"])
def test_change_without_its_parameter_is_ignored(hosted: Hosted, change: str) -> None:
    """> If a type B or C mode does not have a parameter when being set, the server MUST ignore that mode."""
    alice = hosted.client("alice", "#room")
    assert "MODE" not in commands(alice.command(f"MODE #room {change}"))
    assert _modes(alice) == ("+nt",)


def test_unknown_letters_are_reported_and_the_others_applied(hosted: Hosted) -> None:
    alice = hosted.client("alice", "#room")
    seen = alice.command("MODE #room +iXY-tX")
    assert [message.params[1] for message in only(seen, "472")] == ["X", "Y"], "each unknown letter is reported once"
    assert one(seen, "MODE").params == ("#room", "+i-t")


def test_several_modes_take_their_parameters_in_order(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    bob.sync()
    alice.command("MODE #room +klov-n key 9 bob bob")
    assert one(bob.sync(), "MODE").params == ("#room", "+klov-n", "key", "9", "bob", "bob")
    assert _modes(bob) == ("+tkl", "key", "9")
    assert set(one(bob.command("NAMES #room"), "353").params[-1].split()) == {"@alice", "@bob"}


def test_letters_without_a_sign_are_set(hosted: Hosted) -> None:
    assert one(hosted.client("alice", "#room").command("MODE #room m"), "MODE").params == ("#room", "+m")


def test_ranks_are_for_members(hosted: Hosted) -> None:
    hosted.client("outsider")
    alice = hosted.client("alice", "#room")
    seen = alice.command("MODE #room +ov nobody outsider")
    assert one(seen, "401").params[1] == "nobody"
    assert one(seen, "441").params[1:3] == ("outsider", "#room")
    assert "MODE" not in commands(seen)


def test_room_must_exist(hosted: Hosted) -> None:
    """> If <target> is a channel that does not exist on the network, the ERR_NOSUCHCHANNEL numeric is returned."""
    assert commands(hosted.client("alice").command("MODE #nowhere", "MODE #nowhere +i")) == ["403", "403"]


def test_missing_target_is_refused(hosted: Hosted) -> None:
    assert commands(hosted.client("alice").command("MODE")) == ["461"]


def test_changes_beyond_the_announced_number_are_dropped(hosted: Hosted) -> None:
    """ISUPPORT MODES=20: further changes are dropped, and the line that announces the others fits."""
    alice = hosted.client("alice", "#room")
    flips = "+i-i" * 15
    mode = one(alice.command(f"MODE #room {flips}"), "MODE")
    assert sum(letter == "i" for letter in mode.params[1]) == 20


def test_ctcp_except_action_can_be_blocked(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.command("MODE #room +C", "MODE #room +v bob")
    bob.sync()
    assert commands(bob.command("PRIVMSG #room :\x01VERSION\x01")) == ["404"]
    assert commands(bob.command("PRIVMSG #room :\x01 VERSION\x01")) == ["404"]
    assert commands(bob.command("NOTICE #room :\x01PING 12\x01")) == []
    assert commands(bob.command(f"PRIVMSG #room :{'x' * 440} \x01{'1' * 45}\x01")) == ["417"], (
        "the second piece would be a CTCP message"
    )
    assert bob.command("PRIVMSG #room :\x01ACTION waves\x01", "PRIVMSG #room :hi") == []
    heard = [message.params[1] for message in alice.sync() if message.command in ("PRIVMSG", "NOTICE")]
    assert heard == ["\x01ACTION waves\x01", "hi"]
