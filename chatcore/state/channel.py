"""One channel: members, modes, topic, and the rules that follow from them.

Every attribute but the name is read and written under `lock`; methods ending in `_locked` say that the caller holds it.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

from chatcore.protocol import numerics as num
from chatcore.protocol.modes import LIST_MODES, PREFIXES
from chatcore.protocol.names import casefold, folded_mask_matches
from chatcore.state.client import Client

_RANKS = {letter: rank for rank, letter in enumerate(reversed(PREFIXES), start=1)}


class Topic(NamedTuple):
    """A topic, who set it, and when (Unix time, s)."""

    text: str
    setter: str
    set_at: int


class Listed(NamedTuple):
    """An entry of a list mode: who set it, and when (Unix time, s)."""

    mask: str
    setter: str
    set_at: int


MAX_INVITED = 1000


class Channel:
    """A channel exists while it has members; emptied, it is marked dead and never used again."""

    def __init__(self, name: str, created_at: int) -> None:
        self.name = name
        self.key_name = casefold(name)
        self.created_at = created_at
        self.lock = threading.Lock()
        self.is_dead = False
        self.members: dict[Client, str] = {}  # mode letters of each, in order of joining
        self.flags = {"n", "t"}
        self.key = ""
        self.limit = 0
        self.lists: dict[str, dict[str, Listed]] = {letter: {} for letter in LIST_MODES}  # by casefolded mask
        self.invited: dict[int, None] = {}  # ids of clients, the last invited last
        self._banned: dict[Client, tuple[str, bool]] = {}  # what is known of members and their sources
        self.topic: Topic | None = None

    def add_locked(self, client: Client) -> str:
        """Make the client a member; return its mode letters. The first member is the operator."""
        letters = "" if self.members else "o"
        self.members[client] = letters
        self.invited.pop(client.id, None)
        client.enter_locked(self.key_name)
        return letters

    def listed_locked(self) -> int:
        """Return how many entries the channel's lists have; a dead one's do not count."""
        return 0 if self.is_dead else sum(map(len, self.lists.values()))

    def invite_locked(self, client: Client) -> None:
        """Note that the client may come in once, whatever the modes say; of too many the first is forgotten."""
        self.invited.pop(client.id, None)
        self.invited[client.id] = None
        if len(self.invited) > MAX_INVITED:
            del self.invited[next(iter(self.invited))]

    def remove_locked(self, client: Client) -> None:
        """End a membership; the last one's end is the channel's."""
        del self.members[client]
        self._banned.pop(client, None)
        client.leave_locked(self.key_name)

    def rank_locked(self, client: Client) -> int:
        """Return the rank of the member's highest mode; 0 without one, or outside the channel."""
        return max((_RANKS[letter] for letter in self.members.get(client, "")), default=0)

    def is_operator_locked(self, client: Client) -> bool:
        """Tell whether the client may change the channel."""
        return "o" in self.members.get(client, "")

    def put_on_list_locked(self, letter: str, entry: Listed) -> None:
        """Add a mask to one of the channel's lists."""
        self.lists[letter][casefold(entry.mask)] = entry
        self._banned.clear()

    def take_off_list_locked(self, letter: str, mask: str) -> Listed:
        """Remove a mask that is on one of the channel's lists; return its entry."""
        self._banned.clear()
        return self.lists[letter].pop(casefold(mask))

    def masks_to_try_locked(self, client: Client) -> int:
        """Return how many masks the next look at whether the client is banned has to try."""
        source, _ = self._banned.get(client, ("", False))
        return 0 if source == client.source else len(self.lists["b"]) + len(self.lists["e"])

    def is_banned_locked(self, client: Client) -> bool:
        """Tell whether a ban, and no exception, matches the client's source. For a member that is remembered."""
        source, is_banned = self._banned.get(client, ("", False))
        if source != client.source:
            is_banned = self._is_listed_locked("b", client) and not self._is_listed_locked("e", client)
            if client in self.members:
                self._banned[client] = (client.source, is_banned)
        return is_banned

    def is_visible_to_locked(self, client: Client) -> bool:
        """Tell whether the client may know of the channel: a secret one (+s) only its members do."""
        return "s" not in self.flags or client in self.members or client.is_operator

    def _is_listed_locked(self, letter: str, client: Client) -> bool:
        source = casefold(client.source)
        return any(folded_mask_matches(mask, source) for mask in self.lists[letter])

    def join_refusal_locked(self, client: Client, key: str) -> tuple[str, ...] | None:
        """Return the reply that refuses the client's JOIN, or None when it may come in."""
        invited = client.id in self.invited
        if "i" in self.flags and not invited and not self._is_listed_locked("I", client):
            return num.ERR_INVITEONLYCHAN, self.name, "This room is by invitation only (+i)"
        if self.key and key != self.key:
            return num.ERR_BADCHANNELKEY, self.name, "This room needs its key (+k)"
        if self.limit and len(self.members) >= self.limit and not invited:
            return num.ERR_CHANNELISFULL, self.name, "This room is full (+l)"
        if self.is_banned_locked(client) and not invited:
            return num.ERR_BANNEDFROMCHAN, self.name, "You are banned from this room (+b)"
        return None

    def speech_refusal_locked(self, client: Client) -> tuple[str, ...] | None:
        """Return the reply that refuses the client's message, or None when it may speak."""
        letters = self.members.get(client)
        if letters is None:
            if "n" in self.flags:
                return num.ERR_CANNOTSENDTOCHAN, self.name, "You are not in this room (+n)"
            letters = ""
        if letters:
            return None
        if "m" in self.flags:
            return num.ERR_CANNOTSENDTOCHAN, self.name, "Only some may speak in this room (+m)"
        if self.lists["b"] and self.is_banned_locked(client):
            return num.ERR_CANNOTSENDTOCHAN, self.name, "You are banned from this room (+b)"
        return None

    def mode_words_locked(self, *, with_key: bool) -> tuple[str, ...]:
        """Return the channel's modes as in RPL_CHANNELMODEIS; the key itself only for members."""
        letters = "".join(sorted(self.flags))
        params = []
        if self.key:
            letters += "k"
            params.append(self.key if with_key else "*")
        if self.limit:
            letters += "l"
            params.append(str(self.limit))
        return ("+" + letters, *params)
