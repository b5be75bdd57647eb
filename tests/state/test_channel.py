"""Channel: who is in it, who may come in, who may speak (https://modern.ircdocs.horse/#channel-modes)."""

from __future__ import annotations

import pytest

from chatcore.protocol import numerics as num
from chatcore.state import channel as channel_module
from chatcore.state.ban_effects import LOOKS_PER_MASK
from chatcore.state.channel import Channel, Listed
from chatcore.state.client import Client
from chatcore.state.history import MAX_FORMER_NAMES
from chatcore.state.metadata import Profile
from tests.state.people import client


@pytest.fixture
def channel() -> Channel:
    return Channel("#Room", 1000)


@pytest.fixture
def ann(channel: Channel) -> Client:
    """The operator of the channel."""
    made = client("ann")
    channel.add_locked(made)
    return made


@pytest.fixture
def bob() -> Client:
    """A client in no channel."""
    return client("bob")


def _put_on_list(channel: Channel, letter: str, mask: str) -> None:
    channel.put_on_list_locked(letter, Listed(mask, "ann!user@host", 0))


def _numeric(refusal: tuple[str, ...] | None) -> str | None:
    return refusal[0] if refusal else None


def test_the_name_is_shown_as_given_and_its_key_is_casefolded(channel: Channel) -> None:
    assert (channel.name, channel.key_name, channel.created_at) == ("#Room", "#room", 1000)
    assert not channel.is_dead


def test_the_first_member_is_the_operator(channel: Channel, ann: Client, bob: Client) -> None:
    assert channel.add_locked(bob) == ""
    assert channel.members == {ann: "o", bob: ""}
    assert channel.is_operator_locked(ann)
    assert not channel.is_operator_locked(bob)
    assert ann.channels == bob.channels == {channel.key_name}


def test_a_membership_ends_on_both_sides(channel: Channel, ann: Client) -> None:
    channel.remove_locked(ann)
    assert channel.members == {}
    assert ann.channels == frozenset()
    assert not channel.is_operator_locked(ann)


def test_anybody_may_enter_by_default(channel: Channel, ann: Client, bob: Client) -> None:
    assert channel.join_refusal_locked(bob, "") is None
    assert channel.join_refusal_locked(bob, "needless") is None


def _close(channel: Channel, how: str) -> None:
    """Set +i, +l with no place left, or +b with a mask."""
    letter, _, mask = how.partition(" ")
    if letter == "i":
        channel.set_flag_locked("i", on=True)
    elif letter == "l":
        channel.set_value_locked("l", str(len(channel.members)))
    else:
        _put_on_list(channel, "b", mask)


@pytest.mark.parametrize(
    ("how", "numeric"),
    [
        ("i", num.ERR_INVITEONLYCHAN),
        ("l", num.ERR_CHANNELISFULL),
        ("b bob!*@*", num.ERR_BANNEDFROMCHAN),
        ("b *!*@192.0.2.*", num.ERR_BANNEDFROMCHAN),
    ],
)
def test_an_invitation_bypasses_bans_and_limits(
    channel: Channel, ann: Client, bob: Client, how: str, numeric: str
) -> None:
    _close(channel, how)
    assert _numeric(channel.join_refusal_locked(bob, "")) == numeric
    channel.invite_locked(bob)
    assert channel.join_refusal_locked(bob, "") is None


def test_bans_on_others_keep_nobody_out(channel: Channel, ann: Client, bob: Client) -> None:
    for mask in ("bobby!*@*", "*!*@192.0.3.*", "*!bob@*"):
        _put_on_list(channel, "b", mask)
    assert channel.join_refusal_locked(bob, "") is None


def test_an_exception_undoes_a_ban(channel: Channel, ann: Client, bob: Client) -> None:
    """https://modern.ircdocs.horse/#exception-channel-mode"""
    _put_on_list(channel, "b", "*!*@*")
    _put_on_list(channel, "e", "bob!*@*")
    assert channel.join_refusal_locked(bob, "") is None
    channel.add_locked(bob)
    assert channel.speech_refusal_locked(bob, "hello") is None
    assert _numeric(channel.join_refusal_locked(client("carol"), "")) == num.ERR_BANNEDFROMCHAN


