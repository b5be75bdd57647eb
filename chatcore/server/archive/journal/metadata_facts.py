"""What the journal says of what accounts say of themselves (METADATA): the data of a fact. Pure.

    {"fact": "said", "account": id, "key": key, "value": value or ""}

What rooms say is among their own facts.
"""

from __future__ import annotations

from typing import Any

SAID = "said"


def said_by(account_id: str, key: str, value: str) -> dict[str, Any]:
    """Return that an account has given a key another value, or none ('')."""
    return {"fact": SAID, "account": account_id, "key": key, "value": value}
