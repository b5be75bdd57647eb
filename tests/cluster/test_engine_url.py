"""The URLs that `--cluster` takes, and the errors for others."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatcore.cluster.engine_url import EngineAddress, parse_engine_url
from chatcore.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("valkey://10.0.0.5:7000/chat", EngineAddress("chat", "10.0.0.5", 7000)),
        ("redis://engine.example/a-chat.1", EngineAddress("a-chat.1", "engine.example", 6379)),
        ("valkey://[fd00::5]/chat/", EngineAddress("chat", "fd00::5", 6379)),
        ("valkey://:p%40ss%2F:@h/chat", EngineAddress("chat", "h", 6379, password="p@ss/:")),
        ("valkey://ann:secret@h/chat", EngineAddress("chat", "h", 6379, user="ann", password="secret")),
        ("valkeys://h/chat", EngineAddress("chat", "h", 6379, is_tls=True)),
        ("rediss://h:1/chat", EngineAddress("chat", "h", 1, is_tls=True)),
        ("unix:///run/valkey.sock?name=chat", EngineAddress("chat", path="/run/valkey.sock")),
        ("unix://ann:pw@/run/v.sock?name=c", EngineAddress("c", path="/run/v.sock", user="ann", password="pw")),
    ],
)
def test_every_form_is_parsed(url: str, address: EngineAddress) -> None:
    assert parse_engine_url(url) == address


def test_tls_files_are_parsed(tmp_path: Path) -> None:
    ca, cert, key = (tmp_path / name for name in ("a ca.pem", "cert.pem", "key.pem"))
    for path in (ca, cert, key):
        path.touch()
    address = parse_engine_url(f"valkeys://h/chat?ca={str(ca).replace(' ', '%20')}&cert={cert}&key={key}")
    assert (address.ca, address.cert, address.key) == (str(ca), str(cert), str(key))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("10.0.0.5:6379", "has the form valkey://HOST:PORT/NAME"),
        ("http://h/chat", "has the form"),
        ("valkey:///chat", "has the form"),
        ("valkey://h:port/chat", "has the form"),
        ("valkey://h:70000/chat", "has the form"),
        ("valkey://[h/chat", "has the form"),
        ("valkey://h/chat#1", "has the form"),
        ("valkey://h", "it is missing"),
        ("valkey://h/a/b", "up to 64 letters"),
        (f"valkey://h/{'a' * 65}", "up to 64 letters"),
        ("valkey://h/chat?db=1", "knows ca, cert and key"),
        ("valkey://h/chat?ca=x", "needs TLS"),
        ("valkeys://h/chat?ca=missing.pem", "is no file"),
        ("valkeys://h/chat?key=setup.cfg", "key in cluster needs cert"),
        ("unix:///run/valkey.sock", "has the form unix:///"),
        ("unix://h/run/valkey.sock?name=chat", "has the form unix:///"),
        ("unix:///run/valkey.sock?name=", "it is missing"),
        ("unix:///run/valkey.sock?name=chat&ca=x", "has the form unix:///"),
    ],
)
def test_each_mistake_is_explained(url: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_engine_url(url)


@pytest.mark.parametrize("url", ["valkey://ann:secret@h:port/chat", "valkey://ann:secret@h", "http://ann:secret@h/x"])
def test_no_error_repeats_user_or_password(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_engine_url(url)
    assert "secret" not in str(raised.value)
    assert "ann" not in str(raised.value)


def test_the_shown_address_has_neither_user_nor_password() -> None:
    address = parse_engine_url("valkeys://ann:secret@[fd00::5]/chat")
    assert (address.shown, repr(address)) == ("[fd00::5]:6379", "<EngineAddress [fd00::5]:6379>")
    assert parse_engine_url("unix://ann:secret@/run/v.sock?name=c").shown == "/run/v.sock"


@pytest.mark.parametrize(
    ("url", "is_open"),
    [
        ("valkey://10.0.0.5/c", True),
        ("valkey://h/c", True),
        ("valkeys://10.0.0.5/c", False),
        ("valkey://127.0.0.1/c", False),
        ("valkey://localhost/c", False),
        ("valkey://[::1]/c", False),
        ("unix:///run/v.sock?name=c", False),
    ],
)
def test_plain_tcp_to_another_host_is_open_to_the_network(url: str, is_open: bool) -> None:
    assert parse_engine_url(url).is_open == is_open
