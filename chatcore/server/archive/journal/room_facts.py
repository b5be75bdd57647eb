"""What the journal says of rooms, so that they survive a restart: the data of a fact. Pure.

A fact has all changes that one event made: `{"fact": "rooms", "changes": [[verb, instance, ...], ...]}`.

    began     name, when it was made (Unix time, s), its flags
    returned                                          somebody has entered it after a restart
    renamed   name, id                                it has another name from a line's id on
    former    casefolded name, id                     it had this name up to that line, before those that come next
    slept     time (Unix, s)                          nobody has come back to it since then
    ended                                             it will not come back
    topic     null, or text, setter, when it was set
    metadata  key, value or ""
    modes     changes, who made them, when            a change is [whether it adds, letter, value or null]
    account   id, letters or null                     who is in it with this account has these letters; nobody is
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chatcore.protocol.modes import ModeChange
from chatcore.state.channel import Topic

ROOMS = "rooms"
"""What such a fact is called, as opposed to other facts."""

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
    """Its topic is another."""
    return [TOPIC, instance, topic]


def modes_changed(instance: int, changes: Iterable[ModeChange], setter: str, set_at: int) -> Change:
    """Its modes are others."""
    return [MODES, instance, [*changes], setter, set_at]


def account_changed(instance: int, account_id: str, letters: str | None) -> Change:
    """Somebody with an account is in it with these letters, or not any more."""
    return [ACCOUNT, instance, account_id, letters]
