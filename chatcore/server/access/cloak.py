"""What members see in place of an address when addresses are hidden."""

from __future__ import annotations

import hashlib
import hmac
import secrets

_KEY_BYTES = 32
_SHOWN_DIGITS = 10


class Cloak:
    """Names addresses without telling them: the same address always gets the same name. Any thread.

    The key is new with each start, so nobody can compute the name of an address to look for it.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(_KEY_BYTES)

    def host(self, block: str) -> str:
        """Return what stands for an address, or for an IPv6 network of one site's, in the place of a host name."""
        digest = hmac.new(self._key, block.encode(), hashlib.sha256).hexdigest()
        return f"{digest[:_SHOWN_DIGITS]}.hidden"
