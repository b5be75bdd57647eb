"""TlsEngine: two of them against each other, without a socket between them."""

from __future__ import annotations

import ssl
import warnings
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import TlsFailed, TransportClosed
from chatcore.transport.certificate import load_identity
from chatcore.transport.end_point import end_point_binding
from chatcore.transport.tls_context import TlsIdentity, make_client_context
from chatcore.transport.tls_engine import TlsEngine
from tests.support.generated import PROPERTY
from tests.support.tls import hello
from tests.transport.key_updates import CIPHER, KeyUpdater
from tests.transport.test_client_hello import finite_field_hello

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
DATA = bytes(range(256)) * 200


class _Pair(NamedTuple):
    client: TlsEngine
    server: TlsEngine


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> TlsIdentity:
    return load_identity(tmp_path_factory.mktemp("state") / "tls.pem", None, None)


def _make(identity: TlsIdentity, context: ssl.SSLContext | None = None) -> _Pair:
    return _Pair(TlsEngine(context or make_client_context()), TlsEngine(identity.context, is_server=True))


def _pass_on(source: TlsEngine, target: TlsEngine, size: int) -> None:
    """Feed one engine with the output of the other, in pieces of at most `size` bytes."""
    output = source.output()
    for start in range(0, len(output), size):
        target.feed(output[start : start + size])


def _shake(pair: _Pair, size: int = 1 << 20) -> _Pair:
    """Complete the handshake, session tickets included."""
    is_done = False
    while not is_done:
        is_done = pair.client.shake_hands()
        _pass_on(pair.client, pair.server, size)
        is_done &= pair.server.shake_hands()
        _pass_on(pair.server, pair.client, size)
    assert pair.client.decrypt() is None, "the client received more than session tickets"
    assert pair.server.decrypt() is None
    return pair


def _read(engine: TlsEngine) -> bytes:
    """Return all plaintext from the peer."""
    plaintext = b""
    while more := engine.decrypt():
        plaintext += more
    return plaintext


@pytest.fixture(params=VERSIONS, ids=lambda version: version.name)
def context(request: pytest.FixtureRequest) -> ssl.SSLContext:
    """A client's context of one version of TLS."""
    context = make_client_context()
    context.minimum_version = context.maximum_version = request.param
    return context


@pytest.fixture
def pair(identity: TlsIdentity, context: ssl.SSLContext) -> _Pair:
    return _shake(_make(identity, context))


# Whole, and in pieces


@pytest.mark.parametrize("size", [1, 7, 5000, 1 << 20])
def test_text_passes_both_ways_in_pieces_of_any_size(identity: TlsIdentity, context: ssl.SSLContext, size: int) -> None:
    client, server = _shake(_make(identity, context), size)
    for source, target in ((client, server), (server, client)):
        ciphertext = source.encrypt(DATA)
        plaintext = b""
        for start in range(0, len(ciphertext), size):
            target.feed(ciphertext[start : start + size])
            plaintext += _read(target)
        assert plaintext == DATA
        assert target.decrypt() is None


def test_the_client_sees_the_servers_certificate(pair: _Pair, identity: TlsIdentity) -> None:
    certificate = pair.client.peer_certificate
    assert certificate is not None
    assert end_point_binding(certificate) == identity.end_point
    assert pair.server.peer_certificate is None, "the server requests no client certificate"


def test_encrypting_nothing_gives_nothing(pair: _Pair) -> None:
    assert pair.client.encrypt(b"") == b""


