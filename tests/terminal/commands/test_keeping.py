"""Which typed lines may be kept in a file."""

import pytest

from chatcore.protocol.invitations import make_invitation
from chatcore.terminal.commands.keeping import KEPT, MOST_CHARS_KEPT, may_be_kept, may_text_be_kept
from chatcore.terminal.commands.slash import find
from tests.terminal.visits import in_lobby, type_in, welcomed

_INVITATION = make_invitation(bytes(20)).text


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "//help is a command",
        "/etc/hosts is wrong",
        "/join dev",
        "/J dev",
        "/send dev hello",
        "/me waves",
        "/part",
        "/mode +o bob",
        "/kick bob (and invite him no more)",
        "x" * MOST_CHARS_KEPT,
    ],
)
def test_public_lines_are_kept(line: str) -> None:
    assert may_be_kept(in_lobby(), line)


@pytest.mark.parametrize(
    "line",
    [
        "/msg bob hi",
        "/MSG bob hi",
        "/w bob hi",
        "/query bob",
        "/notice bob hi",
        "/to 127.0.0.1:5 hi",
        "```to 127.0.0.1:5 hi",
        "/oper boss secret",
        " /oper boss secret",
        "/register secret",
        "/opre boss secret",
        "/mgs bob hi",
        "/",
        "exit",
        "/quit",
        "/logout",
        "/join dev key",
        "/mode +k key",
        "/mode +ok bob key",
        _INVITATION,
        f"/me has {_INVITATION.upper()}",
        f"come by {_INVITATION[:11]}",
        "https://192.168.1.5:8000/#room=lobby&invite=abc",
        "https://192.168.1.5:8000/#room-key=abc",
        "",
        "   ",
        "x" * (MOST_CHARS_KEPT + 1),
    ],
)
def test_private_lines_are_not_kept(line: str) -> None:
    assert not may_be_kept(in_lobby(), line)


@pytest.mark.parametrize("line", ["hello", "/me waves", "/join dev"])
def test_lines_of_a_conversation_are_not_kept(line: str) -> None:
    session = in_lobby()
    type_in(session, "/query bob")
    assert not may_be_kept(session, line)


def test_the_text_of_a_private_message_is_not_kept() -> None:
    session = in_lobby()
    type_in(session, "```to 127.0.0.1:5000")
    assert not may_be_kept(session, "hello")


def test_a_command_outside_any_room_is_kept() -> None:
    assert may_be_kept(welcomed(), "/join dev")


@pytest.mark.parametrize("name", KEPT)
def test_kept_names_are_names_of_commands(name: str) -> None:
    command = find(name)
    assert command is not None
    assert command.name == name


def test_several_lines_are_kept_only_if_sent_to_a_room() -> None:
    assert may_text_be_kept("#lobby", "one\ntwo")
    assert not may_text_be_kept("bob", "one\ntwo")
    assert not may_text_be_kept(None, "one\ntwo")
    assert not may_text_be_kept("#lobby", f"one\n{_INVITATION}")
