"""What the journal says of messages that wait for somebody with an account: the data of a fact. Pure.

    {"fact": "waits", "account": id, "line": [time, order time, source, account, tags, the rest]}
    {"fact": "given", "account": id, "ids": [...]}      they wait no longer

The id of a message is that of the fact that it waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatcore.state.erasure import Erasure
from chatcore.state.history import Recorded

WAITS, GIVEN = "waits", "given"


def waits(account_id: str, message: Recorded) -> dict[str, Any]:
    """Return that a message waits for an account."""
    return {"fact": WAITS, "account": account_id, "line": message[1:7]}


def is_erased(message: Recorded, erasure: Erasure, up_to: int) -> bool:
    """Return whether a message is among those up to this id that are to be erased."""
    return message.id <= up_to and erasure.concerns(message.source, message.account, "", message.time_ms)


def message_of(id_: int, data: dict[str, Any]) -> Recorded:
    """Return the message that waits, of a fact with this id. Raises LookupError, TypeError for what says nothing."""
    return Recorded(id_, *data["line"])


def given(account_id: str, ids: Sequence[int]) -> dict[str, Any]:
    """Return that messages are given to an account's owner, or that they are dropped."""
    return {"fact": GIVEN, "account": account_id, "ids": [*ids]}
