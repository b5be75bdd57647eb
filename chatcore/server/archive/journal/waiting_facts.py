"""Facts about messages that wait for an account's owner. Pure.

    {"fact": "waits", "account": id, "line": [time, order time, source, account, tags, the rest]}
    {"fact": "given", "account": id, "ids": [...]}      they wait no longer

A message has the id of its `waits` fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatcore.state.erasure import Erasure
from chatcore.state.history import Recorded

WAITS, GIVEN = "waits", "given"


def waits(account_id: str, message: Recorded) -> dict[str, Any]:
    """Return a fact: a message waits for an account."""
    return {"fact": WAITS, "account": account_id, "line": message[1:7]}


def is_erased(message: Recorded, erasure: Erasure, up_to: int) -> bool:
    """Return whether an erasure that ends at the id `up_to` covers a message."""
    return message.id <= up_to and erasure.concerns(message.source, message.account, "", message.time_ms)


def message_of(id_: int, data: dict[str, Any]) -> Recorded:
    """Return the waiting message of the fact with this id. Raises LookupError, TypeError for malformed data."""
    return Recorded(id_, *data["line"])


def given(account_id: str, ids: Sequence[int]) -> dict[str, Any]:
    """Return a fact: messages were given to an account's owner, or dropped."""
    return {"fact": GIVEN, "account": account_id, "ids": [*ids]}
