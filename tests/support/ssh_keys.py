"""Public keys whose private keys nobody has."""

from __future__ import annotations

from chatcore.protocol.public_keys import PublicKey


def key(number: int, comment: str = "") -> PublicKey:
    """Return the Ed25519 key of this number, the same each time."""
    fields = (b"ssh-ed25519", number.to_bytes(32))
    return PublicKey(b"".join(len(field).to_bytes(4) + field for field in fields), comment)
