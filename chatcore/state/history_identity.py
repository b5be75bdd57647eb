"""Identities in history: an account, or for a client without one, its visit. Pure.

So nobody can read another person's conversation by taking over a nick.
"""

from __future__ import annotations


def account_identity(account_id: str) -> str:
    """Return an account's identity: made of its id, because its name may have been another account's."""
    return f"account {account_id}"


def account_of(identity: str) -> str:
    """Return the account id in an identity; '' for a visit."""
    return identity.removeprefix("account ") if is_account(identity) else ""


def is_account(identity: str) -> bool:
    """Return whether an identity is an account."""
    return identity.startswith("account ")


def is_visit(identity: str) -> bool:
    """Return whether an identity is a visit."""
    return identity.startswith("visit ")


def visit_identity(visit: str) -> str:
    """Return the identity of a visit (`Client.visit`), valid as long as the visit lasts."""
    return f"visit {visit}"
