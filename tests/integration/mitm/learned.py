"""What a man in the middle must not learn: the password, its substitutes, and the visitor's name."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

from chatcore.state.credentials import Credentials

NAME = "annabel"


def assert_learned_nothing(lines: Iterable[str], password: str, credentials: Credentials | None = None) -> None:
    """Look for the password, its keys and the name in what a client has sent, encoded or not."""
    sent = list(lines)
    texts = [line.encode() for line in sent]
    for line in sent:
        for word in line.replace("=", " ").split():
            texts += _decoded(word)
        for text in _decoded(line.partition(" ")[2]):
            texts += [text, *(inner for value in text.split(b",") for inner in _decoded(value[2:].decode("latin-1")))]
    seen = b"\n".join(texts)
    for secret in [password.encode(), *(_keys(password, credentials) if credentials else [])]:
        for form in (secret, secret.hex().encode(), base64.b64encode(secret)):
            assert form not in seen, f"{form!r} is in {sent}"
    assert NAME.encode() not in seen, sent
    assert not any(line.startswith(("NICK", "USER", "PASS", "AUTHENTICATE PLAIN")) for line in sent), sent


def _keys(password: str, credentials: Credentials) -> list[bytes]:
    """Return the keys that can replace the password (RFC 5802, section 3)."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), credentials.salt, credentials.iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    assert hashlib.sha256(client_key).digest() == credentials.stored_key, "the keys are not those of this password"
    return [salted, client_key, credentials.stored_key, credentials.server_key]


def _decoded(text: str) -> list[bytes]:
    try:
        return [base64.b64decode(text, validate=True)]
    except ValueError:
        return []
