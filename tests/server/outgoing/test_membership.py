"""Reader: a client as delivery sees it."""

from __future__ import annotations

from chatcore.protocol.capabilities import ECHO_MESSAGE, MESSAGE_TAGS, SERVER_TIME
from tests.support.readers import reader


def test_a_reader_starts_from_its_connection_event_and_follows_changes() -> None:
    ann = reader(7, "ann", capabilities=SERVER_TIME | ECHO_MESSAGE)
    assert (ann.id, ann.nick, ann.source) == (7, "ann", "ann!user@192.0.2.7")
    assert (ann.tag_bits, ann.has_echo) == (SERVER_TIME, True)
    ann.rename("eve")
    assert (ann.nick, ann.source) == ("eve", "eve!user@192.0.2.7")
    ann.negotiate(MESSAGE_TAGS)
    assert (ann.capabilities, ann.tag_bits, ann.has_echo) == (MESSAGE_TAGS, MESSAGE_TAGS, False)
