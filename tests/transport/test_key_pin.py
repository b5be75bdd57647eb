"""The pin of a certificate's key."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from chatcore.transport.key_pin import key_fingerprint
from tests.support.certificates import PrivateKey, certificate_of

_EC = ec.generate_private_key(ec.SECP256R1())
_DER = certificate_of(_EC, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    "key", [_EC, ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)], ids=["ec", "ed", "rsa"]
)
def test_the_pin_is_the_hash_of_the_public_key(key: PrivateKey) -> None:
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pins = {key_fingerprint(certificate_of(key, algorithm).public_bytes(Encoding.DER)) for _ in range(2)}
    assert pins == {hashlib.sha256(spki).hexdigest().upper()}


@pytest.mark.parametrize(
    "der",
    [b"", b"\x30\x00", b"\x30\x02\x30\x00", b"\x30\x05\x30\x03\x02\x01\x01", _DER[:-1]],
    ids=["nothing", "empty", "nothing signed", "a number", "cut"],
)
def test_an_invalid_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match=r"DER|certificate"):
        key_fingerprint(der)


@given(st.integers(0, len(_DER) - 1), st.integers(0, 255))
def test_a_changed_certificate_has_a_pin_or_is_refused(at: int, byte: int) -> None:
    changed = _DER[:at] + bytes([byte]) + _DER[at + 1 :]
    try:
        assert len(key_fingerprint(changed)) == 64
    except ValueError:
        pass
