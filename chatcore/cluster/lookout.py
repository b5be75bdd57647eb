"""Looks, before this tracker takes part, whether a tracker is there with which it does not agree.

One that has died is among the members too, as long as nobody is there to count its silence: it keeps nobody out. Who
joins in spite of it takes its place (`members.Members.replaced_by`).
"""

from __future__ import annotations

from time import monotonic, sleep

from chatcore.cluster.agreement import disagreement
from chatcore.cluster.members import BEAT_S, FENCE_BEATS, Members
from chatcore.state.records import TrackerJoined

LOOK_S = BEAT_S * FENCE_BEATS
_POLL_S = 0.02


def objection(members: Members, ours: TrackerJoined, wait_s: float = LOOK_S) -> str:
    """Wait until one that differs says anything, while others follow the stream; return in what, in words.

    '' if nobody differs, which is known at once, or none of them has said anything for so long. Any thread but
    delivery's.
    """
    seen = members.differing(ours)
    deadline = monotonic() + wait_s
    while seen and monotonic() < deadline:
        sleep(_POLL_S)
        for incarnation, (sequence, joined) in members.differing(ours).items():
            if seen.get(incarnation, (0, joined))[0] != sequence:
                return disagreement(ours.version, ours.settings, joined.version, joined.settings)
    return ""
