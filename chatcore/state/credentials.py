"""What a client has to prove to log in, as data."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Right(StrEnum):
    """A right that the operator can grant to an account."""

    INVITE = "invite"


class Credentials(NamedTuple):
    """SCRAM-SHA-256 credentials (RFC 5802), from which the password cannot be recovered.

    `account` is the account's name, and `account_id` distinguishes it from any other account that ever has that name.
    They are None and '' for the server password, which logs in to no account, and for an invitation, whose id is
    `invitation`.
    """

    account: str | None
    salt: bytes
    stored_key: bytes
    server_key: bytes
    iterations: int
    account_id: str = ""
    invitation: str = ""
