"""Clients for the tests of shared state."""

from __future__ import annotations

from itertools import count

from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.registry import Registry

_ids = count(1)


def client(nick: str = "", *, host: str = "192.0.2.1") -> Client:
    """Return a client with an id and a port of its own; with a nick, it is named but in no registry."""
    number = next(_ids)
    made = Client(number, host, 1024 + number % 60000, Credit(8))
    made.user = "user"
    if nick:
        made.name(nick)
    return made


def registered(registry: Registry, nick: str) -> Client:
    """Return a client that holds its nick."""
    made = client()
    assert registry.claim_nick(made, nick)
    return made
