"""Events: what a handler appends to the stream. Each is a fact, a request or a note; its type says which.

Delivery applies them in order to its own view, and renders each recipient's lines from that view.
"""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

from chatcore.state.client_id import TRACKER, ClientId
from chatcore.state.facts import Fact
from chatcore.state.notes import Note
from chatcore.state.requests import Request

Event = Fact | Request | Note


_client_fields: dict[type[Any], tuple[str, ...]] = {}  # the fields that hold one or more client ids, by class


def clients_of(event: Event) -> set[int]:
    """Return the ids of the clients that an event names in any of its fields, without the tracker's."""
    found: set[int] = set()
    for name in _fields_of(type(event)):
        value = getattr(event, name)
        if isinstance(value, int):
            found.add(value)
        else:
            found.update(value)
    found.discard(TRACKER)
    return found


def _fields_of(kind: type[Any]) -> tuple[str, ...]:
    found = _client_fields.get(kind)
    if found is None:
        hints = get_type_hints(kind, include_extras=True)
        found = tuple(name for name, hint in hints.items() if ClientId in (hint, *get_args(hint)))
        _client_fields[kind] = found
    return found
