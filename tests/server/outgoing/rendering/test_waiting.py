"""Messages to absent recipients, as each client receives them."""

from __future__ import annotations

from chatcore.config import Config
from chatcore.protocol.capabilities import BATCH, ECHO_MESSAGE, LABELED_RESPONSE, MESSAGE_TAGS, SERVER_TIME
from chatcore.protocol.ctcp import action
from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.protocol.message import Message
from chatcore.server.outgoing.rendering.waiting import TOLD_AGAIN_S
from chatcore.state import facts, requests
from chatcore.state.history import HistoryQuery
from chatcore.state.stream import Label
from tests.server.rendered import Rendered
from tests.support.readers import connected

_CAPS = SERVER_TIME | MESSAGE_TAGS
_ALL = _CAPS | ECHO_MESSAGE | LABELED_RESPONSE | BATCH


def _to_bob(text: str, source: int = 1) -> facts.SaidToAbsent:
    return facts.SaidToAbsent(source, "Bob", "id of bob", "PRIVMSG", text)


def _connect_bob(rendered: Rendered, client: int, nick: str, capabilities: int = _CAPS) -> list[Message]:
    """Connect a client of Bob's; return the messages that waited for him."""
    arrival = connected(client, nick, capabilities=capabilities)
    rendered.apply(arrival._replace(account="Bob", account_id="id of bob"), requests.WaitingRequested(client))
    return _said(rendered.read(client))


def _said(messages: list[Message]) -> list[Message]:
    return [message for message in messages if message.command == "PRIVMSG"]


def _scene(capabilities: int = _ALL) -> Rendered:
    rendered = Rendered()
    rendered.enter(1, "ann", capabilities=capabilities)
    return rendered


def _longest(rendered: Rendered, spare: int = 0) -> str:
    """Return the longest text that fits a line to Bob."""
    return "x" * (MAX_BODY_BYTES - len(f":{rendered.reader(1).source} PRIVMSG Bob :") - spare)


def test_a_message_is_split_if_the_nick_is_longer_than_the_account() -> None:
    rendered = _scene()
    text = _longest(rendered)
    rendered.apply(_to_bob(text))
    (echo,) = _said(rendered.read(1))
    first, second = _connect_bob(rendered, 2, "robert")
    assert (first.params, second.params) == (("robert", text[:-3]), ("robert", text[-3:]))
    assert (first.tags["msgid"], first.tags["time"]) == (echo.tags["msgid"], echo.tags["time"])
    assert second.tags == {"time": echo.tags["time"]}, "only the first part may carry the msgid"


def test_a_split_action_stays_an_action() -> None:
    rendered = _scene()
    text = action(_longest(rendered, len(action(""))))
    rendered.apply(_to_bob(text))
    first, second = _connect_bob(rendered, 2, "robert")
    assert action(first.params[1][8:-1] + second.params[1][8:-1]) == text


def test_a_time_prefix_that_does_not_fit_gets_its_own_line() -> None:
    rendered = _scene()
    text = _longest(rendered)
    rendered.apply(_to_bob(text))
    first, second = _connect_bob(rendered, 2, "Bob", capabilities=0)
    assert first.params[1] == "[1970-01-01T00:00:02.000Z]"
    assert second.params[1] == text


def test_each_client_of_the_recipient_gets_the_message_once() -> None:
    rendered = _scene()
    rendered.enter(2, "desk")
    rendered.enter(3, "phone")
    rendered.apply(_to_bob("hi"))
    rendered.read_all()
    login = facts.AccountChanged(2, "Bob", "id of bob"), facts.AccountChanged(3, "Bob", "id of bob")
    rendered.apply(*login, requests.WaitingRequested(2), requests.WaitingRequested(3))
    got = rendered.read_all()
    assert [[message.params[0] for message in _said(got[client])] for client in (2, 3)] == [["desk"], ["phone"]]


