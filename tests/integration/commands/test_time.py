"""TIME: the tracker's clock (https://modern.ircdocs.horse/#time-message)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support.irc import one
from tests.support.trackers import Hosted


def test_time_is_the_present_in_utc(hosted: Hosted) -> None:
    name, text = one(hosted.client("alice").command("TIME"), "391").params[1:]
    assert name == "tracker.chat"
    told = datetime.strptime(text, "%A %B %d %Y -- %H:%M:%S UTC").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)
