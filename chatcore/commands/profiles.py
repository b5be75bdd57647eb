"""A client's own metadata when it comes in or logs in: from then on the account's metadata is the client's.

Values that the client has set before are added to the account's, and override them.
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
    """Return the profile for `settle`: that of the client's account or, without one, the client's own.

    Called first, because `settle` looks up no accounts.
    """
    account_id = ctx.client.account_id
    return ctx.registry.profile(account_id) if account_id else ctx.client.metadata


def settle(ctx: Context, profile: Profile | None, publish: Publish) -> None:
    """Give the client this profile, merged with the values that it has set itself before.

    Calls `publish` with the changes before another client of the account can change anything. The client's own thread.
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
    """Return whether the tracker has room for more metadata."""
    most = ctx.config.limits.max_total_metadata_bytes
    return not 0 < most <= ctx.registry.metadata_bytes


def own_values(ctx: Context) -> RepliedInBatch | None:
    """Return the reply that tells a newcomer its own metadata; None without METADATA_AWARE."""
    client = ctx.client
    if client.capabilities & METADATA_AWARE != METADATA_AWARE:
        return None
    return RepliedInBatch(client.id, ("metadata", client.nick), key_values(client.nick, client.said_of_itself))


def key_values(target: str, metadata: Metadata, numeric: str = num.RPL_KEYVALUE) -> tuple[Reply, ...]:
    """Return the replies that tell metadata to a client."""
    return tuple((numeric, target, key, "*", value) for key, value in metadata.items())


def _merged(kept: Metadata, own: Metadata) -> Metadata:
    """Return both merged; if there are too many keys, leave out some that only `own` has."""
    merged = {**kept}
    for key, value in own.items():
        if key in merged or len(merged) < MAX_METADATA_KEYS:
            merged[key] = value
    return merged
