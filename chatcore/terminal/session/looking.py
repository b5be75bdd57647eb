"""What a session knows of how far one has looked at its rooms (`arriving`, `marking`). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatcore.terminal.session.rooms import Room


@dataclass
class Looking:
    """Nothing of it outlives the connection."""

    has_account: bool = False
    """Whether we are logged in to an account, as what the tracker says of us shows."""
    arrivals: dict[str, tuple[Room, int]] = field(default_factory=dict)
    """Rooms whose past was asked for, and how much of it, by label; 0 if it is only to be counted."""
    arrivals_asked: int = 0
    is_coming_back: bool = False
    """Whether what was missed is yet to come."""
    marking: str = ""
    """The view of which it will be told soon how far it has been read; '' if none."""
