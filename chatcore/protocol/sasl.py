"""SASL over IRC: its mechanisms, and messages as base64 in parts.

https://ircv3.net/specs/extensions/sasl-3.1
"""

from __future__ import annotations

import base64

SCRAM = "SCRAM-SHA-256"  # RFC 7677
SCRAM_PLUS = "SCRAM-SHA-256-PLUS"  # with channel binding
END_POINT = "tls-server-end-point"  # bound to the server's certificate (RFC 5929)

CHUNK_CHARS = 400
MAX_MESSAGE_CHARS = 8 * CHUNK_CHARS
SERVER_IDENTITY = "*"
"""The login name for the server's own password. No account can have it."""


def chunks(message: bytes) -> list[str]:
    """Return a message as parameters of AUTHENTICATE; a full last part is followed by an empty one."""
    encoded = base64.b64encode(message).decode()
    return [encoded[start : start + CHUNK_CHARS] or "+" for start in range(0, len(encoded) + 1, CHUNK_CHARS)]
