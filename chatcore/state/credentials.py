"""What somebody has to prove to log in, as data."""

from __future__ import annotations

from typing import NamedTuple


class Credentials(NamedTuple):
    """SCRAM-SHA-256 credentials (RFC 5802); no password can be had from them.

    `account` is the name of the account whose they are, `account_id` what tells it from any other that is ever called
    so. They are None and '' for the server password's, which log into no account.
    """

    account: str | None
    salt: bytes
    stored_key: bytes
    server_key: bytes
    iterations: int
    account_id: str = ""
