"""The spellings of the command line."""

from pathlib import Path

import pytest

from chatcore.errors import ConfigError
from chatcore.terminal.arguments import Options, parse_arguments


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("tracker", Options("tracker", 8000)),
        ("tracker 9000", Options("tracker", 9000)),
        ("tracker 9000 ann", Options("tracker", 9000, "ann")),
        ("tracker ann", Options("tracker", 8000, "ann")),
        ("tracker:9000", Options("tracker", 9000)),
        ("tracker:9000 ann", Options("tracker", 9000, "ann")),
        ("tracker:9000 9000", Options("tracker", 9000)),
        ("::1", Options("::1", 8000)),
        ("[::1]", Options("::1", 8000)),
        ("[::1]:9000", Options("::1", 9000)),
        ("fe80::1%eth0 9000", Options("fe80::1%eth0", 9000)),
        ("-h tracker -p 9000 -n ann", Options("tracker", 9000, "ann")),
        ("-h tracker 9000 ann", Options("tracker", 9000, "ann")),
        ("--host tracker --port 9000 --name ann", Options("tracker", 9000, "ann")),
        ("-n ann tracker", Options("tracker", 8000, "ann")),
        ("tracker -p 9000 ann", Options("tracker", 9000, "ann")),
        ("tracker --insecure", Options("tracker", 8000, is_insecure=True)),
        ("tracker --password-file pw", Options("tracker", 8000, password_file=Path("pw"))),
    ],
)
def test_the_command_line_has_several_spellings(words: str, options: Options) -> None:
    assert parse_arguments(words.split()) == options


@pytest.mark.parametrize("words", ["-h", "--help", "tracker -h", "-h -p 9000"])
def test_help(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(words.split())
    assert ended.value.code == 0
    assert "HOST [PORT] [NAME]" in capsys.readouterr().out


def test_help_says_what_insecure_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(["--help"])
    words = " ".join(capsys.readouterr().out.split())
    assert "--insecure accept a connection without TLS" in words
    assert "can then read and change everything, the password included" in words


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("", Options("", 0)),
        ("-p 9000 -n ann", Options("", 9000, "ann")),
        ("- ann", Options("-", 0, "ann")),
        ("-h -", Options("-", 0)),
        ("--name ann -", Options("-", 0, "ann")),
    ],
)
def test_a_missing_host_is_left_to_be_asked_for(words: str, options: Options) -> None:
    assert parse_arguments(words.split()) == options


def test_a_link_can_stand_for_the_host() -> None:
    invitation = "inv-abc234-0123456789abcdefghjkmnpqrs"
    options = parse_arguments([f"https://192.168.1.5:9000/#room=tea&invite={invitation}&room-key=milk", "ann"])
    assert (options.host, options.port, options.name) == ("192.168.1.5", 9000, "ann")
    assert (options.room, options.room_key) == ("#tea", "milk")
    assert options.invitation is not None
    assert options.invitation.text == invitation
    assert not {invitation, invitation[-26:], "milk"} & set(repr(options).replace("'", " ").split())


def test_a_second_port_beside_a_link_is_an_error() -> None:
    with pytest.raises(ConfigError, match="more than one port: 9000 and 9001"):
        parse_arguments(["https://192.168.1.5:9000/", "9001"])


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        (["tracker", "0"], "'0' is not a port"),
        (["tracker", "65536"], "'65536' is not a port"),
        (["tracker", "-p", "many"], "'many' is not a port"),
        (["tracker:many"], "'many' is not a port"),
        (["tracker:9000", "9001"], "more than one port: 9000 and 9001"),
        (["tracker", "9000", "ann", "-n", "bob"], "more than one name: ann and bob"),
        (["tracker", "9000", "ann", "again"], "too many words: again"),
        (["[::1"], "[::1 is not an address"),
        (["[::1]9000"], "[::1]9000 is not an address"),
        ([":9000"], "':9000' is not an address"),
        (["two words"], "'two words' is not an address"),
        (["tracker", "--colour"], "--colour"),
        (["tracker", "--account", ""], "--account needs the name of an account"),
        (["tracker", "--account", "*"], "--account needs the name of an account"),
    ],
)
def test_usage_errors_are_one_line(words: list[str], mistake: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_arguments(words)
    assert mistake in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_ipv6_address_is_shown_in_brackets() -> None:
    assert Options("::1", 9000).address == "[::1]:9000"
