"""The function for each kind of step, which all trackers carry out alike: see `state.steps`.

On another tracker than the client's own, a Context has no more than the client, the registry, the configuration, the
services, `position`, and the methods to answer and to publish, so these functions use nothing else. `local` is what
only the client's own tracker adds (None on another); it may affect only what this client is told.
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
"""The steps whose handlers wait for the result; others are done when they have passed on their step."""

_NOTED = (LoggedIn, Renaming)  # they change what a resumed visit brings back


def take(ctx: Context, step: Step, local: Local | None = None) -> bool:
    """Take a step; return False if an `AWAITED` step could not be done after all.

    A single tracker calls this in the client's own thread, without a lock; several trackers call it in delivery's
    thread. Raises CommandError if the step is refused, and Leave.
    """
    is_done = STEPS[type(step)](ctx, step, local) is not False
    if isinstance(step, _NOTED):
        note(ctx)
    return is_done
