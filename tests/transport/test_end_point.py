"""The channel binding of a certificate, compared with a certificate library's reading of its signature."""

from __future__ import annotations

import hashlib
from contextlib import suppress

import pytest
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from chatcore.transport.der import BIT_STRING, INTEGER, NULL, OID, SEQUENCE, elements, explicit
from chatcore.transport.end_point import end_point_binding
from tests.support.certificates import certificate_of, der
from tests.support.generated import PROPERTY

_EC = ec.generate_private_key(ec.SECP256R1())
_RSA = rsa.generate_private_key(65537, 2048)
_SHA2 = [hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()]
_SHA3 = [hashes.SHA3_224(), hashes.SHA3_256(), hashes.SHA3_384(), hashes.SHA3_512()]
_OF_PSS = "2a864886f70d01010a"
_NULL = der(NULL, b"")


def _named(algorithm: hashes.HashAlgorithm) -> str:
    return algorithm.name


def _bytes(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _signed_by(algorithm: bytes, certificate: bytes | None = None) -> bytes:
    """Return a certificate that claims to be signed by this algorithm (its identifier in DER)."""
    [whole] = elements(certificate or _bytes(certificate_of(_EC, hashes.SHA256())))
    signed, _, signature = (der(*part) for part in elements(whole.content))
    return der(SEQUENCE, signed + algorithm + signature)


def _algorithm(oid: str, parameters: bytes = b"") -> bytes:
    return der(SEQUENCE, der(OID, bytes.fromhex(oid)) + parameters)


def _with_parts(change: list[bytes], of: bytes | None = None) -> bytes:
    """Return a certificate whose signed content has these parts."""
    [whole] = elements(of or _bytes(certificate_of(_EC, hashes.SHA256())))
    _, *rest = (der(*part) for part in elements(whole.content))
    return der(SEQUENCE, der(SEQUENCE, b"".join(change)) + b"".join(rest))


def _parts(certificate: bytes) -> list[bytes]:
    """Return the parts of the signed content."""
    [whole] = elements(certificate)
    return [der(*part) for part in elements(elements(whole.content)[0].content)]


@pytest.mark.parametrize("algorithm", [*_SHA2, *_SHA3], ids=_named)
@pytest.mark.parametrize("way", ["ecdsa", "rsa", "pss"])
def test_the_binding_uses_the_hash_of_the_signature(algorithm: hashes.HashAlgorithm, way: str) -> None:
    """RFC 5929, section 4.1: "if the certificate's signatureAlgorithm uses a single hash function, and that hash
    function [is] neither MD5 nor SHA-1, then use [it]"."""
    pss = padding.PSS(padding.MGF1(algorithm), 20) if way == "pss" else None
    certificate = _bytes(certificate_of(_EC if way == "ecdsa" else _RSA, algorithm, "a.example", pss=pss))
    assert end_point_binding(certificate) == hashlib.new(algorithm.name, certificate).digest()


@pytest.mark.parametrize("algorithm", _SHA2, ids=_named)
def test_dsa_signatures_have_a_hash_too(algorithm: hashes.HashAlgorithm) -> None:
    certificate = _bytes(certificate_of(dsa.generate_private_key(1024), algorithm))
    assert end_point_binding(certificate) == hashlib.new(algorithm.name, certificate).digest()


@pytest.mark.parametrize("key", [ed25519.Ed25519PrivateKey.generate(), ed448.Ed448PrivateKey.generate()])
def test_sha256_is_used_for_signatures_without_a_hash(key: ed25519.Ed25519PrivateKey) -> None:
    """Ed25519 names none, and the specification leaves it open; this is what other implementations do."""
    certificate = _bytes(certificate_of(key, None))
    assert end_point_binding(certificate) == hashlib.sha256(certificate).digest()


@pytest.mark.parametrize(
    "algorithm",
    [
        _algorithm("2a864886f70d010104", _NULL),  # MD5 with RSA
        _algorithm("2a864886f70d010105", _NULL),  # SHA-1 with RSA
        _algorithm("2b0e03021d", _NULL),  # the same, by another name
        _algorithm("2a8648ce3d0401"),  # SHA-1 with ECDSA
        _algorithm("2a8648ce380403"),  # SHA-1 with DSA
        _algorithm(_OF_PSS, der(SEQUENCE, b"")),  # RFC 4055, section 3.1: SHA-1 is the default
        _algorithm(_OF_PSS, der(SEQUENCE, der(explicit(2), b"\x02\x01\x20"))),
        _algorithm("60864801650304031" + "1"),  # ML-DSA-44, which uses none
        _algorithm("2b06010505070624"),  # RFC 9925: not signed
    ],
)
def test_sha256_is_used_instead_of_weak_or_missing_hashes(algorithm: bytes) -> None:
    """RFC 5929, section 4.1: "if [...] that hash function is either MD5 or SHA-1, then use SHA-256"."""
    certificate = _signed_by(algorithm)
    assert end_point_binding(certificate) == hashlib.sha256(certificate).digest()
    assert _library_binding(certificate) == hashlib.sha256(certificate).digest()


def test_a_version_1_certificate_is_read() -> None:
    """It has no version field and no extensions."""
    certificate = _with_parts(_parts(_bytes(certificate_of(_EC, hashes.SHA384())))[1:])
    assert x509.load_der_x509_certificate(certificate).version is x509.Version.v1
    certificate = _signed_by(_algorithm("2a8648ce3d040303"), certificate)
    assert end_point_binding(certificate) == hashlib.sha384(certificate).digest()


def test_unique_ids_are_allowed() -> None:
    parts = _parts(_bytes(certificate_of(_EC, hashes.SHA256(), "a.example")))
    both = _with_parts([*parts[:-1], der(0x81, b"\0\1"), der(0x82, b"\0\1"), parts[-1]])
    assert end_point_binding(both) == hashlib.sha256(both).digest()


_GOOD = _bytes(certificate_of(_EC, hashes.SHA256(), "a.example"))
_GOOD_PARTS = _parts(_GOOD)


_MALFORMED = [
    b"",
    b"\x30\x00",
    _GOOD + b"\0",
    _GOOD + _NULL,
    _GOOD + _GOOD,
    der(SEQUENCE, _GOOD),
    der(0x31, elements(_GOOD)[0].content),
    der(SEQUENCE, elements(_GOOD)[0].content + _NULL),
    b"\x30\x80" + elements(_GOOD)[0].content + b"\0\0",
    _with_parts([]),
    _with_parts(_GOOD_PARTS[1:-2]),
    _with_parts([der(explicit(0), b"\x02\x01\x01"), *_GOOD_PARTS[1:]]),  # version 2
    _with_parts([der(explicit(0), b"\x02\x01\x03"), *_GOOD_PARTS[1:]]),
    _with_parts([der(explicit(0), b"\x02\x01\x00"), *_GOOD_PARTS[1:]]),  # DER leaves the default out
    _with_parts([*_GOOD_PARTS, _GOOD_PARTS[-1]]),
    _with_parts([*_GOOD_PARTS, _NULL]),
    _with_parts([*_GOOD_PARTS, der(0x81, b"\0\1")]),
    _with_parts([*_GOOD_PARTS[:1], der(BIT_STRING, b"\0"), *_GOOD_PARTS[2:]]),
    _signed_by(_algorithm("2a03")),
    _signed_by(_algorithm("2b6570", der(INTEGER, b"\1"))),
    _signed_by(_algorithm("2a8648ce3d040302", _NULL + _NULL)),
    _signed_by(_algorithm("2a8648ce3d040302", der(NULL, b"\0"))),
    _signed_by(der(SEQUENCE, b"")),
    _signed_by(der(SEQUENCE, _NULL)),
    _signed_by(der(OID, b"\x2a")),
    _signed_by(_algorithm(_OF_PSS)),
    _signed_by(_algorithm(_OF_PSS, _NULL)),
    _signed_by(_algorithm(_OF_PSS, der(SEQUENCE, der(explicit(0), b"")))),
    _signed_by(_algorithm(_OF_PSS, der(SEQUENCE, der(explicit(0), _algorithm("2a03"))))),
    _signed_by(_algorithm(_OF_PSS, der(SEQUENCE, der(explicit(0), _algorithm("608648016503040201") * 2)))),
    _signed_by(_algorithm(_OF_PSS, der(SEQUENCE, der(explicit(0), _algorithm("608648016503040201", b"\2\1\1"))))),
]


@pytest.mark.parametrize("number", range(len(_MALFORMED)))
def test_malformed_certificates_are_refused(number: int) -> None:
    """They are numbered, as their bytes differ from run to run."""
    with pytest.raises(ValueError, match=r"certificate|DER"):
        end_point_binding(_MALFORMED[number])


def test_a_truncated_certificate_is_refused() -> None:
    for length in range(len(_GOOD)):
        with pytest.raises(ValueError, match=r"certificate|DER"):
            end_point_binding(_GOOD[:length])


def _library_binding(certificate: bytes) -> bytes | None:
    """Return the binding by a library; None if it refuses the certificate. It knows fewer algorithms."""
    with suppress(ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        algorithm = x509.load_der_x509_certificate(certificate).signature_hash_algorithm
        is_weak = algorithm is None or algorithm.name in ("md5", "sha1")
        return hashlib.new("sha256" if algorithm is None or is_weak else algorithm.name, certificate).digest()
    return None


def _our_binding(certificate: bytes) -> bytes | None:
    with suppress(ValueError):
        return end_point_binding(certificate)
    return None


_PSS = _bytes(certificate_of(_RSA, hashes.SHA384(), pss=padding.PSS(padding.MGF1(hashes.SHA384()), 20)))


@PROPERTY
@given(st.sampled_from([_GOOD, _PSS]), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=3))
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_a_changed_certificate_is_treated_as_a_library_does(certificate: bytes, changes: list[tuple[int, int]]) -> None:
    changed = bytearray(certificate)
    for at, value in changes:
        changed[at % len(changed)] = value
    assert _library_binding(bytes(changed)) in (None, _our_binding(bytes(changed)))


@PROPERTY
@given(st.binary(max_size=400))
def test_random_bytes_are_refused(data: bytes) -> None:
    assert _our_binding(data) is None
    assert _our_binding(der(SEQUENCE, data)) is None
