"""Who may connect without TLS. No traffic leaves loopback: peers are merely declared to be from elsewhere."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from chatcore.state import client
from tests.integration.secure.http import ask, connect, read_to_end
from tests.support.irc import commands, one
from tests.support.trackers import Hosted, hosted_tracker


@pytest.fixture
def from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make everybody seem to come from another machine."""
    monkeypatch.setattr(client, "is_loopback", lambda _: False)


def test_on_this_machine_irc_needs_no_tls(hosted: Hosted) -> None:
    assert one(hosted.connect(wire="tcp").register("ann"), "001")


def test_plaintext_irc_from_elsewhere_is_asked_to_use_tls(from_elsewhere: None, hosted: Hosted) -> None:
    client = hosted.connect(wire="tcp")
    client.send("CAP LS 302", "PASS secret", "NICK ann", "USER ann 0 * :Ann", "JOIN #room")
    (line,) = client.receive_rest()
    assert line.command == "ERROR"
    assert "connect with TLS (SSL) switched on, to the same port" in line.params[0]
    assert hosted.log_lines()[1:] == [], "a client that never registered is not logged"


def test_tls_from_elsewhere_is_accepted(from_elsewhere: None, hosted: Hosted) -> None:
    assert one(hosted.connect(wire="tls").register("ann"), "001")


@pytest.mark.usefixtures("from_elsewhere")
def test_plaintext_anywhere_accepts_everybody(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, plaintext="anywhere") as hosted:
        assert one(hosted.connect(wire="tcp").register("ann"), "001")
        assert "https://" not in ask(hosted, "GET / HTTP/1.1", "Host: tea.lan:8000").body


def test_plaintext_never_applies_to_this_machine_too(tmp_path: Path) -> None:
    with hosted_tracker(tmp_path, plaintext="never") as hosted:
        client = hosted.connect(wire="tcp")
        client.send("NICK ann")
        assert commands(client.receive_rest()) == ["ERROR"]
        assert one(hosted.connect(wire="tls").register("ann"), "001")
        assert ask(hosted, "GET / HTTP/1.1", "Host: localhost:8000").headers["Location"] == "https://localhost:8000/"
        assert ask(hosted, *_upgrade("/irc")).status == 403


def test_a_browser_from_elsewhere_is_redirected_to_https(from_elsewhere: None, hosted: Hosted) -> None:
    """The page does not show the certificate's fingerprint: an attacker could replace it here."""
    page = ask(hosted, "GET /any?thing HTTP/1.1", "Host: 192.0.2.1:8000")
    assert (page.status, page.headers["Location"]) == (307, "https://192.0.2.1:8000/any?thing")
    assert hosted.tracker.tls_identity.fingerprint[:4] not in page.body
    over_tls = ask(hosted, "GET / HTTP/1.1", "Host: 192.0.2.1:8000", tls=True)
    assert (over_tls.status, "Location" in over_tls.headers) == (200, False)


def _upgrade(path: str) -> tuple[str, ...]:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {path} HTTP/1.1",
        "Host: 192.0.2.1:8000",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    )


@pytest.mark.parametrize("path", ["/irc", "/ws/chat/room?nickname=ann"])
def test_a_websocket_from_elsewhere_is_sent_to_wss(from_elsewhere: None, hosted: Hosted, path: str) -> None:
    refused = ask(hosted, *_upgrade(path))
    assert refused.status == 403
    assert refused.body == f"Use wss://192.0.2.1:8000{path}\n"
    with connect(hosted, tls=True) as sock:
        sock.sendall("".join(line + "\r\n" for line in (*_upgrade(path), "")).encode())
        assert sock.recv(4096).startswith(b"HTTP/1.1 101 ")


def test_the_policy_applies_to_each_connection(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    here = hosted.client("here", "#room", wire="tcp")
    monkeypatch.setattr(client, "is_loopback", lambda _: False)
    there = hosted.connect(wire="tcp")
    there.send("NICK there")
    assert commands(there.receive_rest()) == ["ERROR"]
    assert here.command("PRIVMSG #room :still here") == []


def test_a_refused_client_can_read_why_while_still_sending(from_elsewhere: None, hosted: Hosted) -> None:
    """Further input is read and dropped, or the system would discard the answer."""
    with connect(hosted) as sock:
        sock.sendall(b"NICK ann\r\n" + b"PRIVMSG #room :x\r\n" * 2000)
        assert read_to_end(sock).startswith(b"ERROR :Closing link: This tracker wants TLS")
