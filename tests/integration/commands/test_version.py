"""VERSION: which program this is (https://modern.ircdocs.horse/#version-message)."""

from __future__ import annotations

from chatcore import __version__
from tests.support.irc import commands, one
from tests.support.trackers import Hosted


def test_version_is_followed_by_isupport(hosted: Hosted) -> None:
    seen = hosted.client("alice").command("VERSION")
    assert one(seen, "351").params[1:3] == (f"chatcore-{__version__}", "tracker.chat")
    assert "005" in commands(seen)
