"""Hides addresses: what members see in place of one."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable

_KEY_BYTES = 32
_SHOWN_DIGITS = 10


class Cloak:
    """Gives addresses names that do not reveal them. The same address always gets the same name. Any thread.

    The names are keyed, so nobody can compute an address's name in order to look for it. The key of a tracker that runs
    alone is new at each start.
    """

    def __init__(self, key: Callable[[], bytes] | None = None) -> None:
        """`key` returns the key that several trackers share; None for a key of our own."""
        own = secrets.token_bytes(_KEY_BYTES)
        self._key = key or (lambda: own)

    def host(self, block: str) -> str:
        """Return the host name shown in place of an address, or of an IPv6 network that belongs to one host."""
        digest = hmac.new(self._key(), block.encode(), hashlib.sha256).hexdigest()
        return f"{digest[:_SHOWN_DIGITS]}.hidden"
