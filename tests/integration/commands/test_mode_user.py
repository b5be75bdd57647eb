"""MODE of oneself (https://modern.ircdocs.horse/#mode-message)."""

from __future__ import annotations

import pytest

from tests.support.irc import commands, one
from tests.support.trackers import Hosted


def test_query_returns_the_modes(hosted: Hosted) -> None:
    """> If <modestring> is not given, the RPL_UMODEIS numeric is sent back"""
    assert one(hosted.client("alice").command("MODE Alice"), "221").params == ("alice", "+")


def test_invisible_is_set_and_unset_without_telling_others(hosted: Hosted) -> None:
    alice, bob = hosted.client("alice", "#room"), hosted.client("bob", "#room")
    alice.sync()
    assert one(alice.command("MODE alice +i"), "MODE").params == ("alice", "+i")
    assert alice.command("MODE alice +i") == []
    assert one(alice.command("MODE alice"), "221").params[1] == "+i"
    assert one(alice.command("MODE alice -i"), "MODE").params == ("alice", "-i")
    assert bob.sync() == []


def test_unknown_modes_do_not_block_known_ones(hosted: Hosted) -> None:
    """> the server MUST apply the modes that are implemented, and then send the ERR_UMODEUNKNOWNFLAG in reply along
    with the MODE message."""
    seen = hosted.client("alice").command("MODE alice +Xi")
    assert sorted(commands(seen)) == ["501", "MODE"]


@pytest.mark.parametrize("words", ["", " +i"])
def test_modes_of_others_are_off_limits(hosted: Hosted, words: str) -> None:
    """> If <target> is a different nick than the user who sent the command, the ERR_USERSDONTMATCH numeric is
    returned."""
    hosted.client("bob")
    assert commands(hosted.client("alice").command(f"MODE bob{words}")) == ["502"]


def test_nick_must_exist(hosted: Hosted) -> None:
    assert commands(hosted.client("alice").command("MODE nobody", "MODE nobody +i")) == ["401", "401"]


def test_operator_status_cannot_be_self_granted(hosted: Hosted) -> None:
    alice = hosted.client("alice")
    assert "MODE" not in commands(alice.command("MODE alice +o"))
    assert "o" not in one(alice.command("MODE alice"), "221").params[1]
