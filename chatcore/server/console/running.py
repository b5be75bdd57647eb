"""Commands about the tracker itself: its certificate, its log, its end."""

from __future__ import annotations

import re
from time import gmtime, localtime, strftime, time
from typing import TYPE_CHECKING, Any

from chatcore.protocol.goodbye import BACK_SOON, TRACKER_LEFT
from chatcore.protocol.timestamp import format_time
from chatcore.server.console.people import columns
from chatcore.server.console.result import NotDone, Result
from chatcore.server.standing import EngineSeen, TrackerSeen

if TYPE_CHECKING:
    from chatcore.server.tracker import Tracker

RESTART = "--restart"
_HEAD = ("TRACKER", "SINCE", "PEOPLE", "HEARD", "")


def offer_restart(tracker: Tracker, words: list[str]) -> list[str]:
    """Return the option of `exit`."""
    return [] if words else [RESTART]


def handle_reload(tracker: Tracker, argument: str) -> Result:
    """Reload the TLS certificate, and reopen the log if it was rotated."""
    remarks = tracker.reload()
    fingerprint = tracker.tls_identity.fingerprint
    return Result(
        [f"New connections get the certificate with SHA-256 {fingerprint}", *remarks],
        {"certificate_sha256": fingerprint, "remarks": remarks},
    )


def handle_fingerprint(tracker: Tracker, argument: str) -> Result:
    """Show the fingerprints that clients can pin."""
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
    """Show the chat's trackers, how many people are on each, and the state of the engine."""
    standing = tracker.footing.standing()
    if standing is None:
        return Result(["This tracker is alone."], {"trackers": [], "engine": None})
    rows = [_HEAD, *map(_row, standing.trackers)]
    return Result(
        [*columns(rows), *_engine_lines(standing.engine)],
        {
            "trackers": [
                {
                    "name": seen.name,
                    "people": seen.people,
                    "is_this": seen.is_this,
                    "since": format_time(seen.since),
                    "heard_s": round(seen.heard_s, 1),
                }
                for seen in standing.trackers
            ],
            "engine": _engine_data(standing.engine),
        },
    )


def handle_exit(tracker: Tracker, argument: str) -> Result:
    """Close the tracker, for good or for a restart. With several trackers, this closes only this one."""
    if argument not in ("", RESTART):
        raise NotDone(f"Usage: exit [{RESTART}]")
    farewell = BACK_SOON if argument else TRACKER_LEFT
    return Result(what_goes_on(tracker), {"farewell": farewell}, farewell=farewell)


def what_goes_on(tracker: Tracker) -> list[str]:
    """Return a line that says that the chat goes on at other trackers, if it does."""
    others = ", ".join(tracker.footing.others())
    return [f"This tracker leaves; the chat goes on at {others}, until they are closed too."] if others else []


def _row(seen: TrackerSeen) -> tuple[str, ...]:
    since = strftime("%Y-%m-%d %H:%M", localtime(seen.since))
    return seen.name, since, str(seen.people), f"{seen.heard_s:.0f} s ago", "this one" if seen.is_this else ""


def _engine_lines(engine: EngineSeen) -> list[str]:
    if engine.away_s is not None:
        since = strftime("%H:%M:%S", localtime(time() - engine.away_s))
        away = f"cannot be reached since {since} ({engine.away_s:.0f} s); {engine.waiting} records wait for it"
        return [f"The engine at {engine.address} {away}."]
    lines = [f"The engine at {engine.address} can be reached."]
    if engine.behind_s:
        lines.append(f"This tracker is {engine.behind_s:.0f} s behind: it has yet to carry out what came since.")
    return lines


def _engine_data(engine: EngineSeen) -> dict[str, Any]:
    away_since = None if engine.away_s is None else format_time(time() - engine.away_s)
    return {
        "address": engine.address,
        "is_reachable": away_since is None,
        "away_since": away_since,
        "behind_s": None if engine.behind_s is None else round(engine.behind_s, 1),
        "waiting": engine.waiting,
    }
