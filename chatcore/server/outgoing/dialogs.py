"""Private conversations, by the two identities that have them.

An identity is an account or, without one, a single visit: whoever takes over a nick is somebody else. Delivery's thread
only.
"""

from __future__ import annotations

from chatcore.server.outgoing.history import Histories, History
from chatcore.state.history_identity import visit_identity

_MAX_DIALOGS = 10_000

DialogKey = frozenset[str]
"""The two identities of a private conversation; one, if somebody talks to themself."""


class Dialog:
    """A private conversation: what was said, and the name of each identity while it is away."""

    __slots__ = ("history", "nicks")

    def __init__(self, history: History) -> None:
        self.history = history
        self.nicks: dict[str, str] = {}


class Dialogs:
    """All conversations. When there are too many, the one that has been silent longest goes."""

    def __init__(self, histories: Histories) -> None:
        self._histories = histories
        self._dialogs: dict[DialogKey, Dialog] = {}  # in the order of use
        self._keys: dict[str, dict[DialogKey, None]] = {}  # of each identity

    def find(self, one: str, other: str) -> Dialog | None:
        """Return the conversation of two identities, if there is one."""
        return self._dialogs.get(frozenset((one, other)))

    def begin(self, one: str, other: str) -> Dialog:
        """Return the conversation of two identities, a new one if need be."""
        key = frozenset((one, other))
        found = self._dialogs.pop(key, None)
        if found is None:
            found = Dialog(self._histories.begin(key))
            for identity in key:
                self._keys.setdefault(identity, {})[key] = None
        self._dialogs[key] = found
        if len(self._dialogs) > _MAX_DIALOGS:
            self._forget(next(iter(self._dialogs)))
        return found

    def between(self, one: str, one_name: str, other: str, other_name: str) -> Dialog:
        """Return the conversation of two identities that are called so now, a new one if need be."""
        found = self.begin(one, other)
        found.nicks[one], found.nicks[other] = one_name, other_name
        found.history.set_names(found.nicks)
        return found

    def partners(self, identity: str) -> list[tuple[str, Dialog]]:
        """Return all conversations of an identity, each with the other identity."""
        return [(next(iter(key - {identity}), identity), self._dialogs[key]) for key in self._keys.get(identity, ())]

    def forget_visit(self, visit: str) -> None:
        """Forget the conversations of a visit without an account: nobody can come back to them."""
        for key in tuple(self._keys.get(visit_identity(visit), ())):
            self._forget(key)

    def _forget(self, key: DialogKey) -> None:
        self._dialogs.pop(key).history.end()
        for identity in key:
            keys = self._keys[identity]
            del keys[key]
            if not keys:
                del self._keys[identity]
