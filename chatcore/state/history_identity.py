"""Who somebody is to history: an account, whoever is logged in to it, or else one visit. Pure.

So nobody reads another's conversation by taking over a nick.
"""

from __future__ import annotations


def account_identity(account_id: str) -> str:
    """Return who an account is to history: not its name, which may have been another account's."""
    return f"account {account_id}"


def account_of(identity: str) -> str:
    """Return the id of the account that an identity is; '' for a visit."""
    return identity.removeprefix("account ") if is_account(identity) else ""


def is_account(identity: str) -> bool:
    """Return whether somebody is an account to history, and not a visit."""
    return identity.startswith("account ")


def is_visit(identity: str) -> bool:
    """Return whether somebody is a visit to history."""
    return identity.startswith("visit ")


def visit_identity(visit: str) -> str:
    """Return who a visit (`Client.visit`) without an account is to history, as long as it lasts."""
    return f"visit {visit}"
