"""The client's side of SCRAM-SHA-256-PLUS, without a server."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from chatcore.terminal.connecting.proof import Credential, Proof, end_point_of
from chatcore.terminal.connecting.turned_away import Refused, WrongPassword

_END_POINT = bytes(range(32))
_SALT = b"sixteen bytes of"


def _nonce(first: str) -> str:
    return first.partition("n=*,r=")[2]


def _server_first(proof: Proof, iterations: int = 4096) -> str:
    return f"r={_nonce(proof.first())}more,s={base64.b64encode(_SALT).decode()},i={iterations}"


def test_the_exchange_follows_the_rfc() -> None:
    """RFC 5802, section 3, computed here a second time."""
    proof = Proof(Credential("pencil"), _END_POINT)
    first = proof.first()
    bare = first.removeprefix("p=tls-server-end-point,,")
    assert bare.startswith("n=*,r=")
    server_first = f"r={_nonce(first)}more,s={base64.b64encode(_SALT).decode()},i=4096"
    final = proof.final(server_first)
    without_proof, _, value = final.partition(",p=")
    binding = base64.b64encode(b"p=tls-server-end-point,," + _END_POINT).decode()
    assert without_proof == f"c={binding},r={_nonce(first)}more"

    said = f"{bare},{server_first},{without_proof}".encode()
    salted = hashlib.pbkdf2_hmac("sha256", b"pencil", _SALT, 4096)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(client_key).digest(), said, "sha256")
    assert base64.b64decode(value) == bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    server_signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), said, "sha256")
    proof.check(f"v={base64.b64encode(server_signature).decode()}")


def test_two_proofs_use_different_nonces() -> None:
    assert _nonce(Proof(Credential("pencil"), _END_POINT).first()) != _nonce(
        Proof(Credential("pencil"), _END_POINT).first()
    )


@pytest.mark.parametrize("iterations", [4096, 32768, 1_000_000])
def test_usual_iteration_counts_are_accepted(iterations: int, monkeypatch: pytest.MonkeyPatch) -> None:
    derived: list[int] = []

    def derive(_hash: object, _password: bytes, _salt: bytes, count: object) -> bytes:
        derived.append(int(str(count)))
        return bytes(32)

    monkeypatch.setattr("scramp.core.hi", derive)
    proof = Proof(Credential("pencil"), _END_POINT)
    proof.final(_server_first(proof, iterations))
    assert derived == [iterations]


@pytest.mark.parametrize("iterations", [-1, 0, 1, 4095, 1_000_001, 2**40])
def test_other_iteration_counts_are_refused(iterations: int) -> None:
    proof = Proof(Credential("pencil"), _END_POINT)
    with pytest.raises(Refused, match=f"in {iterations} rounds; a tracker asks for 4096 to 1000000"):
        proof.final(_server_first(proof, iterations))


@pytest.mark.parametrize("password", ["\U0001f98a", "x\x07", "\ud800"])
def test_forbidden_characters_in_a_password_are_refused(password: str) -> None:
    with pytest.raises(WrongPassword, match="RFC 4013"):
        Proof(Credential(password), _END_POINT)


@pytest.mark.parametrize("password", ["p\u00e4ssw\u00f6rd", "a b", "a,b=c", "\u65e5\u672c", " "])
def test_unusual_passwords_are_accepted(password: str) -> None:
    assert Proof(Credential(password), _END_POINT).first()


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [(hashes.SHA256(), "sha256"), (hashes.SHA384(), "sha384"), (hashes.SHA512(), "sha512"), (None, "sha256")],
)
def test_the_binding_uses_the_hash_of_the_certificate(algorithm: hashes.HashAlgorithm | None, name: str) -> None:
    """RFC 5929, section 4.1; Ed25519 names no hash, so SHA-256 is used, as trackers do."""
    der = _certificate(algorithm)
    assert end_point_of(der) == hashlib.new(name, der).digest()


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"no certificate"])
def test_an_invalid_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(Refused, match="certificate that no proof can be bound to"):
        end_point_of(der)


def _certificate(algorithm: hashes.HashAlgorithm | None) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()) if algorithm else ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tracker")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.DER)  # type: ignore[arg-type]