def test_large_data_is_encrypted_a_record_at_a_time(pair: _Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A memory BIO never shrinks again: each of thousands of clients would keep the memory of a whole batch."""

    class Watched:
        """The outgoing BIO, and the most that ever waited in it."""

        def __init__(self, bio: ssl.MemoryBIO) -> None:
            self.most = 0
            self.bio = bio

        def read(self) -> bytes:
            self.most = max(self.most, self.bio.pending)
            return self.bio.read()

    watched = Watched(pair.server._outgoing)
    monkeypatch.setattr(pair.server, "_outgoing", watched)
    pair.client.feed(pair.server.encrypt(DATA * 5))
    assert _read(pair.client) == DATA * 5
    assert 16_384 <= watched.most < 20_000


# Cut short


def test_nothing_is_encrypted_or_decrypted_before_the_handshake(identity: TlsIdentity) -> None:
    for engine in _make(identity):
        assert engine.decrypt() is None
        with pytest.raises(TransportClosed, match="handshake was not finished"):
            engine.encrypt(b"x")
        engine.close()


def test_the_rest_of_a_hello_is_awaited(identity: TlsIdentity) -> None:
    whole = hello()
    for length in range(len(whole)):
        server = TlsEngine(identity.context, is_server=True)
        server.feed(whole[:length])
        assert not server.shake_hands()
        assert not server.has_output
        server.feed(whole[length:])
        assert not server.shake_hands()
        assert server.output()[:1] == b"\x16", "the server's hello"


def test_an_incomplete_record_is_not_read(pair: _Pair) -> None:
    ciphertext = pair.client.encrypt(b"whole")
    for start in range(len(ciphertext) - 1):
        pair.server.feed(ciphertext[start : start + 1])
        assert pair.server.decrypt() is None
    pair.server.feed(ciphertext[-1:])
    assert pair.server.decrypt() == b"whole"


# Altered


@pytest.mark.thorough
@PROPERTY
@given(data=st.data())
def test_altered_records_are_never_read(identity: TlsIdentity, data: st.DataObject) -> None:
    client, server = _shake(_make(identity))
    altered = bytearray(client.encrypt(b"Alice owes Bob 10") + client.encrypt(b"and so on"))
    at = data.draw(st.integers(0, len(altered) - 1))
    altered[at] ^= data.draw(st.integers(1, 255))
    server.feed(bytes(altered))
    heard = b""
    try:
        while more := server.decrypt():
            heard += more
    except TlsFailed:
        assert server.is_over
        assert server.has_output, "the server sends an alert"
        with pytest.raises(TlsFailed):
            server.decrypt()
        with pytest.raises(TlsFailed):
            server.encrypt(b"x")
    assert heard in (b"", b"Alice owes Bob 10")


def test_the_peer_gets_an_alert(pair: _Pair) -> None:
    pair.server.feed(b"\x17\x03\x03\x00\x20" + b"x" * 32)
    with pytest.raises(TlsFailed) as caught:
        pair.server.decrypt()
    assert str(caught.value) == f"TLS failed: {caught.value.reason}"
    pair.client.feed(pair.server.output())
    with pytest.raises(TlsFailed, match="ALERT"):
        pair.client.decrypt()


def test_a_handshake_needs_a_common_version(identity: TlsIdentity) -> None:
    old = make_client_context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is why it is refused
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    client, server = _make(identity, old)
    client.shake_hands()
    server.feed(client.output())
    with pytest.raises(TlsFailed, match="UNSUPPORTED_PROTOCOL"):
        server.shake_hands()
    assert server.is_over
    client.feed(server.output())
    with pytest.raises(TlsFailed, match="ALERT_PROTOCOL_VERSION"):
        client.shake_hands()


# The end


def test_goodbye_ends_both_sides(pair: _Pair) -> None:
    for source, target in (pair, reversed(pair)):
        said = source.encrypt(b"QUIT") + source.close()
        assert source.is_over
        target.feed(said)
        assert target.decrypt() == b"QUIT"
        assert target.decrypt() == target.decrypt() == b""


def test_goodbye_is_read_while_the_peer_is_still_talking(pair: _Pair) -> None:
    pair.server.feed(pair.client.encrypt(b"still talking"))
    pair.client.feed(pair.server.close())
    assert pair.client.decrypt() == b""
    assert pair.server.close() == b""


# Limits on what a peer can make the server compute


def test_openssl_never_sees_a_finite_field_share(identity: TlsIdentity, monkeypatch: pytest.MonkeyPatch) -> None:
    """The goodbye after the refusal must not begin the handshake either."""
    shaken: list[object] = []
    monkeypatch.setattr(ssl.SSLObject, "do_handshake", shaken.append)
    server = TlsEngine(identity.context, is_server=True)
    with pytest.raises(TlsFailed, match="finite-field"):
        server.feed(finite_field_hello())
    assert server.is_over
    assert server.output() == b"\x15\x03\x03\x00\x02\x02\x28", "handshake_failure"
    assert server._incoming.pending == 0
    assert not server.shake_hands()
    with pytest.raises(TransportClosed):
        server.encrypt(b"ERROR :Closing link: x\r\n")
    server.close()
    assert shaken == []


def test_other_data_than_a_hello_is_refused(identity: TlsIdentity) -> None:
    server = TlsEngine(identity.context, is_server=True)
    with pytest.raises(TlsFailed, match="not a TLS handshake record"):
        server.feed(b"GET / HTTP/1.1\r\n")
    assert server.output() == b"\x15\x03\x03\x00\x02\x02\x32", "decode_error"


def _updating(identity: TlsIdentity, tmp_path: Path) -> tuple[TlsEngine, KeyUpdater]:
    """Return a server that has shaken hands with a client that can change keys."""
    context = make_client_context()
    context.keylog_filename = str(tmp_path / "keys")
    client, server = _shake(_make(identity, context))
    assert client._tls.cipher() == (CIPHER, "TLSv1.3", 256)
    return server, KeyUpdater(tmp_path / "keys")


def test_occasional_key_updates_are_accepted(identity: TlsIdentity, tmp_path: Path) -> None:
    """Output that is still waiting is not counted again with each read."""
    server, updater = _updating(identity, tmp_path)
    for _ in range(5):
        server.feed(updater.update())
        assert server.decrypt() is None
    assert server.has_output
    for number in range(100):
        server.feed(updater.say(b"%d" % number))
        assert server.decrypt() == b"%d" % number
    assert not server.is_over


def test_repeated_key_updates_are_limited(identity: TlsIdentity, tmp_path: Path) -> None:
    server, updater = _updating(identity, tmp_path)
    count = 0

    def change_keys() -> None:
        nonlocal count
        for count in range(100):  # noqa: B007 - it is looked at afterwards
            server.feed(updater.update() + updater.say(b"hello"))
            assert server.decrypt() == b"hello"

    with pytest.raises(TransportClosed, match="too many TLS key updates"):
        change_keys()
    assert count in (32, 33), "OpenSSL answers the first one when the next one comes"
