"""Facts about the METADATA of accounts. Pure.

    {"fact": "said", "account": id, "key": key, "value": value or ""}

The metadata of rooms is part of their own facts (`room_facts`).
"""

from __future__ import annotations

from typing import Any

SAID = "said"


def said_by(account_id: str, key: str, value: str) -> dict[str, Any]:
    """Return a fact that sets the value of an account's key, or removes it ('')."""
    return {"fact": SAID, "account": account_id, "key": key, "value": value}