def test_a_ban_check_is_cached_until_a_list_or_the_member_changes(channel: Channel, ann: Client, bob: Client) -> None:
    channel.add_locked(bob)
    bob.looks = 0
    _put_on_list(channel, "b", "bob!*@*")
    for _ in range(2):
        assert channel.speech_refusal_locked(bob, "hello") is not None
        assert bob.looks == LOOKS_PER_MASK, "the second check is answered from the cache"
    _put_on_list(channel, "e", "*!*@192.0.2.*")
    assert channel.speech_refusal_locked(bob, "hello") is None
    assert bob.looks == (1 + 2) * LOOKS_PER_MASK
    channel.take_off_list_locked("e", "*!*@192.0.2.*")
    assert channel.speech_refusal_locked(bob, "hello") is not None
    bob.name("rob")
    assert channel.speech_refusal_locked(bob, "hello") is None
    bob.name("bob")
    assert channel.speech_refusal_locked(bob, "hello") is not None
    channel.take_off_list_locked("b", "BOB!*@*")
    assert channel.speech_refusal_locked(bob, "hello") is None
    channel.remove_locked(bob)
    assert len(channel.ban_effects) == 0


@pytest.mark.parametrize(
    ("bans", "exceptions", "words", "may_enter"),
    [
        (["m:bob!*@*"], [], "You are muted in this room (+b)", True),
        (["m:BOB!*@*", "eve!*@*"], ["bob!*@*"], "You are muted in this room (+b)", True),
        (["m:bob!*@*"], ["m:*!*@192.0.2.*"], "", True),
        (["m:carol!*@*"], [], "", True),
        (["bob!*@*"], ["m:bob!*@*"], "You are banned from this room (+b)", False),
        (["bob!*@*", "m:bob!*@*"], [], "You are banned from this room (+b)", False),
        (["bob!*@*", "m:bob!*@*"], ["bob!*@*"], "You are muted in this room (+b)", True),
        (["bob!*@*", "m:bob!*@*"], ["bob!*@*", "m:bob!*@*"], "", True),
    ],
)
def test_a_mute_allows_entry_and_exceptions_match_their_kind(
    channel: Channel, ann: Client, bob: Client, bans: list[str], exceptions: list[str], words: str, may_enter: bool
) -> None:
    for letter, masks in (("b", bans), ("e", exceptions)):
        for mask in masks:
            _put_on_list(channel, letter, mask)
    assert (channel.join_refusal_locked(bob, "") is None) == may_enter
    channel.set_flag_locked("n", on=False)
    for _ in range(2):  # first from outside, then as a member
        refusal = channel.speech_refusal_locked(bob, "hello")
        assert (refusal[-1] if refusal else "") == words
        channel.add_locked(bob)
    for letters in ("v", "o"):
        channel.members[bob] = letters
        assert channel.speech_refusal_locked(bob, "hello") is None


def test_an_invite_exception_needs_no_invitation(channel: Channel, ann: Client, bob: Client) -> None:
    """https://modern.ircdocs.horse/#invite-exception-channel-mode"""
    channel.set_flag_locked("i", on=True)
    _put_on_list(channel, "I", "bob!*@*")
    assert channel.join_refusal_locked(bob, "") is None
    assert _numeric(channel.join_refusal_locked(client("carol"), "")) == num.ERR_INVITEONLYCHAN


def test_a_secret_channel_is_visible_to_its_members(channel: Channel, ann: Client, bob: Client) -> None:
    assert channel.is_visible_to_locked(bob)
    channel.set_flag_locked("s", on=True)
    assert channel.is_visible_to_locked(ann)
    assert not channel.is_visible_to_locked(bob)


def test_a_key_must_match_exactly_even_for_the_invited(channel: Channel, ann: Client, bob: Client) -> None:
    channel.set_value_locked("k", "Key")
    channel.invite_locked(bob)
    for wrong in ("", "key", "Key "):
        assert _numeric(channel.join_refusal_locked(bob, wrong)) == num.ERR_BADCHANNELKEY
    assert channel.join_refusal_locked(bob, "Key") is None


def test_an_invitation_is_good_for_one_entry(channel: Channel, ann: Client, bob: Client) -> None:
    channel.set_flag_locked("i", on=True)
    channel.invite_locked(bob)
    channel.add_locked(bob)
    channel.remove_locked(bob)
    assert _numeric(channel.join_refusal_locked(bob, "")) == num.ERR_INVITEONLYCHAN


