"""What somebody says of themselves (METADATA), when they come in or log in: from then on it is their account's.

What a client has set itself before that is added to what the account says, and goes before it.
"""

from __future__ import annotations

from collections.abc import Callable

from chatcore.commands.bounds import MAX_METADATA_KEYS
from chatcore.commands.context import Context
from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import METADATA_AWARE
from chatcore.state.facts import MetadataChanged
from chatcore.state.metadata import NONE, Metadata, Profile, size_bytes
from chatcore.state.requests import RepliedInBatch, Reply

Publish = Callable[[tuple[MetadataChanged, ...]], None]


def profile_of(ctx: Context) -> Profile | None:
    """Return what the client is to say of itself from now on: what its account does, or else what it did.

    For `settle`, which looks nobody up.
    """
    account_id = ctx.client.account_id
    return ctx.registry.profile(account_id) if account_id else ctx.client.metadata


def settle(ctx: Context, profile: Profile | None, publish: Publish) -> None:
    """Have the client say of itself what `profile` does, and what it has set itself before.

    `publish` is called at once, with what changes by that, before any other client of the account can change more.
    The client's own thread.
    """
    client, before = ctx.client, ctx.client.metadata
    if profile is None:
        publish(())
        return
    own = before.values if before is not None and not before.account_id else NONE
    with profile.lock:
        kept = profile.values if profile.account_id else NONE
        merged = _merged(kept, own) if has_room(ctx) else kept
        counted = size_bytes(own) if client.is_registered else 0
        ctx.registry.count_metadata(size_bytes(merged) - size_bytes(kept) - counted)
        client.metadata, profile.values = profile, merged
        changed = [(key, value) for key, value in merged.items() if kept.get(key) != value]
        publish(tuple(MetadataChanged(client.id, "", key, value) for key, value in changed))


def has_room(ctx: Context) -> bool:
    """Return whether there is memory for more metadata at all."""
    most = ctx.config.limits.max_total_metadata_bytes
    return not 0 < most <= ctx.registry.metadata_bytes


def own_values(ctx: Context) -> RepliedInBatch | None:
    """Return what a newcomer is told about its own metadata; None if it did not ask."""
    client = ctx.client
    if client.capabilities & METADATA_AWARE != METADATA_AWARE:
        return None
    return RepliedInBatch(client.id, ("metadata", client.nick), key_values(client.nick, client.said_of_itself))


def key_values(target: str, metadata: Metadata, numeric: str = num.RPL_KEYVALUE) -> tuple[Reply, ...]:
    """Return metadata in the form that clients are told."""
    return tuple((numeric, target, key, "*", value) for key, value in metadata.items())


def _merged(kept: Metadata, own: Metadata) -> Metadata:
    """Return both together; if there are too many keys, leave out new ones of `own`."""
    merged = {**kept}
    for key, value in own.items():
        if key in merged or len(merged) < MAX_METADATA_KEYS:
            merged[key] = value
    return merged
