"""Every kind of channel mode has a handler that sets it."""

from __future__ import annotations

from chatcore.commands.modes import SETTERS
from chatcore.protocol.modes import CHANNEL_MODES, Kind


def test_every_kind_has_its_setter() -> None:
    assert SETTERS.keys() == set(Kind) == {mode.kind for mode in CHANNEL_MODES.values()}
