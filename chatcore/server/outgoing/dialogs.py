"""Private conversations: what was said between two identities, and where to find it again.

An identity is an account, or else one visit: whoever takes over a nick is not who had it. Delivery's thread only.
"""

from __future__ import annotations

from chatcore.server.outgoing.history import Histories, History

_MAX_DIALOGS = 10_000

DialogKey = frozenset[str]
"""The identities of the two people (or one, who talks to themself) of a private conversation."""


def account_identity(account_id: str) -> str:
    """Return who an account is to history: not its name, which may have been another account's."""
    return f"account {account_id}"


def visit_identity(client: int) -> str:
    """Return who a visit without an account is to history."""
    return f"visit {client}"


class Dialog:
    """A private conversation: what was said, and what each identity is called while it is not here."""

    __slots__ = ("history", "nicks")

    def __init__(self, history: History) -> None:
        self.history = history
        self.nicks: dict[str, str] = {}


class Dialogs:
    """All conversations. The one that was silent for longest goes when there are too many."""

    def __init__(self, histories: Histories) -> None:
        self._histories = histories
        self._dialogs: dict[DialogKey, Dialog] = {}  # in the order of use
        self._keys: dict[str, dict[DialogKey, None]] = {}  # of each identity

    def find(self, one: str, other: str) -> Dialog | None:
        """Return the conversation of two identities."""
        return self._dialogs.get(frozenset((one, other)))

    def begin(self, one: str, other: str) -> Dialog:
        """Return the conversation of two identities, which may be new."""
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

    def partners(self, identity: str) -> list[tuple[str, Dialog]]:
        """Return all conversations of an identity, each with the identity of whom it is with."""
        return [(next(iter(key - {identity}), identity), self._dialogs[key]) for key in self._keys.get(identity, ())]

    def forget_visit(self, client: int) -> None:
        """Forget what a visit said without an account: nobody can come back to it."""
        for key in tuple(self._keys.get(visit_identity(client), ())):
            self._forget(key)

    def _forget(self, key: DialogKey) -> None:
        self._dialogs.pop(key).history.end()
        for identity in key:
            keys = self._keys[identity]
            del keys[key]
            if not keys:
                del self._keys[identity]
