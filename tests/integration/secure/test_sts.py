"""STS on real connections: which clients should use TLS, and for how long (https://ircv3.net/specs/extensions/sts)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from chatcore.state import client
from tests.support.certificates import certificate_of, write_pem
from tests.support.irc import IrcClient, only
from tests.support.tls import client_context
from tests.support.trackers import Hosted, hosted_tracker

_HOST = "chat.example.org"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """An operator's certificate, for one host."""
    key, path = ec.generate_private_key(ec.SECP256R1()), tmp_path / "chain.pem"
    write_pem(path, certificate_of(key, SHA256(), _HOST), key)
    return path


@pytest.fixture
def hosted(tmp_path: Path, certificate: Path) -> Iterator[Hosted]:
    with hosted_tracker(tmp_path, tls_cert=certificate, sts_days=30) as hosted:
        yield hosted


def _sts_words(client: IrcClient) -> list[str]:
    """Return the sts words of CAP LS 302."""
    words = " ".join(message.params[-1] for message in only(client.command("CAP LS 302"), "CAP")).split()
    return [word for word in words if word.partition("=")[0] == "sts"]


def _by_tls(hosted: Hosted, host: str) -> IrcClient:
    client = hosted.connect(wire="tcp")
    client.sock = client_context().wrap_socket(client.sock, server_hostname=host or None)
    return client


def test_over_tls_the_duration_is_announced_for_the_certificates_host(hosted: Hosted) -> None:
    assert _sts_words(_by_tls(hosted, _HOST.upper())) == [f"sts=duration={30 * 86_400}"]
    for other in ("", "other.example.org"):
        assert _sts_words(_by_tls(hosted, other)) == []


def test_plaintext_from_elsewhere_gets_only_the_port(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "is_loopback", lambda _: False)
    newcomer = hosted.connect(wire="tcp")
    newcomer.send("CAP LS 302", "NICK ann", "USER ann 0 * :Ann")
    told, goodbye = newcomer.receive_rest()
    assert told.params == ("*", "LS", f"sts=port={hosted.port}")
    assert "connect with TLS" in goodbye.params[-1]


def test_where_plaintext_is_allowed_the_port_is_announced(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "is_loopback", lambda _: False)
    with hosted_tracker(tmp_path, tls_cert=certificate, sts_days=1, plaintext="anywhere", sts_port=6697) as hosted:
        assert _sts_words(hosted.connect(wire="tcp")) == ["sts=port=6697"]


def test_sts_is_not_announced_to_this_machine_and_browsers(hosted: Hosted) -> None:
    for wire in ("tcp", "ws", "wss"):
        assert _sts_words(hosted.connect(wire=wire)) == []


def test_duration_zero_makes_clients_forget_it(tmp_path: Path, certificate: Path) -> None:
    with hosted_tracker(tmp_path, tls_cert=certificate) as hosted:
        assert _sts_words(_by_tls(hosted, _HOST)) == _sts_words(_by_tls(hosted, "")) == ["sts=duration=0"]
        assert _sts_words(hosted.connect(wire="tcp")) == []
