"""Which function does each step, where all trackers agree on it: see `state.steps`.

Such a function uses of its Context the client, the registry, the configuration, the services, `position`, and the ways
to answer and to publish: on another tracker there is nothing more. `local` is what the client's own tracker has of the
step, None on another; nothing may depend on it but what this client is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatcore.commands.admitting import admit
from chatcore.commands.authentication import take_login
from chatcore.commands.capabilities import negotiate
from chatcore.commands.channel import join
from chatcore.commands.context import Context, Local
from chatcore.commands.multiline import speak
from chatcore.commands.operators import make_operator
from chatcore.commands.redaction import redact
from chatcore.commands.registration import rename, say_last
from chatcore.commands.resumption import note
from chatcore.state.steps import (
    Admitted,
    Joining,
    LoggedIn,
    Negotiated,
    Opered,
    Quitting,
    Redacting,
    Renaming,
    Speaking,
    Step,
)

STEPS: dict[type[Any], Callable[[Context, Any, Local | None], bool | None]] = {
    Admitted: admit,
    Joining: join,
    LoggedIn: take_login,
    Negotiated: negotiate,
    Opered: make_operator,
    Quitting: say_last,
    Redacting: redact,
    Renaming: rename,
    Speaking: speak,
}
AWAITED = (Admitted, Quitting)
"""The steps whose result their handler waits for; other handlers are done when they have carried theirs."""

_NOTED = (LoggedIn, Renaming)  # they change what comes back with a visit


def take(ctx: Context, step: Step, local: Local | None = None) -> bool:
    """Take a step; return False if that could not be done after all, which only one that is `AWAITED` can come to.

    Alone the client's own thread, without a lock, calls this; of several trackers, delivery. Raises CommandError for
    what is refused, and Leave.
    """
    is_done = STEPS[type(step)](ctx, step, local) is not False
    if isinstance(step, _NOTED):
        note(ctx)
    return is_done
