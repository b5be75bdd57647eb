"""The progress of an export."""

from __future__ import annotations

from chatcore.protocol.message import Message
from chatcore.terminal.session.export import Export


def test_the_next_page_begins_after_the_last_id_or_time() -> None:
    """Of the lines of one message only the first has an id."""
    export = Export(1, 100)
    for tags, latest in (
        ({"time": "8:00"}, "timestamp=8:00"),
        ({"time": "8:01"}, "timestamp=8:01"),
        ({"time": "8:02", "msgid": "2"}, "msgid=2"),
        ({"time": "8:02"}, "msgid=2"),
        ({"time": "8:03", "msgid": "3"}, "msgid=3"),
    ):
        export.pass_by(Message("PRIVMSG", ("#room", "x"), None, tags))
        assert export.latest == latest
