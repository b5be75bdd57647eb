"""Typed lines: messages, the older spellings, splitting, and what has to wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.message import Message, parse
from chatcore.terminal.commands.typed import name_wanted, text_in, type_line, type_text
from chatcore.terminal.session.effects import Request
from chatcore.terminal.session.session import LINES_BETWEEN_PINGS, Session
from tests.terminal.visits import arrive, in_lobby, pings, sent, shown, type_in, welcomed


def test_line_is_a_message_to_the_current_room() -> None:
    effects = type_in(in_lobby(), "hello there")
    assert sent(effects) == ["PRIVMSG #lobby :hello there"]
    assert shown(effects) == [], "the line is shown when its echo comes"


def test_own_lines_are_shown_at_once_without_echo_support() -> None:
    session = in_lobby(capabilities=())
    assert shown(type_in(session, "hello")) == ["[#lobby] <ann> hello"]
    assert shown(type_in(session, "/me waves")) == ["[#lobby] * ann waves"]
    assert shown(type_in(session, "/to 127.0.0.1:5 psst")) == ["[private to 127.0.0.1:5] <ann> psst"]


@pytest.mark.parametrize("line", ["", "   ", "\r"])
def test_an_empty_line_sends_nothing(line: str) -> None:
    assert type_in(in_lobby(), line) == []


def test_a_line_outside_any_room_is_an_error() -> None:
    effects = type_in(welcomed(), "hello")
    assert shown(effects) == ["error: you are not in any room; /join ROOM enters one"]
    assert sent(effects) == []


@pytest.mark.parametrize("line", ["exit", "```exit", "exit\r", "exit\n"])
def test_exit_leaves(line: str) -> None:
    assert type_in(in_lobby(), line) == [Request.LEAVE]


@pytest.mark.parametrize(
    "line", ["Exit", "exit now", " exit", "exit ", "…exit", "exit.", "```exit now", "````exit", "`exit"]
)
def test_only_the_exact_word_leaves(line: str) -> None:
    assert sent(type_in(in_lobby(), line)) == [f"PRIVMSG #lobby :{line}" if " " in line else f"PRIVMSG #lobby {line}"]


@pytest.mark.parametrize("line", ["join dev", "send dev hi", "leave_chatroom dev", "disconnect", "help"])
def test_bare_words_are_messages(line: str) -> None:
    assert [parse(line).params for line in sent(type_in(in_lobby(), line))] == [("#lobby", line)]


def test_two_slashes_send_one() -> None:
    assert sent(type_in(in_lobby(), "//help is a command")) == ["PRIVMSG #lobby :/help is a command"]


@pytest.mark.parametrize("line", ["/etc/hosts is wrong", "/home/ann/x.txt", "/a/", "/quit/", "///", "/me/too x"])
def test_a_path_is_text(line: str) -> None:
    text = line.removeprefix("/") if line.startswith("//") else line
    assert [parse(line).params for line in sent(type_in(in_lobby(), line))] == [("#lobby", text)]


@pytest.mark.parametrize("line", ["/etc", "/xyzzy a/b", "/ etc/hosts", "/"])
def test_an_unknown_command_is_not_sent_as_text(line: str) -> None:
    effects = type_in(in_lobby(), line)
    assert sent(effects) == []
    assert shown(effects)[0].startswith("error: there is no /")


@pytest.mark.parametrize("address", ["127.0.0.1:5000", "[::1]:5000"])
def test_seed_spelling_of_a_private_message(address: str) -> None:
    session = in_lobby()
    assert sent(type_in(session, f"```to {address} hello you")) == [f"PRIVMSG {address} :hello you"]
    asked = type_in(session, f"```to {address}")
    assert sent(asked) == []
    assert shown(asked) == [f"* the next line goes to {address} only (an empty line cancels)"]
    assert sent(type_in(session, "exit strategy")) == [f"PRIVMSG {address} :exit strategy"]
    assert sent(type_in(session, "and to all")) == ["PRIVMSG #lobby :and to all"]


def test_an_empty_line_cancels_the_private_message() -> None:
    session = in_lobby()
    type_in(session, "```to 127.0.0.1:5000")
    assert shown(type_in(session, "")) == ["* nothing sent to 127.0.0.1:5000"]
    assert sent(type_in(session, "to all")) == ["PRIVMSG #lobby :to all"]


@pytest.mark.parametrize("line", ["```to", "```to bob hi", "```to 127.0.0.1 hi", "```to 127.0.0.1:99999 hi"])
def test_seed_spelling_needs_an_address(line: str) -> None:
    effects = type_in(in_lobby(), line)
    assert shown(effects) == ["error: usage: ```to IP:PORT [TEXT]"]
    assert sent(effects) == []


def test_a_longer_word_with_that_prefix_is_a_message() -> None:
    assert sent(type_in(in_lobby(), "```together")) == ["PRIVMSG #lobby ```together"]


def test_nul_is_dropped() -> None:
    assert sent(type_in(in_lobby(), "a\0b")) == ["PRIVMSG #lobby ab"]


def test_text_that_cannot_be_sent_is_an_error() -> None:
    assert shown(type_in(in_lobby(), "/msg :bob hi")) == ["error: that cannot be sent in a PRIVMSG"]


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=2000)


def _relayed(source: str, target: str, line: str) -> bytes:
    """Return a sent line as the tracker relays it to a member."""
    message = parse(line)
    return f":{source} {message.command} {target} :{message.params[1]}\r\n".encode()


@given(text=_TEXT, knows_source=st.booleans())
def test_long_text_is_split_so_that_each_relayed_line_fits(text: str, knows_source: bool) -> None:
    session = in_lobby()
    if not knows_source:
        session.user_and_host = None
    lines = [parse(line).params[1] for line in sent(session.say("#lobby", text))] if text.strip() else []
    source = "ann!ann@127.0.0.1"
    for line in lines:
        assert len(f":{source} PRIVMSG #lobby :{line}\r\n".encode()) <= 512
    assert "".join(lines).replace(" ", "") == (text.replace(" ", "") if lines else "")


def test_parts_are_as_long_as_the_source_allows() -> None:
    text = "x" * 2000
    lines = sent(type_line(in_lobby(), text))
    assert len(_relayed("ann!ann@127.0.0.1", "#lobby", lines[0])) == 512
    before_join = in_lobby()
    before_join.user_and_host = None
    worst = f"ann!{'ü' * 20}@{'h' * 63}"
    assert len(_relayed(worst, "#lobby", sent(type_line(before_join, text))[0])) == 512


def test_text_is_split_between_words_not_inside_characters() -> None:
    words = ["naïveté", "日本語", "👩‍👩‍👧", "word"] * 60
    lines = [parse(line).params[1] for line in sent(type_line(in_lobby(), " ".join(words)))]
    assert len(lines) > 2
    assert " ".join(lines).split(" ") == words


def test_private_text_fits_any_name_behind_an_address() -> None:
    lines = sent(type_line(in_lobby(), f"/to 127.0.0.1:5000 {'x' * 2000}"))
    assert len(_relayed("ann!ann@127.0.0.1", "ü" * 20, lines[0])) == 512


def test_actions_are_split_to_fit() -> None:
    lines = sent(type_line(in_lobby(), f"/me {'x ' * 1000}"))
    assert all(len(_relayed("ann!ann@127.0.0.1", "#lobby", line)) <= 512 for line in lines)
    assert all(parse(line).params[1].startswith("\x01ACTION x") for line in lines)
    assert all(parse(line).params[1].endswith("x\x01") for line in lines)


def test_lines_may_be_longer_if_the_server_allows_it() -> None:
    session = in_lobby()
    arrive(session, ":t 005 ann LINELEN=2048 :are supported by this server")
    assert len(sent(type_line(session, "x" * 1900))) == 1


@pytest.mark.parametrize("value", ["", "many", "99999999", "²"])
def test_an_invalid_line_length_is_ignored(value: str) -> None:
    session = in_lobby()
    arrive(session, f":t 005 ann LINELEN={value} :are supported by this server")
    assert len(sent(type_line(session, "x" * 600))) == 2


def test_every_nth_line_waits_for_the_tracker() -> None:
    session = in_lobby()
    for _ in range(LINES_BETWEEN_PINGS - 1):
        assert pings(type_line(session, "x")) == 0
    assert session.is_settled
    effects = type_line(session, "x")
    assert isinstance(effects[-1], Message)
    assert effects[-1].command == "PING"
    assert not session.is_settled


def test_the_session_uses_no_socket_thread_or_clock() -> None:
    # Sessions do no I/O: the globals of their methods include no socket, thread or clock.
    names = {name for value in vars(Session).values() for name in getattr(value, "__globals__", {})}
    assert names.isdisjoint({"socket", "threading", "time", "datetime", "os", "sys"})


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("hello", "hello"),
        ("//slash", "/slash"),
        ("/etc/hosts is wrong", "/etc/hosts is wrong"),
        ("```tokens", "```tokens"),
        *((line, None) for line in ("/topic x", "/nothing", " /oper boss x", "exit", "```exit", "```to x y", "", "  ")),
    ],
)
def test_only_lines_that_are_not_commands_have_text(line: str, text: str | None) -> None:
    assert text_in(line) == text


@pytest.mark.parametrize(
    ("line", "name"), [("/name anna", "anna"), (" /nick  anna ", "anna"), ("/name", ""), ("/me anna", ""), ("anna", "")]
)
def test_the_wanted_name_is_taken_from_the_line(line: str, name: str) -> None:
    assert name_wanted(line) == name


@pytest.mark.parametrize("line", ["\udce9", "/msg \udce9 hi", "/query \udce9 hi", "/join \udce9", "/name \udce9"])
def test_text_in_another_encoding_is_never_sent(line: str) -> None:
    session = in_lobby()
    effects = [*type_in(session, line), *type_in(session, "and more"), *type_text(session, "\udce9", "bob")]
    assert not any("\udce9" in text for text in sent(effects))
