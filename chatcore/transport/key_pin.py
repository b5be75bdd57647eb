"""The pin of a certificate's key, which stays the same when the certificate is renewed. Pure, without a library."""

from __future__ import annotations

from chatcore.transport.der import SEQUENCE, Element, content_of, elements, explicit
from chatcore.transport.fingerprint import format_fingerprint

_KEY = 5  # its index in the signed part, not counting the version (RFC 5280, section 4.1)
_SHORT = 0x80


def key_fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 of the public key (SubjectPublicKeyInfo) in a certificate (DER). Raises ValueError."""
    parts = elements(content_of(_first(content_of(certificate, SEQUENCE)), SEQUENCE))
    if parts and parts[0].tag == explicit(0):
        del parts[0]
    if len(parts) <= _KEY or parts[_KEY].tag != SEQUENCE:
        raise ValueError("not a certificate")
    return format_fingerprint(_written(parts[_KEY]))


def _first(data: bytes) -> bytes:
    """Return the encoding of the first value in `data`. Raises ValueError."""
    found = elements(data)
    if not found:
        raise ValueError("not a certificate")
    return _written(found[0])


def _written(element: Element) -> bytes:
    """Return the DER encoding of a value, which is unique."""
    length = len(element.content)
    if length < _SHORT:
        return bytes([element.tag, length]) + element.content
    written = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([element.tag, _SHORT | len(written)]) + written + element.content
