"""/register: an account of the user's own name, with a password typed twice and shown nowhere."""

import pytest

from chatcore.terminal.commands.moderation import NO_PASSWORD
from chatcore.terminal.commands.registering import NOT_IN_THE_LINE, NOT_OFFERED, NOT_THE_SAME
from chatcore.terminal.commands.typed import is_secret, type_line
from chatcore.terminal.connecting.handshake import WANTED
from chatcore.terminal.session.effects import AskPassword, Effect
from chatcore.terminal.session.session import REGISTRATION, Session
from tests.terminal.visits import arrive, in_lobby, sent, shown


def _answer(session: Session, *passwords: str) -> list[Effect]:
    effects = type_line(session, "/register")
    for password in passwords:
        (wanted,) = effects
        assert isinstance(wanted, AskPassword)
        effects = wanted.take(password)
    return effects


def test_the_password_is_typed_twice_and_then_sent() -> None:
    session = in_lobby()
    assert sent(_answer(session, "a good one", "a good one")) == ["REGISTER * * :a good one"]
    assert not session.is_settled
    assert shown(arrive(session, ":t REGISTER SUCCESS ann :You have an account")) == ["* You have an account"]
    assert session.memory.account == ("ann", "a good one")


@pytest.mark.parametrize(
    ("passwords", "words"),
    [((""), NO_PASSWORD), (("one", ""), NO_PASSWORD), (("one", "two"), NOT_THE_SAME)],
)
def test_an_unconfirmed_password_is_not_sent(passwords: tuple[str, ...], words: str) -> None:
    session = in_lobby()
    effects = _answer(session, *(passwords or ("",)))
    assert sent(effects) == []
    assert shown(effects)[0].endswith(words)
    assert session.registering == ""


def test_a_refusal_is_shown_and_no_account_remembered() -> None:
    session = in_lobby()
    _answer(session, "short", "short")
    lines = [":t FAIL REGISTER WEAK_PASSWORD ann :That is too short", ":t REGISTER VERIFICATION_REQUIRED bob :Hm"]
    assert shown(arrive(session, *lines)) == ["error: That is too short", "* Hm"]
    assert session.memory.account is None


def test_an_unrequested_account_is_not_remembered() -> None:
    session = in_lobby()
    arrive(session, ":t REGISTER SUCCESS ann :You have an account")
    assert session.memory.account is None


def test_a_tracker_without_registration_is_reported() -> None:
    session = in_lobby(capabilities=[name for name in WANTED if name != REGISTRATION])
    assert shown(type_line(session, "/register")) == [f"error: {NOT_OFFERED}"]


@pytest.mark.parametrize("line", ["/register secret", " /Register secret"])
def test_a_password_in_the_line_is_neither_sent_nor_kept(line: str) -> None:
    effects = type_line(in_lobby(), line)
    assert sent(effects) == []
    assert shown(effects) == [f"error: {NOT_IN_THE_LINE}"]
    assert is_secret(line)
