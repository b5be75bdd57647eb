"""HELP: the help texts of the table of commands (https://modern.ircdocs.horse/#help-message)."""

from __future__ import annotations

import pytest

from chatcore.commands.table import COMMANDS
from tests.support.irc import commands, one
from tests.support.trackers import Hosted


def test_help_lists_all_commands(hosted: Hosted) -> None:
    """> reply with a single RPL_HELPSTART message, then arbitrarily many RPL_HELPTXT messages, then a single
    RPL_ENDOFHELP."""
    for client in (hosted.client("alice"), hosted.connect()):
        seen = client.command("HELP")
        assert commands(seen) == ["704", *["705"] * (len(seen) - 2), "706"]
        named = {message.params[-1].partition(" ")[0] for message in seen}
        assert named >= COMMANDS.keys()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_command_has_its_help(hosted: Hosted, name: str) -> None:
    seen = hosted.connect().command(f"HELP {name.lower()}")
    assert commands(seen) == ["704", "705", "706"]
    assert [message.params[1] for message in seen] == [name] * 3
    assert seen[1].params[2] == COMMANDS[name].help


def test_helpop_is_the_same_as_help(hosted: Hosted) -> None:
    client = hosted.client("alice")
    for subject in ("", " PRIVMSG", " NOTHING"):
        assert client.command(f"HELPOP{subject}") == client.command(f"HELP{subject}")


def test_unknown_subject_is_not_found(hosted: Hosted) -> None:
    """> servers MUST either: reply with a single ERR_HELPNOTFOUND message"""
    assert one(hosted.client("alice").command("HELP :unknown subject"), "524").params[0] == "alice"
