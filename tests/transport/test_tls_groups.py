"""Which key exchanges a server's TLS takes part in. Real clients with each of them: tests/programs/test_openssl.py."""

from __future__ import annotations

import socket
import ssl
from typing import cast

import pytest

from chatcore.errors import TransportClosed
from chatcore.transport import tls
from chatcore.transport.certificate import load_identity
from chatcore.transport.tcp import TcpConnection
from chatcore.transport.tls import TlsConnection, TlsIdentity
from tests.transport.test_client_hello import finite_field_hello

_HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> TlsIdentity:
    """What a tracker makes for itself."""
    return load_identity(tmp_path_factory.mktemp("tls") / "tls.pem", None, None)


def test_tls_1_2_has_authenticated_ciphers_and_elliptic_curves_only(identity: TlsIdentity) -> None:
    names = [cipher["name"] for cipher in identity.context.get_ciphers() if not cipher["name"].startswith("TLS_")]
    assert names
    assert all(name.startswith("ECDHE-") and name.endswith(("GCM-SHA256", "GCM-SHA384", "POLY1305")) for name in names)


@pytest.mark.skipif(tls._CAN_CHOOSE_GROUPS, reason="OpenSSL is told which groups to serve")
def test_openssl_never_sees_a_finite_field_share(identity: TlsIdentity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does the goodbye after the refusal, which would begin the handshake, have it compute anything."""
    shaken: list[object] = []
    monkeypatch.setattr(ssl.SSLObject, "do_handshake", shaken.append)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = TlsConnection(TcpConnection(ours, 1 << 20), identity, finite_field_hello())
        with pytest.raises(TransportClosed, match="finite-field"):
            connection.handshake()
        assert theirs.recv(100) == _HANDSHAKE_FAILURE
        assert connection._incoming.pending == 0
        with pytest.raises(TransportClosed):
            connection.send_all(b"ERROR :Closing link: x\r\n")
        connection.end_output()
        assert shaken == []


@pytest.mark.parametrize("knows_hybrid", [True, False])
def test_where_groups_can_be_chosen_the_best_that_openssl_knows_are(knows_hybrid: bool) -> None:
    """As SSLContext.set_groups of Python 3.15 does it."""

    class Context:
        chosen = ""

        def set_groups(self, groups: str) -> None:
            if "MLKEM" in groups and not knows_hybrid:
                raise ssl.SSLError("unknown group")
            self.chosen = groups

    context = Context()
    tls._choose_groups(cast("ssl.SSLContext", context))
    groups = ["X25519", "P-256", "P-384"]
    assert context.chosen.split(":") == (["X25519MLKEM768", *groups] if knows_hybrid else groups)
