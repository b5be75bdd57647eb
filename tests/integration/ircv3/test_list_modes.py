"""Masks in modes: bans (b), exceptions from bans (e) and from the need of an invitation (I).

https://modern.ircdocs.horse/#ban-channel-mode. Bans by themselves: tests/integration/commands/test_mode_ban.py.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.irc import IrcClient, commands, one, only
from tests.support.thorough import examples
from tests.support.trackers import Hosted

BOUNDED = settings(max_examples=examples(40), derandomize=True)
_LISTS = {"b": ("367", "368"), "e": ("348", "349"), "I": ("346", "347")}


def _can_join(client: IrcClient, room: str = "#room") -> bool:
    """Try to join; leave again."""
    came_in = "JOIN" in commands(client.command(f"JOIN {room}"))
    if came_in:
        client.command(f"PART {room}")
    return came_in


def test_exception_outweighs_a_ban_for_joining_and_speaking(hosted: Hosted) -> None:
    operator, bob, eve = hosted.client("operator", "#room"), hosted.client("bob"), hosted.client("eve")
    operator.command("MODE #room +be *!*@* b?b!*@127.0.0.*")
    assert (_can_join(bob), _can_join(eve)) == (True, False)
    bob.join("#room")
    assert commands(bob.command("PRIVMSG #room :hi")) == []
    operator.command("MODE #room -e B?B!*@127.0.0.*")
    assert commands(bob.command("PRIVMSG #room :hi"))[-1] == "404"


@pytest.mark.parametrize(("modes", "refusal"), [("+i", "473"), ("+k key", "475"), ("+l 1", "471")])
def test_ban_exception_does_not_outweigh_other_modes(hosted: Hosted, modes: str, refusal: str) -> None:
    operator, bob = hosted.client("operator", "#room"), hosted.client("bob")
    operator.command("MODE #room +e bob!*@*", f"MODE #room {modes}")
    assert commands(bob.command("JOIN #room")) == [refusal]


def test_invitation_exception_does_not_outweigh_other_modes(hosted: Hosted) -> None:
    operator, bob, eve = hosted.client("operator", "#room"), hosted.client("bob"), hosted.client("eve")
    operator.command("MODE #room +iI bob!*@*")
    assert (_can_join(bob), _can_join(eve)) == (True, False)
    operator.command("MODE #room +b bob!*@*")
    assert commands(bob.command("JOIN #room")) == ["474"]
    operator.command("MODE #room -b+k bob!*@* key")
    assert commands(bob.command("JOIN #room")) == ["475"]
    assert "JOIN" in commands(bob.command("JOIN #room key"))


@pytest.mark.parametrize("letter", "eI")
def test_only_operators_can_read_exceptions(hosted: Hosted, letter: str) -> None:
    operator, bob, eve = hosted.client("operator", "#room"), hosted.client("bob", "#room"), hosted.client("eve")
    operator.command(f"MODE #room +{letter} friend!*@*")
    for client in (bob, eve):
        assert commands(client.command(f"MODE #room {letter}"))[-1] == "482"
    assert commands(eve.command("MODE #room b")) == ["368"], "anybody may read the bans"


@pytest.mark.usefixtures("ticking")
@pytest.mark.parametrize("letter", "beI")
def test_lists_show_entry_setter_and_time_in_order(hosted: Hosted, letter: str) -> None:
    entry, end = _LISTS[letter]
    operator = hosted.client("operator", "#room")
    operator.command(f"MODE #room +{letter * 2} First second", f"MODE #room +{letter} *@third.example")
    seen = operator.command(f"MODE #room +{letter}")
    assert commands(seen) == [entry] * 3 + [end]
    assert [message.params[2] for message in seen[:-1]] == ["First!*@*", "second!*@*", "*!*@third.example"]
    assert {message.params[3] for message in seen[:-1]} == {"operator!operator@127.0.0.1"}
    times = [int(message.params[4]) for message in seen[:-1]]
    assert times == sorted(times)
    operator.command(f"MODE #room -{letter * 3} FIRST!*@* *@THIRD.example nobody")
    assert len(only(operator.command(f"MODE #room {letter}"), entry)) == 1


def test_three_lists_in_one_query_get_three_answers(hosted: Hosted) -> None:
    operator = hosted.client("operator", "#room")
    operator.command("MODE #room +beI one two three")
    assert commands(operator.command("MODE #room beI")) == ["367", "368", "348", "349", "346", "347"]
    assert one(operator.command("MODE #room"), "324").params[2] == "+nt", "lists are not shown as flags"


def test_changes_without_effect_are_not_announced(hosted: Hosted) -> None:
    operator, bob = hosted.client("operator", "#room"), hosted.client("bob", "#room")
    operator.command("MODE #room +beI one two three")
    bob.sync()
    same = ("+beI ONE!*@* TWO!*@* THREE!*@*", "-beI x y z", "+nt", "-imks key", "-l", "+o operator", "-v bob")
    assert operator.command(*(f"MODE #room {change}" for change in same)) == []
    assert bob.sync() == []


def test_changes_are_announced_as_they_took_effect(hosted: Hosted) -> None:
    """Masks completed, numbers without zeros in front, nicks in their spelling, and signs only where they change."""
    operator, bob = hosted.client("operator", "#room"), hosted.client("Bob", "#room")
    operator.sync()
    operator.command("MODE #ROOM +b-t+l-n+v EVE 007 bOB")
    assert one(bob.sync(), "MODE").params == ("#room", "+b-t+l-n+v", "EVE!*@*", "7", "Bob")


def test_banned_members_stay_and_speak_if_they_have_a_rank(hosted: Hosted) -> None:
    operator, bob = hosted.client("operator", "#room"), hosted.client("bob", "#room")
    operator.command("MODE #room +bm bob!*@*")
    assert commands(bob.command("PRIVMSG #room :x"))[-1] == "404"
    operator.command("MODE #room +v bob")
    assert commands(bob.command("PRIVMSG #room :x")) == ["MODE"]
    operator.command("MODE #room +o bob")
    bob.command("PART #room")
    assert commands(bob.command("JOIN #room")) == ["474"], "a rank ends with the membership"


_PIECES = st.lists(st.sampled_from(["*", "?", "b", "B", "o", "é", "[", "^", ".", "1"]), max_size=6).map("".join)


def _plain_match(mask: str, text: str) -> bool:
    """Tell whether a mask matches, in the simplest way: letter by letter, ASCII letters in any case."""
    if not mask:
        return not text
    if mask[0] == "*":
        return any(_plain_match(mask[1:], text[start:]) for start in range(len(text) + 1))
    same = mask[0] == "?" or mask[0] == text[:1] or (mask[0].isascii() and mask[0].lower() == text[:1].lower())
    return bool(text) and same and _plain_match(mask[1:], text[1:])


def test_masks_match_like_a_plain_matcher(hosted: Hosted) -> None:
    operator, client = hosted.client("operator", "#room"), hosted.client("b[O]é")
    user = re.sub("[^a-zA-Zé^\\[\\]]", "", "b[O]é")

    @BOUNDED
    @given(_PIECES, st.sampled_from(["*", "b*", "?????", user, "x"]), st.sampled_from(["*", "127.*", "1?7.0.0.1", "x"]))
    def matches(nick: str, of_user: str, host: str) -> None:
        mask = f"{nick or '*'}!{of_user}@{host}"
        operator.command(f"MODE #room +b {mask}")
        banned = not _can_join(client)
        operator.command(f"MODE #room -b {mask}")
        assert banned == _plain_match(mask, f"b[O]é!{user}@127.0.0.1")

    matches()
