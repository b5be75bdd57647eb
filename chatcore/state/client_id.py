"""How events name a client."""

from __future__ import annotations

from typing import Annotated

ClientId = Annotated[int, "id of a client"]
"""An int, unique within a run of the tracker. Annotated so that `clients_of` can find the fields that hold one."""

TRACKER: ClientId = 0
"""The tracker itself, as the source of an event."""
