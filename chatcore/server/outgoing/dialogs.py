"""Private conversations, each between two identities.

An identity is an account or, without one, a single visit: another client with the same nick is somebody else.
Delivery's thread only.
"""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

from chatcore.server.outgoing.history import Histories, History
from chatcore.state.history_identity import visit_identity

_MAX_DIALOGS = 10_000

DialogKey = frozenset[str]
"""The two identities of a private conversation; only one if somebody talks to themself."""


class Dialog:
    """A private conversation: its history, and the name of each identity while it is away."""

    __slots__ = ("history", "nicks", "number")

    def __init__(self, history: History, number: int) -> None:
        self.history = history
        self.number = number  # the number of conversations begun before it
        self.nicks: dict[str, str] = {}


class DialogsState(NamedTuple):
    """All conversations in the order in which they began, each with its identities and their names.

    `used` has their indices in order of use.
    """

    names: tuple[tuple[tuple[str, str], ...], ...] = ()
    used: tuple[int, ...] = ()


class Dialogs:
    """All conversations. When there are too many, the least recently used one is forgotten."""

    def __init__(self, histories: Histories) -> None:
        self._histories = histories
        self._dialogs: dict[DialogKey, Dialog] = {}  # in order of use
        self._keys: dict[str, dict[DialogKey, None]] = {}  # by identity
        self._begun = 0

    def find(self, one: str, other: str) -> Dialog | None:
        """Return the conversation between two identities; None if there is none."""
        return self._dialogs.get(frozenset((one, other)))

    def begin(self, one: str, other: str) -> Dialog:
        """Return the conversation between two identities, a new one if necessary."""
        key = frozenset((one, other))
        found = self._dialogs.pop(key, None)
        if found is None:
            found = Dialog(self._histories.begin(key), self._begun)
            self._begun += 1
            for identity in key:
                self._keys.setdefault(identity, {})[key] = None
        self._dialogs[key] = found
        if len(self._dialogs) > _MAX_DIALOGS:
            self._forget(next(iter(self._dialogs)))
        return found

    def between(self, one: str, one_name: str, other: str, other_name: str) -> Dialog:
        """Return the conversation between two identities with these current names, a new one if necessary."""
        found = self.begin(one, other)
        found.nicks[one], found.nicks[other] = one_name, other_name
        found.history.set_names(found.nicks)
        return found

    def partners(self, identity: str) -> list[tuple[str, Dialog]]:
        """Return an identity's conversations, each with the other identity."""
        return [(next(iter(key - {identity}), identity), self._dialogs[key]) for key in self._keys.get(identity, ())]

    def forget_visit(self, visit: str) -> None:
        """Forget the conversations of a visit without an account, because nobody can come back to them."""
        for key in tuple(self._keys.get(visit_identity(visit), ())):
            self._forget(key)

    def state(self) -> DialogsState:
        """Return all conversations, without their history."""
        begun = sorted(self._dialogs.values(), key=attrgetter("number"))
        indices = {dialog.number: index for index, dialog in enumerate(begun)}
        return DialogsState(
            tuple([tuple(sorted(dialog.nicks.items())) for dialog in begun]),
            tuple([indices[dialog.number] for dialog in self._dialogs.values()]),
        )

    def restore(self, state: DialogsState) -> None:
        """Restore these conversations, without history. There are no others yet."""
        for (one, one_name), *others in state.names:
            other, other_name = others[0] if others else (one, one_name)
            self.between(one, one_name, other, other_name)
        begun = [*self._dialogs.items()]
        self._dialogs = dict(begun[index] for index in state.used)

    def _forget(self, key: DialogKey) -> None:
        self._dialogs.pop(key).history.end()
        for identity in key:
            keys = self._keys[identity]
            del keys[key]
            if not keys:
                del self._keys[identity]
