"""Facts about rooms, so that rooms survive a restart. Pure.

A fact holds all changes that one event made: `{"fact": "rooms", "changes": [[verb, instance, ...], ...]}`.

    began     name, creation time (Unix, s), flags
    returned                                          somebody has entered it after a restart
    renamed   name, id                                it has this name from the line with this id on
    former    casefolded name, id                     it had this name up to the line with this id; oldest name first
    slept     time (Unix, s)                          nobody has come back to it since then
    ended                                             it is gone for good
    topic     null, or text, setter, time
    metadata  key, value or ""
    modes     changes, setter, time                   a change is [whether it adds, letter, value or null]
    account   id, letters or null                     the account is in it with these letters, or no longer in it
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chatcore.protocol.modes import ModeChange
from chatcore.state.channel import Topic

ROOMS = "rooms"
"""The kind of such a fact."""

BEGAN, RETURNED, SLEPT, RENAMED, FORMER, ENDED = "began", "returned", "slept", "renamed", "former", "ended"
TOPIC, METADATA, MODES, ACCOUNT = "topic", "metadata", "modes", "account"

Change = list[Any]


def rooms_fact(changes: list[Change]) -> dict[str, Any]:
    """Return a fact's data."""
    return {"fact": ROOMS, "changes": changes}


def began(instance: int, name: str, created_at: int, flags: Iterable[str]) -> Change:
    """A room has begun."""
    return [BEGAN, instance, name, created_at, "".join(sorted(flags))]


def topic_changed(instance: int, topic: Topic | None) -> Change:
    """A room's topic has changed."""
    return [TOPIC, instance, topic]


def modes_changed(instance: int, changes: Iterable[ModeChange], setter: str, set_at: int) -> Change:
    """A room's modes have changed."""
    return [MODES, instance, [*changes], setter, set_at]


def account_changed(instance: int, account_id: str, letters: str | None) -> Change:
    """An account is in a room with these letters, or no longer in it (None)."""
    return [ACCOUNT, instance, account_id, letters]
