"""Reactions to messages (https://ircv3.net/specs/client-tags/react): their tags, and how many are kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from chatcore.state.history import id_in

MAX_REACTIONS = 100
"""The most that are kept with one message, ..."""
MAX_OF_ONE = 20
"""... and the most of one person, who could otherwise take up all of them."""
MAX_TAG_BYTES = 512
"""The limit for a reaction with all its tags. A longer one is passed on but not kept."""

_REPLY = ("+reply", "+draft/reply")  # clients use both; the first is the ratified name
_REACT, _UNREACT = "+draft/react", "+draft/unreact"


class Reaction(NamedTuple):
    """A reaction to the message with this id, or the removal of one."""

    message: int
    value: str
    is_taken_back: bool = False


def reaction_in(tags: Iterable[tuple[str, str]], sequence: str) -> Reaction | None:
    """Return the reaction in the tags of a TAGMSG, if its message is of this sequence of positions; None if none."""
    named = dict(tags)
    if (_REACT in named) == (_UNREACT in named):  # both at once mean nothing
        return None
    id_ = next((id_in(named[name], sequence) for name in _REPLY if name in named), None)
    if id_ is None or sum(len(name.encode()) + len(value.encode()) for name, value in named.items()) > MAX_TAG_BYTES:
        return None
    return Reaction(id_, *value_of(named))


def value_of(tags: Mapping[str, str]) -> tuple[str, bool]:
    """Return the value of a reaction with these tags, and whether it is taken back."""
    return tags.get(_REACT, "") or tags.get(_UNREACT, ""), _UNREACT in tags


def has_room(authors: Iterable[str], author: str) -> bool:
    """Return whether a message with reactions by these authors (identities) can have one more by `author`."""
    found = list(authors)
    return len(found) < MAX_REACTIONS and found.count(author) < MAX_OF_ONE
