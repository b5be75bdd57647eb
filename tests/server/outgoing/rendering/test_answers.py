"""Labeled responses (https://ircv3.net/specs/extensions/labeled-response)."""

from __future__ import annotations

import pytest

from chatcore.protocol.capabilities import BATCH, CHATHISTORY, ECHO_MESSAGE, LABELED_RESPONSE, MESSAGE_TAGS
from chatcore.protocol.message import Message
from chatcore.state import facts, requests
from chatcore.state.history import HistoryQuery
from chatcore.state.stream import Label
from tests.server.rendered import Rendered
from tests.support.irc import commands

_CAPABILITIES = LABELED_RESPONSE | BATCH | MESSAGE_TAGS | CHATHISTORY
_LABEL = Label(1, "L1")


@pytest.fixture
def rendered() -> Rendered:
    """Ann (1), who labels, and bob (2) are in #room."""
    rendered = Rendered()
    rendered.enter(1, "ann", "#room", capabilities=_CAPABILITIES)
    rendered.enter(2, "bob", "#room")
    return rendered


def _assert_one_batch(messages: list[Message], kind: str) -> list[Message]:
    """Check that the messages form one labeled batch of this kind; return its contents."""
    opening, *parts, closing = messages
    assert opening.command == closing.command == "BATCH"
    name = opening.params[0].removeprefix("+")
    assert (opening.params[1], opening.tags.get("label")) == (kind, "L1")
    assert closing.params == (f"-{name}",)
    assert all(part.tags["batch"] == name for part in parts)
    assert all("label" not in part.tags for part in (*parts, closing))
    return parts


def test_a_command_without_an_answer_is_acknowledged(rendered: Rendered) -> None:
    rendered.apply(facts.Said(1, "#room", "PRIVMSG", "hi"), label=_LABEL)
    told = rendered.read_all()
    (ack,) = told[1]
    assert (ack.command, ack.params, dict(ack.tags)) == ("ACK", (), {"label": "L1"})
    assert commands(told[2]) == ["PRIVMSG"]
    assert "label" not in told[2][0].tags


def test_a_single_line_carries_the_label(rendered: Rendered) -> None:
    rendered.apply(requests.Replied(1, (("PONG", "server", "x"),)), label=_LABEL)
    (pong,) = rendered.read(1)
    assert (pong.command, dict(pong.tags)) == ("PONG", {"label": "L1"})


def test_several_lines_form_a_labeled_batch(rendered: Rendered) -> None:
    rendered.apply(requests.Replied(1, (("375", "a"), ("372", "b"), ("376", "c"))), label=_LABEL)
    assert commands(_assert_one_batch(rendered.read(1), "labeled-response")) == ["375", "372", "376"]


def test_other_lines_follow_the_labeled_answer(rendered: Rendered) -> None:
    """For example, lines that a client gets because of its new capabilities."""
    acknowledged, more = requests.Replied(1, (("CAP", "ann", "ACK", "-batch"),)), (("NOTE", "x"), ("NOTE", "y"))
    told = requests.Replied(1, more, is_answer=False)
    rendered.apply(acknowledged, requests.CapabilitiesChanged(1, LABELED_RESPONSE), told, label=_LABEL)
    assert [(message.command, dict(message.tags)) for message in rendered.read(1)] == [
        ("CAP", {"label": "L1"}),
        ("NOTE", {}),
        ("NOTE", {}),
    ]
    rendered.apply(told)
    assert commands(rendered.read(1)) == ["NOTE", "NOTE"]


def test_a_batch_is_not_wrapped_in_another(rendered: Rendered) -> None:
    for text in ("one", "two"):
        rendered.apply(facts.Said(2, "#room", "PRIVMSG", text))
    rendered.read_all()
    rendered.apply(requests.HistoryRequested(1, "#room", HistoryQuery("LATEST", 5)), label=_LABEL)
    parts = _assert_one_batch(rendered.read(1), "chathistory")
    assert [part.params[1] for part in parts] == ["one", "two"]


def test_the_echo_is_the_answer_and_others_see_no_label(rendered: Rendered) -> None:
    rendered.apply(requests.CapabilitiesChanged(1, _CAPABILITIES | ECHO_MESSAGE))
    rendered.apply(facts.Said(1, "#room", "PRIVMSG", "hi"), label=_LABEL)
    told = rendered.read_all()
    (echo,) = told[1]
    assert (echo.command, echo.tags["label"]) == ("PRIVMSG", "L1")
    assert "label" not in told[2][0].tags


def test_a_message_to_oneself_is_both_echoed_and_received(rendered: Rendered) -> None:
    rendered.apply(requests.CapabilitiesChanged(1, _CAPABILITIES | ECHO_MESSAGE))
    rendered.apply(facts.SaidPrivately(1, 1, "PRIVMSG", "note"), label=_LABEL)
    echo, message = rendered.read(1)
    assert (echo.tags.get("label"), message.tags.get("label")) == ("L1", None)
    assert echo.params == message.params == ("ann", "note")


def test_an_answer_keeps_its_place_among_messages(rendered: Rendered) -> None:
    rendered.apply(facts.Said(2, "#room", "PRIVMSG", "before"))
    rendered.apply(requests.Replied(1, (("PONG", "server", "x"),)), label=_LABEL)
    rendered.apply(facts.Said(2, "#room", "PRIVMSG", "after"))
    assert commands(rendered.read(1)) == ["PRIVMSG", "PONG", "PRIVMSG"]


@pytest.mark.parametrize("lost", [LABELED_RESPONSE, BATCH])
def test_labels_need_both_capabilities(rendered: Rendered, lost: int) -> None:
    rendered.apply(requests.CapabilitiesChanged(1, _CAPABILITIES & ~lost))
    rendered.apply(requests.Replied(1, (("PONG", "server", "x"),)), label=_LABEL)
    (pong,) = rendered.read(1)
    assert "label" not in pong.tags


def test_an_answer_to_a_departed_client_is_dropped(rendered: Rendered) -> None:
    rendered.apply(facts.Quit(1, "bye", False), requests.Closed(1))
    rendered.read_all()
    rendered.apply(requests.Replied(1, (("PONG", "server", "x"),)), label=_LABEL)
    assert rendered.read_all() == {}
