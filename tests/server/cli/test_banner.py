"""What the operator is told at the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.config import Config
from chatcore.server.cli.banner import banner
from chatcore.transport import listening
from chatcore.transport.own_addresses import OwnAddress

_ENDS = "The chat ends when the last one leaves; --keep-alive keeps it open."


def _banner(config: Config, port: int = 8000, *, with_password: bool = True) -> list[str]:
    return banner(config, port, "F1" * 32, with_password=with_password)


def _links(config: Config, port: int = 8000) -> list[str]:
    return [line.strip() for line in _banner(config, port) if "https://" in line]


def test_it_tells_how_to_join_with_the_browser_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "own_addresses", lambda: [OwnAddress("192.168.1.5"), OwnAddress("fd00::5")])
    lines = _banner(Config())
    assert "is listening on port 8000" in lines[0]
    assert lines[1:8] == [
        "Others join in a browser:",
        "    https://192.168.1.5:8000/",
        "    https://[fd00::5]:8000/",
        "with the terminal client:",
        "    python client.py 192.168.1.5",
        "    python client.py fd00::5",
        "or with any IRC client: server 192.168.1.5, port 8000, room #lobby, TLS on",
    ]
    assert _ENDS in lines
    assert "    " + "F1" * 32 in lines


@pytest.mark.parametrize(
    ("host", "link"),
    [
        ("127.0.0.1", "https://127.0.0.1:9000/"),
        ("::1", "https://[::1]:9000/"),
        ("[::1]", "https://[::1]:9000/"),
        ("localhost", "https://localhost:9000/"),
        ("chat.example.org", "https://chat.example.org:9000/"),
    ],
)
def test_link_to_one_address(host: str, link: str) -> None:
    assert _links(Config(host=host), 9000) == [link]


@pytest.mark.parametrize("plaintext", ["never", "loopback", "anywhere"])
def test_link_is_encrypted_whatever_else_is_allowed(plaintext: str) -> None:
    assert _links(Config(host="127.0.0.1", plaintext=plaintext)) == ["https://127.0.0.1:8000/"]


def test_more_places_to_listen_are_named() -> None:
    config = Config(host="127.0.0.1", listen=("127.0.0.2:8001", "[::1]:8002", "127.0.0.1:0"))
    assert _links(config) == ["https://127.0.0.1:8000/", "https://127.0.0.2:8001/", "https://[::1]:8002/"]
    assert "    python client.py ::1 8002" in _banner(config)


def test_when_the_chat_ends() -> None:
    assert _ENDS in _banner(Config())
    lines = _banner(Config(keep_alive=True))
    assert _ENDS not in lines
    assert "The chat stays open when the last one leaves." in lines


def test_what_is_said_only_where_it_is_so() -> None:
    no_password = "There is no password: everybody who reaches this machine can come in."
    assert no_password not in _banner(Config())
    assert no_password in _banner(Config(), with_password=False)
    warned = [line for line in _banner(Config()) if line.startswith("Browsers warn that they do not know")]
    assert len(warned) == 1
    assert not any("Browsers" in line for line in _banner(Config(tls_cert=Path("chain.pem"))))


def test_a_password_that_nobody_will_have_again_is_said() -> None:
    hint = "Enter makes another password at each start; --keep-password keeps one."
    assert hint not in _banner(Config())
    assert hint in banner(Config(), 8000, "F1", with_password=True, is_lost=True)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (Config(), "What is said is kept for 90 days in {state}"),
        (Config(history_days=1), "What is said is kept for a day in {state}"),
        (Config(log_private=False), "What is said in rooms is kept for 90 days in {state}"),
        (Config(history_days=0), "What is said can be read until the chat ends, and not after it."),
    ],
)
def test_how_long_what_is_said_is_kept(config: Config, words: str) -> None:
    lines = _banner(config)
    assert lines[-2].endswith(words.format(state=Path("state").absolute()))
    assert lines[-3].startswith("Everything is logged")


def test_nothing_is_said_of_what_nobody_can_read() -> None:
    assert _banner(Config(history=0))[-2].startswith("Everything is logged")
