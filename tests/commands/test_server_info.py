"""The welcome, MOTD, LUSERS, VERSION, TIME, INFO, LINKS."""

from __future__ import annotations

from typing import Any

import pytest

from chatcore import __version__
from chatcore.config import Limits
from tests.support.stage import Stage, reply


def _tokens(stage: Stage) -> dict[str, str]:
    lines = stage.actor("alice").says("VERSION").replies
    words = [word for line in lines if line[0] == "005" for word in line[1:-1]]
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def test_isupport_follows_the_configuration() -> None:
    stage = Stage(limits=Limits(max_targets=7, max_channels_per_client=9), history=77, max_name_length=12)
    tokens = _tokens(stage)
    assert (tokens["CHANLIMIT"], tokens["CHATHISTORY"], tokens["NICKLEN"]) == ("#:9", "77", "12")
    assert set(tokens["TARGMAX"].split(",")) >= {"PRIVMSG:7", "KICK:7"}


def test_the_motd_ends_with_the_logging_notice() -> None:
    for kept, words in ((True, "private messages too"), (False, "only who wrote to whom")):
        alice = Stage(motd=("Tea at four.",), log_private=kept).actor("alice")
        outcome = alice.says("MOTD")
        assert outcome.codes == ["375", "372", "372", "372", "376"]
        assert outcome.replies[1] == ("372", "- Tea at four.")
        assert words in outcome.replies[3][1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "What is said here is kept for 90 days, for those who may read it."),
        ({"history_days": 1}, "What is said here is kept for a day, for those who may read it."),
        ({"log_private": False}, "What is said in rooms is kept for 90 days; private messages are not."),
        ({"history_days": 0}, "What is said here can be read until the chat ends, and not after it."),
        ({"history": 0}, "No history is kept: people who come later do not see what was said before."),
    ],
)
def test_the_motd_says_how_long_history_is_kept(settings: dict[str, Any], words: str) -> None:
    (_, kept, logged, _) = Stage(**settings).actor("alice").says("MOTD").replies
    assert kept[1].endswith(words)
    assert "log" in logged[1], "the page shows this line above a private conversation"


def test_lusers_never_contradicts_itself() -> None:
    """A client that comes or goes during the count must not make a number negative."""
    alice = Stage().actor("alice")
    assert alice.says("LUSERS").replies[:4] == [
        reply("251 :There are 0 users and 1 invisible on 1 servers"),
        ("252", "2", "operator(s) online"),
        ("253", "3", "unknown connection(s)"),
        ("254", "5", "channels formed"),
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("TIME", "391 tracker.chat :Tuesday November 14 2023 -- 22:13:20 UTC"),
        ("VERSION", f"351 chatcore-{__version__} tracker.chat :https://modern.ircdocs.horse and IRCv3"),
        ("INFO", f"371 chatcore-{__version__}"),
        ("LINKS", "365 * :End of LINKS list"),
    ],
)
def test_the_tracker_describes_itself(line: str, answer: str) -> None:
    assert Stage(server_info="A group chat").actor("alice").says(line).replies[0] == reply(answer)


def test_a_client_with_a_hidden_address_is_shown_its_host() -> None:
    for hide in (False, True):
        stage = Stage(hide_addresses=hide)
        stranger = stage.stranger()
        stranger.says("NICK ann")
        assert ("396" in stranger.says("USER ann 0 * :Ann").codes) == hide
