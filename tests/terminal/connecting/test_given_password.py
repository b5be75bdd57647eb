"""What the user gives as the password."""

from __future__ import annotations

import pytest

from chatcore.errors import InvalidLink
from chatcore.terminal.connecting.given_password import Given, understand

_INVITATION = "inv-abc234-0123456789abcdefghjkmnpqrs"
_LINK = f"https://192.168.1.5:8000/#room=tea&invite={_INVITATION}"


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("", Given("")),
        ("secret", Given("secret")),
        ("two words", Given("two words")),
        (" secret\t", Given("secret", " secret\t")),
        ("secret\r\nmore", Given("secret")),
        ("\nsecret", Given("secret")),
        ("secret\0more", Given("secret")),
        ("\u00a0secret", Given("secret", "\u00a0secret")),
        ("  ", Given("  ")),
        ("a://b", Given("a://b")),
        ("#invite", Given("#invite")),
        (f" {_INVITATION} ", Given(_INVITATION, f" {_INVITATION} ")),
    ],
)
def test_passwords_are_trimmed_to_one_line(text: str, given: Given) -> None:
    assert understand(text) == given


@pytest.mark.parametrize("text", [_LINK, f" {_LINK}\n", _LINK.removeprefix("https://"), _LINK.replace("room=tea&", "")])
def test_an_invitation_link_gives_its_password(text: str) -> None:
    given = understand(text)
    assert given.password == _INVITATION
    assert given.link is not None
    assert given.link.room == ("#tea" if "tea" in text else "")
    assert repr(given) == "<a password>"


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("https://192.168.1.5:8000/", "there is no invitation in that link"),
        (_LINK[:-1], "the invitation in that link is incomplete"),
    ],
)
def test_a_link_without_an_invitation_is_an_error(text: str, mistake: str) -> None:
    with pytest.raises(InvalidLink, match=mistake):
        understand(text)
