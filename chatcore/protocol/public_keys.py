"""Public keys in OpenSSH's format, one a line: `TYPE BASE64 COMMENT` (sshd(8), AUTHORIZED_KEYS FILE FORMAT). Pure.

The base64 is the key as SSH sends it: strings, each after its length (RFC 4253 section 6.6, RFC 5656, RFC 8709,
OpenSSH's PROTOCOL.u2f). No signature is verified here, and no error quotes its input, which may be a private key.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from typing import NamedTuple

from chatcore.errors import InvalidKey

MAX_COMMENT_CHARS = 200
MIN_RSA_BITS = 2048
_MAX_RSA_BITS = 16_384  # OpenSSH's limit
_MAX_BLOB_BYTES = 4096
_PRIVATE = re.compile(r"PRIVATE KEY|^PuTTY-User-Key-File", re.MULTILINE)
_SSH2_PUBLIC = "---- BEGIN SSH2 PUBLIC KEY ----"  # RFC 4716, as PuTTYgen saves one
_OF_CERTIFICATES = "-cert-v01@openssh.com"
_BETTER = "make another with ssh-keygen -t ed25519"


class PublicKey(NamedTuple):
    """A public key: its bytes as SSH sends them, and its owner's comment."""

    blob: bytes
    comment: str = ""

    @property
    def type(self) -> str:
        """Return the key's type by OpenSSH's name."""
        return self.blob[4 : 4 + int.from_bytes(self.blob[:4])].decode(errors="replace")

    @property
    def line(self) -> str:
        """Return the key in OpenSSH's format."""
        return f"{self.type} {base64.b64encode(self.blob).decode()} {self.comment}".rstrip()

    @property
    def fingerprint(self) -> str:
        """Return the text by which people recognise the key."""
        return fingerprint(self.blob)


def fingerprint(blob: bytes) -> str:
    """Return a key's fingerprint in OpenSSH's form: `SHA256:` and base64 without padding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def parse_file(text: str) -> list[PublicKey]:
    """Return the keys in a file, each once; ignore blank lines and lines that begin with #.

    Raises InvalidKey, in words for the person who gave the file, if it has no keys, or one that cannot be used.
    """
    if _PRIVATE.search(text):
        raise InvalidKey("that is a private key, which nobody else may have: give its public half, which ends in .pub")
    if _SSH2_PUBLIC in text:
        raise InvalidKey("that is not how OpenSSH writes a public key: ssh-keygen -i -f FILE converts it")
    lines = [line.strip() for line in text.split("\n")]
    meant = [(number, line) for number, line in enumerate(lines, 1) if line and not line.startswith("#")]
    keys: dict[bytes, PublicKey] = {}
    for number, line in meant:
        try:
            key = parse_line(line)
        except InvalidKey as error:
            raise InvalidKey(f"line {number}: {error}" if len(meant) > 1 else str(error)) from None
        keys.setdefault(key.blob, key)
    if not keys:
        raise InvalidKey("there is no key in it")
    return list(keys.values())


def parse_line(line: str) -> PublicKey:
    """Return the key on a line. Raises InvalidKey, in words for the person who gave it."""
    kind, encoded, comment = (*line.split(maxsplit=2), "", "", "")[:3]
    if problem := _problem_of_type(kind, line.split()[1:]):
        raise InvalidKey(problem)
    try:
        blob = base64.b64decode(encoded, validate=True)
    except ValueError:
        blob = b""
    if base64.b64encode(blob).decode() != encoded or not _is_whole(kind, blob):
        raise InvalidKey("that key is not whole: copy it again, all in one line")
    if kind == "ssh-rsa" and (bits := _bits(_fields(blob)[-1])) < MIN_RSA_BITS:
        raise InvalidKey(f"an RSA key has at least {MIN_RSA_BITS} bits, and this one has {bits}: {_BETTER}")
    comment = comment.strip()
    if not comment.isprintable() or len(comment) > MAX_COMMENT_CHARS:
        raise InvalidKey(f"a key's comment has at most {MAX_COMMENT_CHARS} printable characters")
    return PublicKey(blob, comment)


def _problem_of_type(kind: str, rest: list[str]) -> str:
    if kind in KEY_TYPES:
        return ""
    if kind == "ssh-dss":
        return f"DSA keys are too weak: {_BETTER}"
    if kind.endswith(_OF_CERTIFICATES):
        return "that is a certificate: give the key that it is for"
    if any(word in KEY_TYPES or word == "ssh-dss" or word.endswith(_OF_CERTIFICATES) for word in rest):
        return "something stands in front of the key, as command= and from= do: that would not be heeded, leave it out"
    return f"that is no public key of a type that can be used: {', '.join(KEY_TYPES)}"


def _is_whole(kind: str, blob: bytes) -> bool:
    """Return whether these bytes are exactly one key of that type."""
    fields = _fields(blob)
    shape = (_is(kind.encode()), *_FIELDS[kind])
    return len(fields) == len(shape) and all(fits(field) for fits, field in zip(shape, fields, strict=True))


def _fields(blob: bytes) -> list[bytes]:
    """Return the strings that make up a key; none if the key is malformed."""
    found: list[bytes] = []
    at = 0
    while at < len(blob) <= _MAX_BLOB_BYTES:
        start = at + 4
        at = start + int.from_bytes(blob[at:start])
        found.append(blob[start:at])
    return found if at == len(blob) else []


def _is(expected: bytes) -> Callable[[bytes], bool]:
    return lambda field: field == expected


def _is_point(coordinate_bytes: int) -> Callable[[bytes], bool]:
    """Return a check for an uncompressed point of a curve (RFC 5656 section 3.1)."""
    return lambda field: len(field) == 1 + 2 * coordinate_bytes and field[0] == 4


def _is_ed25519(field: bytes) -> bool:
    return len(field) == 32


def _is_natural(field: bytes) -> bool:
    """Return whether this is an odd number above one in its only valid form (RFC 4251 section 5, mpint)."""
    is_shortest = field[:1] < b"\x80" and (field[:1] != b"\0" or field[1:2] >= b"\x80")
    return is_shortest and int.from_bytes(field) > 1 and field[-1] % 2 == 1


def _is_modulus(field: bytes) -> bool:
    return _is_natural(field) and _bits(field) <= _MAX_RSA_BITS


def _bits(field: bytes) -> int:
    return int.from_bytes(field).bit_length()


_FIELDS: dict[str, tuple[Callable[[bytes], bool], ...]] = {
    "ssh-ed25519": (_is_ed25519,),
    "ecdsa-sha2-nistp256": (_is(b"nistp256"), _is_point(32)),
    "ecdsa-sha2-nistp384": (_is(b"nistp384"), _is_point(48)),
    "ecdsa-sha2-nistp521": (_is(b"nistp521"), _is_point(66)),
    "sk-ssh-ed25519@openssh.com": (_is_ed25519, bool),
    "sk-ecdsa-sha2-nistp256@openssh.com": (_is(b"nistp256"), _is_point(32), bool),
    "ssh-rsa": (_is_natural, _is_modulus),
}
"""The parts after the type in each kind of key. The last part of a security key's is the application it signs for."""

KEY_TYPES = tuple(_FIELDS)
"""The types that can be used; ssh-rsa only with SHA-2 signatures (rsa-sha2-256, rsa-sha2-512)."""
