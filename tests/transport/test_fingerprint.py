"""The forms in which people and programs compare certificates and keys."""

from __future__ import annotations

import base64
import hashlib

from chatcore.transport.fingerprint import format_fingerprint, in_pairs, pin


def test_a_fingerprint_is_the_sha256() -> None:
    assert format_fingerprint(b"a key") == hashlib.sha256(b"a key").hexdigest().upper()


def test_fingerprints_are_shown_in_pairs() -> None:
    assert in_pairs("D366DE") == "D3:66:DE"


def test_a_pin_for_curl_is_base64() -> None:
    written = base64.b64encode(hashlib.sha256(b"a key").digest()).decode()
    assert pin(format_fingerprint(b"a key")) == f"sha256//{written}"
