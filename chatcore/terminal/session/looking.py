"""The state of `arriving` and `marking`: how far the person has looked at the rooms. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatcore.terminal.session.rooms import Room


@dataclass
class Looking:
    """None of it survives the connection."""

    has_account: bool = False
    """Whether we are logged in to an account, according to the tags of our own messages."""
    arrivals: dict[str, tuple[Room, int]] = field(default_factory=dict)
    """Rooms whose history was asked for, and how many messages, by label; 0: only count them."""
    arrivals_asked: int = 0
    is_coming_back: bool = False
    """Whether what was missed has not yet arrived."""
    marking: str = ""
    """The view whose read marker will be sent soon; '' if none."""
