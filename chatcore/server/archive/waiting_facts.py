"""What the journal says of messages that wait for somebody with an account: the data of a fact. Pure.

    {"fact": "waits", "account": id, "line": [time, order time, source, account, tags, the rest]}
    {"fact": "given", "account": id, "ids": [...]}      they wait no longer

The id of a message is that of the fact that it waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatcore.state.history import Recorded

WAITS, GIVEN = "waits", "given"


def waits(account_id: str, message: Recorded) -> dict[str, Any]:
    """Return that a message waits for an account."""
    return {"fact": WAITS, "account": account_id, "line": message[1:]}


def given(account_id: str, ids: Sequence[int]) -> dict[str, Any]:
    """Return that messages are given to an account's owner, or that they are dropped."""
    return {"fact": GIVEN, "account": account_id, "ids": [*ids]}
