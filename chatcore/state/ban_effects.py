"""Which clients match the masks on a channel's lists, and what its ban list does to them. Under the channel's lock.

Matching happens in the client's own thread and is charged to that client.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from chatcore.protocol.extbans import Effect, Subject, read_entry
from chatcore.protocol.modes import BAN, BAN_EXCEPTION
from chatcore.protocol.names import casefold, folded_mask_matches
from chatcore.state.client import Client

Effects = frozenset[Effect]
LOOKS_PER_MASK = 10  # matching a mask costs as much as looking at ten members
RENAME_REFUSAL = "You cannot change your username while you are banned or muted in that room (+b)"
_NONE: Effects = frozenset()


def is_listed(masks: Collection[str], client: Client) -> bool:
    """Return whether one of the casefolded entries matches the client."""
    return bool(_matching(masks, client))


class BanEffects:
    """Caches what the ban list does to each member."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[Client, tuple[str, str | None, Effects]] = {}  # with the source and account they apply to

    def __len__(self) -> int:
        return len(self._known)

    def of(self, lists: Mapping[str, Collection[str]], client: Client, *, is_member: bool) -> Effects:
        """Return what the ban list does to the client, minus its exceptions. `lists` are by letter."""
        source, account, effects = self._known.get(client, ("", None, _NONE))
        if source != client.source or account != client.account:
            effects = _matching(lists[BAN.letter], client)
            if effects:
                effects -= _matching(lists[BAN_EXCEPTION.letter], client)
            if is_member:
                self._known[client] = (client.source, client.account, effects)
        return effects

    def forget(self, client: Client) -> None:
        """Forget a client that is no longer a member."""
        self._known.pop(client, None)

    def clear(self) -> None:
        """Forget everything, because the lists have changed."""
        self._known.clear()


def words_for(effects: Effects) -> str:
    """Return why a client may not speak, in words; '' if it may."""
    if not effects:
        return ""
    return "You are banned from this room" if Effect.BAN in effects else "You are muted in this room"


def _matching(entries: Collection[str], client: Client) -> Effects:
    """Return the effects of the casefolded entries that match the client."""
    client.looks += len(entries) * LOOKS_PER_MASK
    subjects = {Subject.SOURCE: casefold(client.source)}
    if client.account is not None:
        subjects[Subject.ACCOUNT] = casefold(client.account)
    found = (entry for entry in map(read_entry, entries) if entry.subject in subjects)
    return frozenset(entry.effect for entry in found if folded_mask_matches(entry.mask, subjects[entry.subject]))
