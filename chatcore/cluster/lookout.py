"""Check, before this tracker takes part, whether it disagrees with one that is already there.

A dead tracker stays among the members while no other is there to count its silence, but it keeps nobody out: a tracker
that joins takes its place (`members.Members.replaced_by`).
"""

from __future__ import annotations

from time import monotonic, sleep

from chatcore.cluster.agreement import disagreement
from chatcore.cluster.members import BEAT_S, FENCE_BEATS, Members
from chatcore.state.records import TrackerJoined

LOOK_S = BEAT_S * FENCE_BEATS
_POLL_S = 0.02


def objection(members: Members, ours: TrackerJoined, wait_s: float = LOOK_S) -> str:
    """Wait for a sign of life from a tracker that differs; return the difference in words.

    Return '' at once if none differs, or after `wait_s` if those that do stay silent. Any thread but delivery's: that
    must go on following the stream.
    """
    seen = members.differing(ours)
    deadline = monotonic() + wait_s
    while seen and monotonic() < deadline:
        sleep(_POLL_S)
        for incarnation, (sequence, joined) in members.differing(ours).items():
            if seen.get(incarnation, (0, joined))[0] != sequence:
                return disagreement(ours.version, ours.settings, joined.version, joined.settings)
    return ""
