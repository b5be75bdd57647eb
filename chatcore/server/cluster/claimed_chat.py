"""Which chat an engine has for this tracker, and whether this one begins it. Main thread."""

from __future__ import annotations

import secrets
from time import monotonic, sleep
from typing import NamedTuple

from chatcore.cluster.engine import Engine
from chatcore.errors import ConfigError, EngineAway
from chatcore.server.archive.holdings import Holdings

_FOUND_S, _BEGIN_S = 10.0, 60
_POLL_S = 0.01


class ClaimedChat(NamedTuple):
    """What holds for all trackers of it (`facts`), this one's number, and whether it begins the chat."""

    facts: dict[str, str]
    incarnation: int
    is_first: bool


def claim_chat(engine: Engine, holdings: Holdings) -> ClaimedChat:
    """Say what the chat is, if this tracker is the first, or find out. Raises ConfigError."""
    positions, token = holdings.positions, secrets.token_hex(8)
    ours = {
        "id": token,
        "sequence": positions.sequence,
        "first": str(positions.first),
        "instance": str(holdings.first_instance),
        "run": str(positions.run),
    }
    try:
        facts, incarnation = engine.claim_chat(ours), engine.new_incarnation()
        return ClaimedChat(facts, incarnation, facts["id"] == token or _is_abandoned(engine))
    except EngineAway as error:
        raise ConfigError(str(error)) from error


def _is_abandoned(engine: Engine) -> bool:
    """Return whether the tracker that was beginning the chat ended too early, so that this one must begin it."""
    deadline = monotonic() + _FOUND_S
    while not engine.snapshots():
        if monotonic() > deadline:
            return engine.claim("beginning", _BEGIN_S)
        sleep(_POLL_S)
    return False
