"""Which trackers take part in the chat and which have gone, derived from the records alone. Pure.

A tracker that is silent while another beats four times is gone for all, at the same place in the stream; nothing of its
that comes later in the stream counts: that is the fence. Beats are counted, not seconds, so that an outage of
the engine removes nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from chatcore.protocol.tracker_list import TrackerAddress
from chatcore.state.records import TrackerJoined

FENCE_BEATS = 4
BEAT_S = 1.5
_MAX_GONE = 1000


class Member:
    """One tracker's stay."""

    __slots__ = ("heard", "is_idle", "joined", "sequence", "since", "unheard")

    def __init__(self, joined: TrackerJoined, sequence: int, unheard: dict[int, int]) -> None:
        self.joined = joined
        self.sequence = sequence  # of its last batch
        self.unheard = unheard  # beats of others since then, by incarnation
        self.is_idle = False  # as reported since the last client came in
        self.since = self.heard = 0.0  # when it joined, when it beat last (Unix, s)


class MemberState(NamedTuple):
    """A member, as a snapshot has it."""

    incarnation: int
    joined: TrackerJoined
    sequence: int
    unheard: tuple[tuple[int, int], ...]
    is_idle: bool = False
    since: float = 0.0
    heard: float = 0.0


class Seen(NamedTuple):
    """What is known of a tracker: since when it takes part, and when it beat last (Unix, s)."""

    joined: TrackerJoined
    since: float
    heard: float


class Members:
    """The members by incarnation. Delivery's thread; any thread may call `all` and `seen`."""

    def __init__(self) -> None:
        self._members: dict[int, Member] = {}
        self._gone: dict[int, None] = {}

    def state(self) -> list[MemberState]:
        """Return the members for a snapshot."""
        return [
            MemberState(each, m.joined, m.sequence, tuple(sorted(m.unheard.items())), m.is_idle, m.since, m.heard)
            for each, m in sorted(self._members.items())
        ]

    def gone(self) -> tuple[int, ...]:
        """Return the incarnations whose records no longer count, for a snapshot."""
        return tuple(self._gone)

    def restore(self, states: Iterable[MemberState], gone: Iterable[int]) -> None:
        """Restore the state from a snapshot."""
        self._gone = dict.fromkeys(gone)
        for state in states:
            member = Member(state.joined, state.sequence, dict(state.unheard))
            member.is_idle, member.since, member.heard = state.is_idle, state.since, state.heard
            self._members[state.incarnation] = member

    def all(self) -> dict[int, TrackerJoined]:
        """Return who takes part, by incarnation."""
        return {incarnation: member.joined for incarnation, member in sorted(self._members.copy().items())}

    def seen(self) -> dict[int, Seen]:
        """Return what is known of those who take part, by incarnation."""
        return {each: Seen(m.joined, m.since, m.heard) for each, m in sorted(self._members.copy().items())}

    def note_heard(self, incarnation: int, time: float) -> None:
        """Note that a tracker has joined, or beaten, at this time (Unix, s)."""
        member = self._members[incarnation]
        member.since, member.heard = member.since or time, time

    def __contains__(self, incarnation: int) -> bool:
        return incarnation in self._members

    def take(self, incarnation: int, sequence: int) -> bool:
        """Note a tracker's batch; return whether it counts: neither sent twice nor from a tracker that is gone."""
        member = self._members.get(incarnation)
        if member is None or sequence <= member.sequence:
            return False
        member.sequence = sequence
        member.unheard.clear()
        return True

    def join(self, incarnation: int, sequence: int, joined: TrackerJoined) -> bool:
        """Let a tracker take part, by the first record of its first batch; return False if it did before."""
        if incarnation in self._members or incarnation in self._gone or sequence != 1:
            return False
        self._members[incarnation] = Member(joined, sequence, {})
        return True

    def move(self, incarnation: int, address: TrackerAddress) -> None:
        """Note new addresses at which clients reach a tracker."""
        member = self._members[incarnation]
        member.joined = member.joined._replace(address=address)

    def others(self, incarnation: int) -> tuple[TrackerAddress, ...]:
        """Return how clients reach all but one. Any thread."""
        return tuple(joined.address for each, joined in self.all().items() if each != incarnation)

    def replaced_by(self, incarnation: int) -> list[int]:
        """Return who is over because this tracker takes part: what its state folder was before, which has certainly
        ended, and those with other settings, or of another version, which cannot come to the same as this one.

        A tracker does not join while one that differs is there (`agreement`); what is left of such died with others.
        """
        ours = self._members[incarnation].joined
        return [
            each
            for each, member in sorted(self._members.items())
            if each != incarnation and (member.joined.folder == ours.folder or _differ(member.joined, ours))
        ]

    def differing(self, ours: TrackerJoined) -> dict[int, tuple[int, TrackerJoined]]:
        """Return who has other settings than this tracker would have, or another version: by incarnation, the number
        of its last batch and how it has joined. Not what this tracker's state folder was before. Any thread.
        """
        return {
            each: (member.sequence, member.joined)
            for each, member in sorted(self._members.copy().items())
            if member.joined.folder != ours.folder and _differ(member.joined, ours)
        }

    def beat(self, incarnation: int) -> list[int]:
        """Count a tracker's beat; return the trackers that have been silent for too long."""
        late = []
        for other, member in self._members.items():
            if other != incarnation:
                member.unheard[incarnation] = member.unheard.get(incarnation, 0) + 1
                if member.unheard[incarnation] >= FENCE_BEATS:
                    late.append(other)
        return sorted(late)

    def note_idle(self, incarnation: int, *, is_idle: bool) -> bool:
        """Note whether a tracker has nobody to wait for; return whether no tracker has."""
        self._members[incarnation].is_idle = is_idle
        return all(member.is_idle for member in self._members.values())

    def note_arrival(self) -> None:
        """Note that a client has come in: each tracker must report again that it has nobody."""
        for member in self._members.values():
            member.is_idle = False

    def remove(self, incarnation: int) -> None:
        """Note that a tracker is gone: nothing that it appends counts any more."""
        self._members.pop(incarnation, None)
        self._gone[incarnation] = None
        if len(self._gone) > _MAX_GONE:
            del self._gone[next(iter(self._gone))]
        for member in self._members.values():
            member.unheard.pop(incarnation, None)


def _differ(one: TrackerJoined, other: TrackerJoined) -> bool:
    return (one.version, one.settings) != (other.version, other.settings)
