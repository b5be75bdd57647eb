"""Replaces everybody on a stage by a snapshot of them, which must make no difference."""

from __future__ import annotations

from chatcore.cluster.registry_snapshot import registry_state, restore_registry
from chatcore.cluster.snapshot import decode, encode, pack, unpack
from chatcore.state.client import Client
from chatcore.state.registry import Registry
from chatcore.state.registry_state import RegistryState
from tests.support.rerun import Rerun


def bytes_of(registry: Registry) -> bytes:
    """Return the snapshot of a registry."""
    return encode({"registry": registry_state(registry)})


def restored(registry: Registry) -> Registry:
    """Return another registry, made from a snapshot of this one. State outside of the stream is kept as it was."""
    before = {client.id: client for client in registry.clients()}

    def make(client_id: int, host: str, port: int) -> Client:
        client = Client(client_id, host, port, before[client_id].credit)
        client.looks = before[client_id].looks
        return client

    state: RegistryState = decode(unpack(pack(bytes_of(registry))), {"registry": RegistryState})["registry"]
    again = Registry(registry._unix_time)
    restore_registry(again, state, make)
    again.compositions = registry.compositions
    return again


def give_another_registry(rerun: Rerun) -> None:
    """Replace the registry and the clients by those of a snapshot, for the commands to come."""
    stage = rerun._stage
    stage.registry = restored(stage.registry)
    stage.services.people = stage.registry.clients
    again = {client.id: client for client in stage.registry.clients()}
    for actor in rerun._actors:
        actor.ctx.registry = stage.registry
        actor.client = actor.ctx.client = again.get(actor.client.id, actor.client)
