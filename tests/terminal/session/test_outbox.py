"""Messages sent by the user and not answered yet."""

import pytest

from chatcore.protocol.message import Message
from chatcore.terminal.commands.typed import type_line
from chatcore.terminal.session import outbox
from chatcore.terminal.session.outbox import Outbox, Sent
from chatcore.terminal.session.session import Session
from chatcore.terminal.session.status import status_of
from tests.terminal.visits import arrive, in_lobby, in_two_rooms, settle, shown, type_in


def _say(session: Session, text: str) -> str:
    """Say something; return its label."""
    (message,) = [effect for effect in type_line(session, text) if isinstance(effect, Message)]
    return message.tags["label"]


def test_an_own_line_is_unsaid_until_its_echo() -> None:
    session = in_lobby()
    first, second = _say(session, "one"), _say(session, "one")
    assert [said.text for said in status_of(session).unsaid] == ["one", "one"]
    arrive(session, f"@label={second} :ann!a@h PRIVMSG #lobby :one")
    assert [sent.text for sent in session.outbox] == ["one"]
    arrive(session, f"@label={first} :ann!a@h PRIVMSG #lobby :one")
    assert status_of(session).unsaid == ()


def test_an_own_line_is_unsaid_only_in_its_view() -> None:
    session = in_two_rooms()
    _say(session, "to dev")
    assert status_of(session).unsaid[0].is_here
    type_in(session, "/join lobby")
    _say(session, "/msg bob psst")
    (unsaid,) = status_of(session).unsaid
    assert (unsaid.to, unsaid.is_here) == ("bob", False)


def test_a_refused_line_is_reported() -> None:
    session = in_lobby()
    label = _say(session, "shouted")
    effects = arrive(session, f"@label={label} :t 404 ann #lobby :Cannot send to channel")
    assert shown(effects) == ["error: #lobby: Cannot send to channel; not sent: shouted"]
    assert not session.outbox


def test_a_held_line_is_unsaid_until_it_has_arrived() -> None:
    """A PONG does not confirm a held message: if the connection is lost, it may or may not have been delivered."""
    session = in_lobby()
    label = _say(session, "held")
    assert shown(arrive(session, ":t NOTE * HELD :It is held")) == ["* It is held"]
    settle(session, [session.ping()])
    assert [sent.text for sent in session.outbox] == ["held"]
    assert session.is_settled, "a held line does not block typing"
    arrive(session, f"@label={label} :ann!a@h PRIVMSG #lobby :held", ":t NOTE * ARRIVED :It has arrived")
    _say(session, "on")
    settle(session, [session.ping()])
    assert not session.outbox


def test_a_batch_answers_a_line() -> None:
    session = in_lobby()
    label = _say(session, "long")
    arrive(session, f"@label={label} :t BATCH +r labeled-response", "@batch=r :ann!a@h PRIVMSG #lobby :lo")
    assert not session.outbox
    arrive(session, "@batch=r :ann!a@h PRIVMSG #lobby :ng", ":t BATCH -r")
    refused = _say(session, "no")
    arrive(session, f"@label={refused} :t BATCH +r labeled-response")
    effects = arrive(session, "@batch=r :t 404 ann #lobby :No", ":t BATCH -r")
    assert shown(effects) == ["error: #lobby: No; not sent: no"]


def test_an_empty_batch_answers_a_line() -> None:
    session = in_lobby()
    label = _say(session, "swallowed")
    arrive(session, f"@label={label} :t BATCH +r labeled-response", ":t BATCH -r")
    assert not session.outbox


def test_echoes_are_matched_without_labels() -> None:
    session = in_lobby(capabilities=("echo-message",))
    for text in ("one", "two", "three"):
        assert not [effect for effect in type_line(session, text) if isinstance(effect, Message) and effect.tags]
    arrive(session, ":ann!a@h PRIVMSG #lobby :two")
    assert [sent.text for sent in session.outbox] == ["three"], "an echo also settles the lines before it"
    arrive(session, ":ann!a@h PRIVMSG #lobby :from elsewhere")
    assert len(session.outbox) == 1


def test_a_settled_session_has_nothing_unsaid() -> None:
    session = in_lobby()
    _say(session, "lost in its answer")
    type_in(session, "/rooms")
    assert not session.outbox


def test_the_outbox_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST", 3)
    box = Outbox()
    labels = [box.add(Sent("#lobby", str(number))) for number in range(5)]
    assert [sent.text for sent in box] == ["2", "3", "4"]
    for number, label in enumerate(labels):
        box.begin(str(number), label)
    assert [box.label_of(str(number)) for number in range(5)] == [*labels[:3], "", ""]
    assert box.take_refused("", "#Lobby") == Sent("#lobby", "2")
    assert box.take_refused("", "nobody") is None


def test_a_pong_confirms_only_lines_before_its_ping() -> None:
    session = in_lobby()
    _say(session, "before")
    effects = type_line(session, "/rooms")
    _say(session, "after")
    settle(session, effects)
    assert [sent.text for sent in session.outbox] == ["after"]
