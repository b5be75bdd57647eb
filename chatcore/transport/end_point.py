"""The channel binding of a login: the hash of the server's certificate, `tls-server-end-point` (RFC 5929, section 4.1).

It parses the certificate without a library, because the single-file client has none. Pure.
"""

from __future__ import annotations

import hashlib

from chatcore.transport.der import BIT_STRING, INTEGER, NULL, OID, SEQUENCE, Element, content_of, elements, explicit

_V3 = explicit(0), b"\x02\x01\x02"
_SIGNED_PARTS = [INTEGER, *[SEQUENCE] * 5]
"""Serial number, algorithm, issuer, validity, subject, key (RFC 5280, section 4.1); _MORE_PARTS may follow."""
_MORE_PARTS = [0x81, 0x82, explicit(3)]
_RSA, _ECDSA, _NIST = map(bytes.fromhex, ("2a864886f70d0101", "2a8648ce3d04", "60864801650304"))
_PSS = _RSA + b"\x0a"
_SHA3 = ("sha3_224", "sha3_256", "sha3_384", "sha3_512")


def _numbered(stem: bytes, first: int, *names: str) -> dict[bytes, str]:
    """Return object identifiers that share a stem and end in consecutive numbers."""
    return {stem + bytes([first + at]): name for at, name in enumerate(names)}


_HASHES = {
    bytes.fromhex("2b0e03021a"): "sha1",
    **_numbered(_NIST + b"\x02", 1, "sha256", "sha384", "sha512", "sha224"),
    **_numbered(_NIST + b"\x02", 7, *_SHA3),
}
"""Hashes by their object identifiers, as parameters of RSASSA-PSS name them (RFC 4055, section 3.1)."""
_SIGNATURES = {
    **_numbered(_RSA, 4, "md5", "sha1"),
    bytes.fromhex("2b0e03021d"): "sha1",  # with RSA, too
    **_numbered(_RSA, 11, "sha256", "sha384", "sha512", "sha224"),
    **_numbered(_NIST + b"\x03", 13, *_SHA3),  # with RSA
    **_numbered(_ECDSA, 1, "sha1"),
    **_numbered(_ECDSA + b"\x03", 1, "sha224", "sha256", "sha384", "sha512"),
    **_numbered(_NIST + b"\x03", 9, *_SHA3),  # with ECDSA
    bytes.fromhex("2a8648ce380403"): "sha1",  # with DSA
    **_numbered(_NIST + b"\x03", 1, "sha224", "sha256", "sha384", "sha512"),  # with DSA
    **_numbered(bytes.fromhex("2b65"), 112, "", ""),  # Ed25519, Ed448
    **_numbered(_NIST + b"\x03", 17, "", "", ""),  # ML-DSA
    bytes.fromhex("2b06010505070624"): "",  # not signed at all (RFC 9925)
}
"""Signature algorithms by their object identifiers, with the hash that each uses; '' for none of its own."""
_REPLACED = {"md5", "sha1", ""}
"""SHA-256 is used instead. For '' the specification leaves it open, and other programs do the same."""


def end_point_binding(der: bytes) -> bytes:
    """Return a certificate's `tls-server-end-point` hash.

    Raises ValueError if it is malformed or has an unknown signature.
    """
    name = _hash_of_signature(der)
    return hashlib.new("sha256" if name in _REPLACED else name, der).digest()


def _hash_of_signature(der: bytes) -> str:
    signed, algorithm, signature = _several(content_of(der, SEQUENCE), 3)
    _check_signed(elements(_of(signed, SEQUENCE)))
    _of(signature, BIT_STRING)
    oid, parameters = _algorithm(algorithm)
    if oid == _PSS:
        return _hash_of_pss(parameters)
    if oid not in _SIGNATURES or parameters not in ([], [Element(NULL, b"")]):
        raise ValueError("a certificate with an unknown signature")
    return _SIGNATURES[oid]


def _check_signed(parts: list[Element]) -> None:
    """Check the form of the signed part (TBSCertificate). Raises ValueError."""
    if parts and parts[0].tag == explicit(0):
        if parts[0] != _V3:
            raise ValueError("a certificate of an unknown version")
        del parts[0]
    tags = [part.tag for part in parts]
    more = tags[len(_SIGNED_PARTS) :]
    if tags[: len(_SIGNED_PARTS)] != _SIGNED_PARTS or more != [tag for tag in _MORE_PARTS if tag in more]:
        raise ValueError("not a certificate")


def _hash_of_pss(parameters: list[Element]) -> str:
    """Return the hash that RSASSA-PSS-params name: SHA-1 unless they say so (RFC 4055). Raises ValueError."""
    if len(parameters) != 1:
        raise ValueError("a certificate whose signature has no parameters")
    fields = elements(_of(parameters[0], SEQUENCE))
    if not fields or fields[0].tag != explicit(0):
        return "sha1"
    (identifier,) = _several(fields[0].content, 1)
    oid, more = _algorithm(identifier)
    if oid not in _HASHES or more not in ([], [Element(NULL, b"")]):
        raise ValueError("a certificate with an unknown signature")
    return _HASHES[oid]


def _algorithm(identifier: Element) -> tuple[bytes, list[Element]]:
    """Return the object identifier of an AlgorithmIdentifier, and its parameters. Raises ValueError."""
    oid, *parameters = _several(_of(identifier, SEQUENCE), 1, 2)
    return _of(oid, OID), parameters


def _of(element: Element, tag: int) -> bytes:
    """Return the content of a value that must have this tag. Raises ValueError."""
    if element.tag != tag:
        raise ValueError("not a certificate")
    return element.content


def _several(data: bytes, *counts: int) -> list[Element]:
    """Return values, of which there must be one of these counts. Raises ValueError."""
    found = elements(data)
    if len(found) not in counts:
        raise ValueError("not a certificate")
    return found
