"""Which passwords are allowed, and the warnings about those that give some clients trouble."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramMechanism

from chatcore.protocol.framing import MAX_BODY_BYTES
from chatcore.server.access.passwords import MAX_PASSWORD_BYTES, password_problem, password_troubles
from tests.support.generated import PROPERTY


@pytest.mark.parametrize("password", ["secret", "two words", " a  b ", ":x", "zwölf Bären", "\u05d0\u05d1", "x" * 300])
def test_valid_passwords_have_no_problem(password: str) -> None:
    assert password_problem(password) is None


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", "cannot be empty"),
        ("inv-k3x9q2-" + 26 * "0", "an invitation"),
        ("https://h/#invite=INV-k3x9q2-" + 26 * "0", "an invitation"),
        ("x" * (MAX_PASSWORD_BYTES + 1), "at most 300 bytes"),
        ("ä" * 151, "at most 300 bytes"),
        ("caf\ufffd", "not UTF-8"),
        ("bell\x07", "U+0007"),
        ("tea 🍵\x07", "U+0007, U+1F375"),
        ("a\tb", "U+0009"),
        ("\ue000", "U+E000"),
        ("\u00ad", "U+00AD"),
        ("sec\u200bret", "U+200B"),
        ("a\u00a0b", "U+00A0"),
        ("\ud800", "U+D800"),
        ("\u05d0a", "right-to-left letters"),
        ("a\u05d0", "right-to-left letters"),
    ],
)
def test_invalid_passwords_are_refused_with_a_reason(password: str, problem: str) -> None:
    reason = password_problem(password)
    assert reason is not None
    assert problem in reason
    assert reason.isprintable()
    assert not password or password not in reason


@PROPERTY
@given(st.text(max_size=40))
def test_every_valid_password_works_with_scram_and_pass(password: str) -> None:
    if password_problem(password) is None:
        ScramMechanism("SCRAM-SHA-256").make_auth_info(password, 4096)
        assert len(f"PASS :{password}".encode()) <= MAX_BODY_BYTES


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("secret", []),
        ("abcd-efgh-jkmn-pqrs", []),
        (":secret", ["begins with a colon"]),
        ("zwölf Bären", []),
        (" secret", ["begins or ends with a space"]),
        ("secret ", ["begins or ends with a space"]),
        ("two  words", ["several in a row"]),
        ("se\u0301same", ["unusual Unicode form"]),
        (": \ufb01sh ", ["begins with a colon", "begins or ends with a space", "unusual Unicode form"]),
    ],
)
def test_troublesome_passwords_are_warned_about(password: str, words: list[str]) -> None:
    troubles = password_troubles(password)
    assert len(troubles) == len(words)
    assert all(word in trouble for word, trouble in zip(words, troubles, strict=True))
    assert not any(password in trouble for trouble in troubles)


def test_spaces_are_warned_about_in_the_shared_password_only() -> None:
    assert password_troubles("two words", is_for_all=True)[0].startswith("It has spaces")
    assert password_troubles("two words") == password_troubles("words", is_for_all=True) == []
