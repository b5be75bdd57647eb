"""A TLS 1.3 client that Python's ssl cannot be: one that has the server change keys (RFC 8446, section 4.6.3)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

CIPHER = "TLS_AES_256_GCM_SHA384"
_KEY_UPDATE = b"\x18\x00\x00\x01\x01"  # update_requested
_HANDSHAKE, _APPLICATION_DATA = b"\x16", b"\x17"


class KeyUpdater:
    """Encrypts for a client after its handshake, with the secret that it has logged (SSLContext.keylog_filename)."""

    def __init__(self, key_log: Path) -> None:
        lines = (line.split() for line in key_log.read_text().splitlines())
        self._secret = next(bytes.fromhex(words[2]) for words in lines if words[0] == "CLIENT_TRAFFIC_SECRET_0")
        self._sequence = 0

    def update(self) -> bytes:
        """Return the record that asks for new keys; later records use this side's new key."""
        record = self._record(_HANDSHAKE, _KEY_UPDATE)
        self._secret = self._expand(b"traffic upd", hashlib.sha384().digest_size)
        self._sequence = 0
        return record

    def say(self, text: bytes) -> bytes:
        """Return text as a record."""
        return self._record(_APPLICATION_DATA, text)

    def _record(self, kind: bytes, content: bytes) -> bytes:
        nonce = int.from_bytes(self._expand(b"iv", 12)) ^ self._sequence
        self._sequence += 1
        header = _APPLICATION_DATA + b"\x03\x03" + (len(content) + 1 + 16).to_bytes(2)
        return header + AESGCM(self._expand(b"key", 32)).encrypt(nonce.to_bytes(12), content + kind, header)

    def _expand(self, label: bytes, length: int) -> bytes:
        """HKDF-Expand-Label without a context (RFC 8446, section 7.1)."""
        name = b"tls13 " + label
        info = length.to_bytes(2) + bytes([len(name)]) + name + b"\0"
        return HKDFExpand(hashes.SHA384(), length, info).derive(self._secret)
