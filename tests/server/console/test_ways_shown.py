"""The ways into the chat, as shown to the operator."""

from __future__ import annotations

import pytest

from chatcore.config import Config
from chatcore.protocol.invitations import Link, make_invitation
from chatcore.server.console.ways_shown import ways_shown
from chatcore.server.incoming.client_file import ClientFile, Packed
from chatcore.server.tracker import Tracker
from chatcore.server.ways_in import check_command, powershell_command, shell_command
from tests.support.trackers import Hosted

_INVITATION = make_invitation(bytes(20))


@pytest.fixture(autouse=True)
def _packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClientFile, "get", lambda self: Packed(b"the client", "00ff"))


def test_all_ways_are_shown(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tracker, "ssh_fingerprint", "SHA256:tea")
    link = Link("127.0.0.1", hosted.port, "#dev", _INVITATION, "key")
    lines, data = ways_shown(hosted.tracker, [link, link._replace(host="10.0.0.1")])
    shell = " ".join(shell_command(link, hosted.tracker.tls_identity.key_fingerprint))
    assert data == {
        "links": [link.text, link._replace(host="10.0.0.1").text],
        "invitation": _INVITATION.text,
        "shell": shell,
        "powershell": powershell_command(link, "00ff"),
        "check": check_command("00ff"),
        "ssh": f"ssh NAME@127.0.0.1 -p {hosted.port}",
        "ssh_fingerprint": "SHA256:tea",
    }
    assert lines == [
        "In a browser:",
        *(f"    {text}" for text in data["links"]),
        "In a terminal on Linux or macOS, with Python 3.11 or newer:",
        f"    {shell}",
        "In PowerShell on Windows, with Python 3.11 or newer:",
        f"    {data['powershell']}",
        "To check a chat.pyz that you already have, or got another way:",
        f"    {data['check']}",
        "With ssh, with your username in place of NAME, and the invitation as the password:",
        f"    {data['ssh']}",
        "    The host key is SHA256:tea.",
        "With any client, in place of the password:",
        f"    {_INVITATION.text}",
    ]


def test_without_an_invitation(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tracker, "ssh_fingerprint", "SHA256:tea")
    lines, data = ways_shown(hosted.tracker, [Link("127.0.0.1", hosted.port)])
    assert data["invitation"] == ""
    assert data["shell"].endswith(f"python3 chat.pyz 127.0.0.1 {hosted.port}")
    assert "With ssh, with your username in place of NAME:" in lines
    assert not any("password" in line for line in lines)


def test_unavailable_ways_are_not_shown(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tracker, "ssh_fingerprint", "")
    monkeypatch.setattr(ClientFile, "get", lambda self: None)
    link = Link("127.0.0.1", hosted.port)
    assert ways_shown(hosted.tracker, [link]) == (
        ["In a browser:", f"    {link.text}"],
        {"links": [link.text], "invitation": ""},
    )


def test_behind_a_proxy_only_browsers_are_shown(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tracker, "ssh_fingerprint", "SHA256:tea")
    proxied = Config(host="127.0.0.1", web_hosts=("chat.example.org",), trusted_proxies=("127.0.0.1",))
    monkeypatch.setattr(hosted.tracker, "config", proxied)
    lines, data = ways_shown(hosted.tracker, [Link("chat.example.org", 443)])
    assert (lines, sorted(data)) == (["In a browser:", "    https://chat.example.org/"], ["invitation", "links"])