def test_a_limit_that_is_not_reached_keeps_nobody_out(channel: Channel, ann: Client, bob: Client) -> None:
    channel.set_value_locked("l", "2")
    assert channel.join_refusal_locked(bob, "") is None
    channel.add_locked(bob)
    assert _numeric(channel.join_refusal_locked(client("carol"), "")) == num.ERR_CHANNELISFULL


@pytest.mark.parametrize(
    ("flags", "letters", "is_banned", "may_speak"),
    [
        ("nt", None, False, False),
        ("t", None, False, True),  # without +n outsiders may speak
        ("tm", None, False, False),
        ("t", None, True, False),
        ("nt", "", False, True),
        ("nt", "", True, False),
        ("ntm", "", False, False),
        ("ntm", "v", False, True),
        ("ntm", "o", False, True),
        ("nt", "v", True, True),  # a voiced member may speak, banned or not
        ("nt", "o", True, True),
    ],
)
def test_who_may_speak(
    channel: Channel, ann: Client, bob: Client, flags: str, letters: str | None, is_banned: bool, may_speak: bool
) -> None:
    for flag in "mnt":
        channel.set_flag_locked(flag, on=flag in flags)
    if letters is not None:
        channel.add_locked(bob)
        channel.members[bob] = letters
    if is_banned:
        _put_on_list(channel, "b", "bob!*@*")
    refusal = channel.speech_refusal_locked(bob, "hello")
    assert _numeric(refusal) == (None if may_speak else num.ERR_CANNOTSENDTOCHAN)


def test_refusals_show_the_channel_name_as_given(channel: Channel, ann: Client, bob: Client) -> None:
    channel.set_flag_locked("i", on=True)
    for refusal in (channel.join_refusal_locked(bob, ""), channel.speech_refusal_locked(bob, "hello")):
        assert refusal is not None
        assert refusal[1] == "#Room"


def test_mode_parameters_follow_the_order_of_the_letters(channel: Channel) -> None:
    assert channel.mode_words_locked(with_key=True) == ("+nt",)
    channel.set_flag_locked("i", on=True)
    channel.set_value_locked("l", "5")
    channel.set_value_locked("k", "secret")
    assert channel.mode_words_locked(with_key=True) == ("+intkl", "secret", "5")
    channel.set_value_locked("l", None)
    assert channel.mode_words_locked(with_key=False) == ("+intk", "*")


def test_the_oldest_of_too_many_invitations_is_dropped(
    channel: Channel, ann: Client, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most invited clients have gone: the channel is not told when one leaves the tracker."""
    monkeypatch.setattr(channel_module, "MAX_INVITED", 2)
    channel.set_flag_locked("i", on=True)
    guests = [bob, client("carol"), bob, client("dave")]
    for guest in guests:
        channel.invite_locked(guest)
    refusals = [channel.join_refusal_locked(guest, "") for guest in guests[1:]]
    assert [refusal is None for refusal in refusals] == [False, True, True]


def test_each_former_name_belonged_to_the_channel_for_a_period(channel: Channel) -> None:
    channel.note_former_locked("#A", 10)
    channel.note_former_locked("#b", 20)
    channel.note_former_locked("#a", 30)
    names = ("#a", "#b", "#room")
    owned = {
        id_: [name for name in names if channel.was_called_locked(name, id_, 1_001_000)] for id_ in (5, 15, 25, 35)
    }
    assert owned == {5: ["#a"], 15: ["#b"], 25: ["#a"], 35: ["#room"]}
    assert not channel.was_called_locked("#room", 35, 1_000_999), (
        "the name may have been another room's until that second"
    )


def test_the_oldest_of_many_former_names_is_dropped(channel: Channel) -> None:
    for number in range(MAX_FORMER_NAMES):
        assert channel.was_called_locked("#0", 0, 1_001_000) is (number > 0)
        channel.note_former_locked(f"#{number}", number)
    assert not channel.was_called_locked("#0", 0, 1_001_000)
    assert channel.was_called_locked("#1", 1, 1_001_000)


def test_a_join_costs_a_look_per_member_and_metadata_value(channel: Channel, ann: Client, bob: Client) -> None:
    bob.metadata = Profile(values={"url": "x", "note": "y"})
    assert ann.looks == 0
    channel.add_locked(bob)
    assert bob.looks == 3
