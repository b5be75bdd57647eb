"""Shared by the tests of the client on a pseudo-terminal."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.terminal import Terminal

PASSWORD = "open sesame"
COLUMNS = 240  # so that no expected line is broken

Client = Callable[..., Terminal]


def log_in(client: Terminal, name: str, password: str = PASSWORD) -> Terminal:
    client.expect("^Password")
    client.enter(password)
    client.expect("^Username:")
    client.enter(name)
    client.expect(rf"\* in #lobby: .*{name}")
    return client


def assert_left_well(client: Terminal, status: int) -> None:
    assert client.wait() == status, client.screen
    assert "Traceback" not in client.screen
    assert client.attributes == client.attributes_before
    assert client.raw.rfind(b"\x1b[?2004l") >= client.raw.rfind(b"\x1b[?2004h"), (
        "bracketed paste is turned off at the end"
    )
