"""One channel: members, modes and topic, and who may enter or speak because of them.

Every attribute is written under `lock`, and all but the name are read under it. A method ending in `_locked` expects
its caller to hold the lock.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

from chatcore.protocol import numerics as num
from chatcore.protocol.extbans import Effect
from chatcore.protocol.modes import CHANNEL_MODES, CLOSING, LIST_MODES, OPERATOR, SECRET, SLOW, Kind, Mode
from chatcore.protocol.names import casefold
from chatcore.state.ban_effects import RENAME_REFUSAL, BanEffects, is_listed
from chatcore.state.channel_rules import INSIDE, JOIN_RULES, OUTSIDE, SPEECH_RULES, VOICED, SpeechRule
from chatcore.state.client import Client
from chatcore.state.history import MAX_FORMER_NAMES, FormerName
from chatcore.state.metadata import NONE, Metadata, size_bytes
from chatcore.state.slow_mode import SlowMode


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
    """A channel exists while it has members. Once empty, it is marked dead and never used again.

    A dormant room becomes a channel that is asleep when a client tries to enter it, and dies again if the client may
    not.
    """

    def __init__(self, name: str, created_at: int, instance: int = 0) -> None:
        self.name = name
        self.key_name = casefold(name)
        self.instance = instance  # never shared with another channel, whatever its name
        self.created_at = created_at
        self.lock = threading.Lock()
        self.is_dead = False
        self.members: dict[Client, str] = {}  # with their mode letters, in order of joining
        self.flags = {mode.letter for mode in CHANNEL_MODES.values() if mode.is_default}
        self.values: dict[str, str] = {}  # parameters of modes that take one (key, limit, ...), by letter
        self.lists: dict[str, dict[str, Listed]] = {letter: {} for letter in LIST_MODES}  # by casefolded mask
        self.invited: dict[int, None] = {}  # client ids, most recent last
        self.is_asleep = False  # made from a dormant room (state.dormant), and nobody is in it yet
        self.absent: dict[str, str] = {}
        """Absent members that may return, with their mode letters: accounts (ids) that were in the channel before the
        tracker restarted, and visits (identities) that lost their connection."""
        self.ban_effects = BanEffects()
        self.slow_mode = SlowMode()
        self.renamed_at: float | None = None  # when it got its present name, monotonic s
        self.former_names: tuple[FormerName, ...] = ()  # oldest first
        self.topic: Topic | None = None
        self.metadata: Metadata = NONE
        self._speech_rules = self._rules_locked()

    def add_locked(self, client: Client) -> str:
        """Make the client a member; return its mode letters.

        The first member becomes operator, unless an absent operator may return. The client's own thread, which is
        charged for the names it is sent and for the members who are sent its metadata.
        """
        letters = ""
        if self.absent:
            letters = self.absent.pop(client.account_id, "")
            letters += "".join(letter for letter in self.absent.pop(client.seat, "") if letter not in letters)
        if not self.members and not any(OPERATOR.letter in held for held in (letters, *self.absent.values())):
            letters += OPERATOR.letter
        client.looks += len(self.members) * (1 + len(client.said_of_itself))
        self.members[client] = letters
        self.slow_mode.enter(client)
        self.invited.pop(client.id, None)
        client.enter_locked(self.key_name)
        return letters

    def listed_locked(self) -> int:
        """Return how many entries the channel's lists have; 0 if it is dead."""
        return 0 if self.is_dead else sum(map(len, self.lists.values()))

    def metadata_bytes_locked(self) -> int:
        """Return about how much memory the channel's metadata takes; 0 if it is dead."""
        return 0 if self.is_dead else size_bytes(self.metadata)

    def invite_locked(self, client: Client) -> None:
        """Let the client in once, whatever the modes say. Beyond the maximum the oldest invitation is forgotten."""
        self.invited.pop(client.id, None)
        self.invited[client.id] = None
        if len(self.invited) > MAX_INVITED:
            del self.invited[next(iter(self.invited))]

    def remove_locked(self, client: Client, *, may_return: bool = False) -> None:
        """End a membership; the channel ends with the last one. `may_return`: the client's visit may be resumed."""
        letters = self.members.pop(client)
        if may_return:
            self.absent[client.seat] = letters
        self.ban_effects.forget(client)
        self.slow_mode.leave(client)
        client.leave_locked(self.key_name)

    def take_over_locked(self, other: Channel) -> None:
        """Take over everything that the other channel has, but keep this one's name. The other is left empty and dies.

        A thread that already holds a reference to the other finds it dead and looks it up again, as it does after the
        last member has left.
        """
        own = self.name, self.key_name, self.lock
        vars(self).update(vars(other))
        self.name, self.key_name, self.lock = own
        other.members = {}
        for member in self.members:
            member.move_locked(other.key_name, self.key_name)

    def was_called_locked(self, name: str, id_: int, time_ms: int) -> bool:
        """Return whether the channel had this name (casefolded) when the line with this id was said, at this time.

        Other channels may have had the name before or since. When in doubt, the line is theirs: the channel knows its
        creation time only to the second, and after many renames not since when it had the oldest name it remembers.
        """
        if time_ms < (self.created_at + 1) * 1000:
            return False
        former = self.former_names
        at = next((at for at, each in enumerate(former) if id_ <= each.up_to), len(former))
        if at == 0 and len(former) == MAX_FORMER_NAMES:
            return False
        return name == (former[at].room if at < len(former) else self.key_name)

    def note_former_locked(self, name: str, up_to: int) -> None:
        """Remember a name that the channel had, and the id of the last line that may have been said under it."""
        self.former_names = (*self.former_names, FormerName(casefold(name), up_to))[-MAX_FORMER_NAMES:]

    def has_locked(self, mode: Mode) -> bool:
        """Return whether a mode is set, or a list has entries."""
        letter = mode.letter
        return letter in self.flags or letter in self.values or bool(self.lists.get(letter))

    def set_flag_locked(self, letter: str, *, on: bool) -> None:
        """Set or unset a flag."""
        (self.flags.add if on else self.flags.discard)(letter)
        self._note_change_locked()

    def set_value_locked(self, letter: str, value: str | None) -> None:
        """Set a mode that takes a value, or unset it with None."""
        if value is None:
            self.values.pop(letter, None)
        else:
            self.values[letter] = value
        self._note_change_locked()

    def set_all_locked(self, flags: set[str], values: dict[str, str], lists: dict[str, dict[str, Listed]]) -> None:
        """Replace all modes."""
        self.flags, self.values, self.lists = flags, values, lists
        self._note_change_locked()

    def is_operator_locked(self, client: Client) -> bool:
        """Return whether the client may change the channel."""
        return OPERATOR.letter in self.members.get(client, "")

    def put_on_list_locked(self, letter: str, entry: Listed) -> None:
        """Add a mask to one of the channel's lists."""
        self.lists[letter][casefold(entry.mask)] = entry
        self._note_change_locked()

    def take_off_list_locked(self, letter: str, mask: str) -> Listed:
        """Remove a mask that is on one of the channel's lists; return its entry."""
        entry = self.lists[letter].pop(casefold(mask))
        self._note_change_locked()
        return entry

    def effects_locked(self, client: Client) -> frozenset[Effect]:
        """Return what the ban list does to the client, minus its exceptions. Cached for members."""
        return self.ban_effects.of(self.lists, client, is_member=client in self.members)

    def is_closed_locked(self) -> bool:
        """Return whether only members may read the channel (+i, +k, +s)."""
        return any(map(self.has_locked, CLOSING))

    def is_visible_to_locked(self, client: Client) -> bool:
        """Return whether the client may see that the channel exists; a secret one (+s) is visible to members only."""
        return SECRET.letter not in self.flags or client in self.members or client.is_operator

    def is_readable_by_locked(self, client: Client) -> bool:
        """Return whether the client may read the channel's metadata; only members may if it is closed (+i, +k, +s)."""
        return not self.is_closed_locked() or client in self.members or client.is_operator

    def is_listed_locked(self, mode: Mode, client: Client) -> bool:
        """Return whether a mask on a list matches the client. The client's own thread, which is charged for it."""
        return is_listed(self.lists[mode.letter], client)

    def join_refusal_locked(self, client: Client, key: str) -> tuple[str, ...] | None:
        """Return the reply that refuses the client's JOIN; None if it may enter.

        An operator who is the first to return always gets in: nobody else could lift the modes that keep everybody out.
        """
        letters = self.absent.get(client.account_id)
        seated = self.absent.get(client.seat) if self.absent else None
        if self.is_asleep and OPERATOR.letter in (letters or "") + (seated or ""):
            return None
        is_invited = client.id in self.invited
        for rule in JOIN_RULES:
            may_break = (
                (is_invited and rule.spares_invited)
                or (letters is not None and rule.spares_returning)
                or (seated is not None and rule.spares_resumed)
            )
            if self.has_locked(rule.mode) and not may_break and rule.refuses(self, client, key):
                return rule.numeric, self.name, f"{rule.words} (+{rule.mode.letter})"
        return None

    def speech_refusal_locked(self, client: Client, text: str) -> tuple[str, ...] | None:
        """Return the reply that refuses what the client wants to say; None if it may say it. The hot path."""
        letters = self.members.get(client)
        for rule in self._speech_rules[OUTSIDE if letters is None else VOICED if letters else INSIDE]:
            words = rule.objection(self, client, text)
            if words:
                return num.ERR_CANNOTSENDTOCHAN, self.name, f"{words} (+{rule.mode.letter})"
        return None

    def note_speech_locked(self, client: Client) -> None:
        """Note that the client speaks in a slow channel at its `active_at`."""
        self.slow_mode.note(client, is_member=client in self.members, now=client.active_at)

    def wait_locked(self, client: Client) -> float:
        """Return how many seconds the client still has to wait in a slow channel; 0 or less if it may speak now."""
        return (
            0.0
            if client.is_operator
            else self.slow_mode.wait_s(client, is_member=client in self.members, now=client.active_at)
        )

    def rename_refusal_locked(self, client: Client, nick: str) -> tuple[str, ...] | None:
        """Return the reply that refuses a banned member's new nick, which would evade the ban; None if it is fine."""
        if self.members[client] or not self.effects_locked(client):
            return None
        return num.ERR_BANONCHAN, nick, self.name, RENAME_REFUSAL

    def mode_words_locked(self, *, with_key: bool) -> tuple[str, ...]:
        """Return the channel's modes as in RPL_CHANNELMODEIS; without `with_key`, the key is hidden."""
        valued = [mode for letter, mode in CHANNEL_MODES.items() if letter in self.values]
        letters = "".join([*sorted(self.flags), *(mode.letter for mode in valued)])
        hidden = () if with_key else (Kind.KEY,)
        return (f"+{letters}", *("*" if mode.kind in hidden else self.values[mode.letter] for mode in valued))

    def _note_change_locked(self) -> None:
        """Recompute what is derived from modes and lists."""
        self.ban_effects.clear()
        self.slow_mode.set_interval(int(self.values.get(SLOW.letter, "0")))
        self._speech_rules = self._rules_locked()

    def _rules_locked(self) -> tuple[tuple[SpeechRule, ...], ...]:
        """Return the rules of the modes that are set, by standing, so that a message need not look at every mode."""
        rules = [rule for rule in SPEECH_RULES if self.has_locked(rule.mode)]
        return tuple(tuple(rule for rule in rules if rule.binds >= standing) for standing in (OUTSIDE, INSIDE, VOICED))
