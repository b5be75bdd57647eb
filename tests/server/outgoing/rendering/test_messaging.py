"""Messages, as each reader receives them."""

from __future__ import annotations

from chatcore.protocol.capabilities import ECHO_MESSAGE, MESSAGE_TAGS
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.state import facts
from tests.server.rendered import Rendered


def test_a_message_is_split_if_the_recipients_new_nick_is_longer() -> None:
    """It fitted with the old nick."""
    rendered = Rendered()
    rendered.enter(1, "alice", capabilities=ECHO_MESSAGE | MESSAGE_TAGS)
    rendered.enter(2, "bob", capabilities=MESSAGE_TAGS)
    text = "x" * (MAX_BODY_BYTES - len(f":{rendered.reader(1).source} PRIVMSG bob :"))
    rendered.apply(facts.SaidPrivately(1, 2, "PRIVMSG", text))
    rendered.apply(facts.Renamed(2, "robert"))
    rendered.apply(facts.SaidPrivately(1, 2, "PRIVMSG", text))
    read = rendered.read_all()
    heard = [message for message in read[2] if message.command == "PRIVMSG"]
    assert [message.params for message in heard] == [("bob", text), ("robert", text[:-3]), ("robert", text[-3:])]
    assert len({message.tags["msgid"] for message in heard}) == 3
    assert read[1] == heard
