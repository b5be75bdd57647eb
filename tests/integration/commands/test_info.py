"""INFO and LINKS: what the program and its network are (https://modern.ircdocs.horse/#info-message)."""

from __future__ import annotations

from chatcore import __version__
from tests.support.irc import commands, one, only
from tests.support.trackers import Hosted


def test_info_names_the_version(hosted: Hosted) -> None:
    """> the server will respond with zero or more RPL_INFO replies, followed by one RPL_ENDOFINFO numeric."""
    seen = hosted.client("alice").command("INFO")
    assert commands(seen)[-1] == "374"
    assert any(__version__ in message.params[-1] for message in only(seen, "371"))


def test_links_are_not_shown(hosted: Hosted) -> None:
    """> RPL_ENDOFLINKS: "<client> * :End of /LINKS list"."""
    assert one(hosted.client("alice").command("LINKS"), "365").params[1] == "*"
