"""Connections by ssh: login before the terminal client begins, and refusals in the protocol of ssh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from chatcore.config import Config, Limits
from chatcore.errors import Leave
from chatcore.server.incoming import ssh_login
from chatcore.server.incoming.door import enter
from chatcore.server.incoming.entered import Entered
from chatcore.server.incoming.ssh_door import NO_SSH
from chatcore.transport.connection import Connection
from chatcore.transport.ssh import Asked, Question, SshHost
from tests.server.visiting import ELSEWHERE, DoorConnection, DoorVisit, gate_of

HELLO = b"SSH-2.0-OpenSSH_9.2\r\n"


def _words(entered: Entered) -> str:
    """Return the reason that an ssh client is shown when it is refused."""
    departure = entered.departure
    assert departure is not None
    entered.connection.send_all(f"ERROR :Closing link: {departure.reason}\r\n".encode())
    return departure.reason


@pytest.mark.parametrize("pieces", [(HELLO,), (b"S", b"SH", b"-2.0-x\r\n")])
def test_without_a_library_ssh_is_refused_in_its_own_protocol(pieces: tuple[bytes, ...]) -> None:
    visit = DoorVisit(*pieces, host=ELSEWHERE, policy="never")
    assert _words(visit.enter()) == NO_SSH
    assert visit.connection.sent.startswith(b"SSH-2.0-chatcore\r\n")
    assert NO_SSH.encode() in visit.connection.sent


def test_a_similar_beginning_is_irc() -> None:
    assert DoorVisit(b"SS", b"X 1\r\n").irc() == b"SSX 1\r\n"


def test_a_refused_connection_learns_the_reason() -> None:
    visit = DoorVisit(HELLO, refusal="The trackers cannot reach each other")
    assert _words(visit.enter()) == "The trackers cannot reach each other"
    assert b"The trackers cannot reach each other" in visit.connection.sent


class _Person:
    """Asks the questions of a test, and remembers the answers."""

    def __init__(self, *questions: Question) -> None:
        self._questions = iter(questions)
        self.answers: list[bool] = []
        self.remarks: list[str] = []
        self.nick: str | None = None

    def next_question(self) -> Question | None:
        return next(self._questions, None)

    def answer(self, *, is_yes: bool) -> None:
        self.answers.append(is_yes)

    def remark(self, words: str) -> None:
        self.remarks.append(words)

    def begin(self, nick: str) -> None:
        self.nick = nick

    def recv(self) -> bytes:
        return b"CAP LS 302\r\n"


class _Login:
    """A stand-in for `ssh_login` that records the calls and returns fixed answers."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[str] = []
        self._answers = answers

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def answer(*_: object) -> Any:
            self.asked.append(name)
            return self._answers.get(name)

        return answer


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> Callable[..., _Login]:
    def become(**answers: Any) -> _Login:
        made = _Login(**answers)
        for name in ("needs_proof", "without_proof", "by_password", "knows_key", "by_key"):
            monkeypatch.setattr(ssh_login, name, getattr(made, name))
        return made

    return become


def _enter(person: _Person, **limits: int) -> tuple[Entered, list[str]]:
    class Host:
        fingerprint = ""

        def receive(self, connection: Connection, data: bytes) -> _Person:
            assert data == HELLO
            return person

    visit = DoorVisit(HELLO)
    config = Config(limits=replace(Limits(), **limits))
    gate = replace(gate_of(config), ssh=cast("SshHost", Host()))
    connection = cast("Connection", DoorConnection([HELLO]))
    return enter(connection, visit._arrival, gate), visit.deadlines


_NO, _YES = ssh_login.Answer(lets_in=False), ssh_login.Answer(lets_in=True)
_BEGIN = Question(Asked.TERMINAL, "ann")


def _password(text: str) -> Question:
    return Question(Asked.PASSWORD, "ann", password=text)


def test_the_right_password_opens_the_client(login: Callable[..., _Login]) -> None:
    made = login(needs_proof=True, by_password=_YES)
    person = _Person(Question(Asked.NAME, "ann"), _password("x"), _BEGIN)
    entered, deadlines = _enter(person)
    assert (person.answers, person.nick) == ([False, True, True], "ann")
    assert (entered.data, entered.departure) == (b"CAP LS 302\r\n", None)
    assert made.asked == ["needs_proof", "by_password"]
    assert [line.partition(" after")[0] for line in deadlines] == [
        "Registration timed out",
        "Login timed out",
        "Registration timed out",
    ]


def test_without_proof_needed_entry_is_immediate(login: Callable[..., _Login]) -> None:
    made = login(needs_proof=False)
    person = _Person(Question(Asked.NAME, "ann"), _BEGIN)
    _enter(person)
    assert person.answers == [True, True]
    assert made.asked == ["needs_proof", "without_proof"]


def test_a_key_is_looked_up_and_then_proven(login: Callable[..., _Login]) -> None:
    made = login(needs_proof=True, knows_key=True, by_key=_YES)
    keys = [Question(asked, "ann", key=b"k") for asked in (Asked.KEY, Asked.PROVEN_KEY)]
    person = _Person(*keys, _BEGIN)
    _enter(person)
    assert person.answers == [True, True, True]
    assert made.asked == ["knows_key", "by_key"]


def test_wrong_passwords_end_the_connection(login: Callable[..., _Login]) -> None:
    login(by_password=_NO)
    person = _Person(*[_password("x")] * 9)
    entered, _ = _enter(person, max_failed_logins=3)
    assert entered.departure is not None
    assert entered.departure.reason == "Too many wrong passwords"
    assert person.answers == [False, False]


def test_unknown_keys_do_not_count_as_wrong_passwords(login: Callable[..., _Login]) -> None:
    login(knows_key=False, by_password=_YES)
    person = _Person(*[Question(Asked.KEY, "ann", key=b"k")] * 9, _password("x"), _BEGIN)
    entered, _ = _enter(person, max_failed_logins=3)
    assert entered.departure is None


def test_a_refused_invitation_is_explained(login: Callable[..., _Login]) -> None:
    login(by_password=ssh_login.Answer(lets_in=False, words="That invitation is used up"))
    person = _Person(_password("inv-x"))
    entered, _ = _enter(person)
    assert person.remarks == ["That invitation is used up"]
    assert entered.data == b""


@pytest.mark.parametrize("name", ["", "x" * 200, "a\nb"])
def test_an_impossible_name_is_asked_for_in_the_client(name: str, login: Callable[..., _Login]) -> None:
    login()
    person = _Person(Question(Asked.TERMINAL, name))
    _enter(person)
    assert person.nick == ""


@pytest.mark.parametrize("name", ["two words", "averyveryverylongname", "#room", ":x"])
def test_an_invalid_name_is_left_to_the_client_to_refuse(name: str, login: Callable[..., _Login]) -> None:
    login()
    person = _Person(Question(Asked.TERMINAL, name))
    _enter(person)
    assert person.nick == name


def test_without_a_free_place_the_reason_is_given(login: Callable[..., _Login]) -> None:
    class Full(_Person):
        def begin(self, nick: str) -> None:
            raise Leave("Too many people")

    login()
    entered, _ = _enter(Full(_BEGIN))
    assert entered.departure is not None
    assert entered.departure.reason == "Too many people"