def test_a_lost_client_takes_no_waiting_messages() -> None:
    rendered = _scene()
    rendered.apply(_to_bob("hi"))
    arrival = connected(2, "bob")._replace(account="Bob", account_id="id of bob")
    rendered.apply(arrival)
    rendered.reader(2).is_lost = True
    rendered.apply(requests.WaitingRequested(2))
    rendered.apply(facts.Quit(2, "gone", True), requests.WaitingRequested(2), requests.Closed(2))
    rendered.apply(requests.WaitingRequested(2))
    assert [message.params[1] for message in _connect_bob(rendered, 3, "bob")] == ["hi"]


def test_in_a_cluster_a_lost_client_still_takes_its_messages() -> None:
    """Only one tracker knows that a client is lost, so all hand out its messages at the same place in the stream."""
    rendered = Rendered(Config(cluster="valkey://127.0.0.1:1/chat"))
    rendered.enter(1, "ann", capabilities=_ALL)
    rendered.apply(_to_bob("hi"))
    rendered.apply(connected(2, "bob")._replace(account="Bob", account_id="id of bob"))
    rendered.reader(2).is_lost = True
    rendered.apply(requests.WaitingRequested(2))
    assert rendered.context.waiting.state() == ()


def test_a_reader_without_an_account_has_nothing_waiting() -> None:
    rendered = _scene()
    rendered.apply(_to_bob("hi"), requests.WaitingRequested(1))
    assert [message.command for message in rendered.read(1)] == ["301", "PRIVMSG"]


def test_absence_is_reported_again_after_a_while_or_another_recipient() -> None:
    rendered = _scene(0)
    other = facts.SaidToAbsent(1, "Cat", "id of cat", "PRIVMSG", "hi")
    told = []
    for event in (_to_bob("1"), _to_bob("2"), other, _to_bob("3")):
        rendered.apply(event)
        told.append(len(rendered.read(1)))
    rendered.position += int(TOLD_AGAIN_S)
    rendered.apply(_to_bob("4"))
    told.append(len(rendered.read(1)))
    rendered.position -= int(TOLD_AGAIN_S)  # the clock was set back
    rendered.apply(_to_bob("5"))
    told.append(len(rendered.read(1)))
    assert told == [1, 0, 1, 1, 1, 1]


def test_a_recipient_under_another_nick_may_be_away() -> None:
    rendered = _scene()
    _connect_bob(rendered, 2, "phone")
    rendered.apply(facts.AwayChanged(2, "at tea"))
    rendered.apply(_to_bob("hi"))
    got = rendered.read_all()
    away, echo = got[1]
    assert (away.command, away.params[1:]) == ("301", ("Bob", "at tea"))
    assert echo.params == ("Bob", "hi")
    (heard,) = _said(got[2])
    assert heard == echo._replace(params=("phone", "hi"))


def test_a_message_to_oneself_under_another_nick_is_echoed_and_received() -> None:
    rendered = _scene()
    _connect_bob(rendered, 2, "phone", _ALL)
    rendered.apply(_to_bob("note", 2), label=Label(2, "L"))
    echo, heard = _said(rendered.read(2))
    assert (echo.params, echo.tags["label"]) == (("Bob", "note"), "L")
    assert heard.params == ("phone", "note")
    assert "label" not in heard.tags


def test_a_delivered_message_is_in_history_once() -> None:
    rendered = _scene()
    rendered.apply(_to_bob("hi"))
    _connect_bob(rendered, 2, "bob")
    ((name, dialog),) = rendered.view.conversations(rendered.reader(2))
    assert name == "ann"
    (kept,) = dialog.history.select(HistoryQuery("LATEST", 5))
    assert kept.body.endswith(b"PRIVMSG Bob :hi\r\n")


def test_a_waiting_message_is_counted_when_it_is_said() -> None:
    rendered = _scene()
    rendered.apply(_to_bob("one"), _to_bob("two"))
    assert rendered.context.messages == 2
    _connect_bob(rendered, 2, "robert")
    assert rendered.context.messages == 2
