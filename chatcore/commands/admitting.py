"""The end of registration as a step: a client comes in.

`registration` has checked before, at the client's own tracker, that nothing keeps it out.
"""

from __future__ import annotations

from chatcore.commands.context import Context, Local
from chatcore.commands.profiles import profile_of, settle
from chatcore.commands.welcome import arrival
from chatcore.protocol.capabilities import RESUME
from chatcore.state.client import Client
from chatcore.state.credit import Credit
from chatcore.state.facts import MetadataChanged
from chatcore.state.metadata import Profile
from chatcore.state.steps import Admitted


def admitted(ctx: Context, nick: str) -> Admitted:
    """Return the step that gives the client this nick and lets it in, once everything else about it is known."""
    client, registration = ctx.client, ctx.registration
    return Admitted(
        nick,
        client.user,
        client.realname,
        client.host,
        client.port,
        client.shown_host,
        client.is_local,
        client.block,
        client.site,
        client.visit,
        client.connected_at,
        client.capabilities,
        client.login,
        "".join(sorted(client.modes)),
        client.away,
        tuple(client.said_of_itself.items()),
        client.subscriptions,
        registration.resumed.nick if registration.resumed is not None else "",
        registration.invitation,
    )


def newcomer(client_id: int, step: Admitted, credit: Credit) -> Client:
    """Return the client that is about to come in at another tracker by `step`. Any thread."""
    client = Client(client_id, step.host, step.port, credit)
    client.is_local, client.block, client.site = step.is_local, step.block, step.site
    client.shown_host, client.connected_at, client.visit = step.shown_host, step.connected_at, step.visit
    client.user, client.realname, client.away = step.user, step.realname, step.away
    client.capabilities, client.subscriptions = step.capabilities, step.subscriptions
    client.login, client.modes = step.proven, frozenset(step.modes)
    if step.metadata:
        client.metadata = Profile(values=dict(step.metadata))
    return client


def admit(ctx: Context, step: Admitted, local: Local | None) -> bool:
    """Take the nick and let the client in; return False if somebody has it.

    This is atomic: once the client can be found, its `Connected` is already in the stream, so that any message to it
    comes later. `local` has the lines of its welcome.
    """
    client = ctx.client
    profile = profile_of(ctx)  # beforehand, as claiming holds the nick's lock

    def publish(changed: tuple[MetadataChanged, ...]) -> None:
        client.active_at = ctx.services.monotonic()
        client.is_registered = True
        ctx.response.replies += local.lines if local is not None else ()
        ctx.publish_arrival(arrival(ctx, step, changed))

    if not ctx.registry.claim_nick(client, step.nick, lambda: settle(ctx, profile, publish)):
        return False
    if client.capabilities & RESUME or step.resumed:
        ctx.services.resumption.arrive(client)
    return True
