"""Commands about the tracker itself: its certificate, its files, its end."""

from __future__ import annotations

import re
from collections import Counter
from time import gmtime, strftime
from typing import TYPE_CHECKING

from chatcore.protocol.goodbye import BACK_SOON, TRACKER_LEFT
from chatcore.protocol.timestamp import format_time
from chatcore.server.console.people import columns
from chatcore.server.console.result import NotDone, Result

if TYPE_CHECKING:
    from chatcore.server.tracker import Tracker

RESTART = "--restart"


def offer_restart(tracker: Tracker, words: list[str]) -> list[str]:
    """Return how else the tracker can be closed."""
    return [] if words else [RESTART]


def handle_reload(tracker: Tracker, argument: str) -> Result:
    """Load the TLS certificate again, and follow the log if it was rotated."""
    remarks = tracker.reload()
    fingerprint = tracker.tls_identity.fingerprint
    return Result(
        [f"New connections get the certificate with SHA-256 {fingerprint}", *remarks],
        {"certificate_sha256": fingerprint, "remarks": remarks},
    )


def handle_fingerprint(tracker: Tracker, argument: str) -> Result:
    """Show what clients can pin."""
    identity = tracker.tls_identity
    key_fingerprint = ":".join(re.findall("..", identity.key_fingerprint))
    remarks = list(tracker.certificate.remarks())
    return Result(
        [
            f"Certificate, SHA-256: {identity.fingerprint}",
            f"Public key, SHA-256:  {key_fingerprint}",
            f"Valid until {strftime('%Y-%m-%d %H:%M', gmtime(identity.expires_at))} UTC.",
            *remarks,
        ],
        {
            "certificate_sha256": identity.fingerprint,
            "public_key_sha256": key_fingerprint,
            "valid_until": format_time(identity.expires_at),
            "remarks": remarks,
        },
    )


def handle_trackers(tracker: Tracker, argument: str) -> Result:
    """Show which trackers are this chat, and how many people are in by each."""
    names = tracker.footing.trackers()
    counts = Counter(tracker.footing.tracker_of(client.id) for client in tracker.registry.clients())
    rows = [(name, str(counts[name]), "this one" if name == names[0] else "") for name in names]
    return Result(
        columns([("TRACKER", "PEOPLE", ""), *rows]) if names else ["This tracker is alone."],
        {"trackers": [{"name": name, "people": counts[name], "is_this": name == names[0]} for name in names]},
    )


def handle_exit(tracker: Tracker, argument: str) -> Result:
    """Close the chat, or only for a moment."""
    if argument not in ("", RESTART):
        raise NotDone(f"Usage: exit [{RESTART}]")
    farewell = BACK_SOON if argument else TRACKER_LEFT
    return Result(data={"farewell": farewell}, farewell=farewell)
