"""What several trackers of a chat hide and recognize things with: the first one makes it, all others use it too.

That is a salt of the password, with a check by which a tracker finds out that it was started with another; the key by
which addresses are hidden; and one for what is answered about accounts that there are not.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from chatcore.server.access.accounts import ITERATIONS
from chatcore.server.access.eras import derive_verifier
from chatcore.state.shelf import FOUNDED, Rows, Shelf

_SALT, _CHECK, _CLOAK, _DECOY = "salt", "check", "cloak", "decoy"
_BYTES = 32
_SALT_BYTES = 16


class CommonKeys:
    """Those of one chat. Any thread, but where a method says."""

    def __init__(self, shelf: Shelf, password: str) -> None:
        """`password` is that with which this tracker was started."""
        self._shelf = shelf
        self._password = password
        self._derived: tuple[bytes, bytes] = b"", b""  # a salt, and the key that comes of it

    def found(self) -> bool:
        """Make the keys if there are none; return whether the chat has this tracker's password.

        Once, before anybody is served. Raises ChatError.
        """
        if self._shelf.value(FOUNDED) is None:
            keys = ((_CLOAK, secrets.token_bytes(_BYTES)), (_DECOY, secrets.token_bytes(_BYTES)))
            self._shelf.propose(((FOUNDED, b""), *keys, *self._of_password()), ((FOUNDED, None),))
        return hmac.compare_digest(self._value(_CHECK), self._check(self._value(_SALT)))

    def change_password(self) -> None:
        """Have this tracker's password be the chat's, so that no token is good any more. Raises ChatError."""
        self._shelf.propose(self._of_password())

    def digest(self, token: str) -> str:
        """Return what stands for a token. The first time 10 ms."""
        key = self._key(self._value(_SALT))
        return hmac.digest(key, token.encode(errors="surrogatepass"), hashlib.sha256).hex()

    def cloak(self) -> bytes:
        """Return the key by which addresses are hidden."""
        return self._value(_CLOAK)

    def decoy(self) -> bytes:
        """Return the key for accounts that there are not."""
        return self._value(_DECOY)

    def _of_password(self) -> Rows:
        salt = secrets.token_bytes(_SALT_BYTES)
        return ((_SALT, salt), (_CHECK, self._check(salt)))

    def _check(self, salt: bytes) -> bytes:
        return hmac.digest(self._key(salt), b"chatcore trackers of one chat", hashlib.sha256)

    def _key(self, salt: bytes) -> bytes:
        """Return what comes of the password. To find that by it takes as long as by all else that is kept."""
        known, key = self._derived
        if known != salt:
            key = derive_verifier(self._password, salt, ITERATIONS)
            self._derived = salt, key
        return key

    def _value(self, key: str) -> bytes:
        return self._shelf.value(key) or b""
