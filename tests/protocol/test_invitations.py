"""The forms of invitations and links, invalid links, and that nothing shows a secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.errors import InvalidLink
from chatcore.protocol.invitations import (
    MAX_LINK_CHARS,
    RANDOM_BYTES,
    Invitation,
    Link,
    fragment,
    id_meant,
    id_of,
    identity_of,
    make_invitation,
    parse_fragment,
    parse_invitation,
    parse_link,
    without_secrets,
)
from chatcore.protocol.names import channel_problem
from tests.support.generated import PROPERTY

_INVITATION = make_invitation(bytes(range(RANDOM_BYTES)))
_RANDOMNESS = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)
_ROOMS = st.text(min_size=1, max_size=20).map("#{}".format).filter(lambda name: channel_problem(name) is None)
_KEYS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"], exclude_characters=",\ufffd"), max_size=20
)


@PROPERTY
@given(_RANDOMNESS)
def test_an_invitation_is_parsed_back_from_its_text(randomness: bytes) -> None:
    invitation = make_invitation(randomness)
    assert (len(invitation.id), len(invitation.secret)) == (6, 26)
    assert parse_invitation(invitation.text) == invitation
    assert parse_invitation(f" \t{invitation.text.upper()}\r\n") == invitation
    assert id_of(invitation.identity.upper()) == invitation.id


def test_every_random_bit_counts() -> None:
    made = {make_invitation((1 << bit).to_bytes(RANDOM_BYTES)) for bit in range(RANDOM_BYTES * 8)}
    assert len(made) == 160
    assert len({invitation.secret for invitation in made}) == 131, "130 secrets with one bit, and the one without"


def test_an_invitation_needs_twenty_random_bytes() -> None:
    with pytest.raises(ValueError, match="made from 20 bytes"):
        make_invitation(bytes(19))


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    secret = "0" + "1" * 25
    assert parse_invitation("inv-O1lI00-o" + "iL1" * 8 + "l") == Invitation("011100", secret)
    assert id_of("inv-oooooo") == "000000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "inv-",
        "inv-abcdef",
        _INVITATION.text[:-1],
        _INVITATION.text + "0",
        "x" + _INVITATION.text,
        _INVITATION.text.replace("-", "_"),
        _INVITATION.text[:-1] + "u",
        "inv-uuuuuu-" + _INVITATION.secret,
        _INVITATION.text[:-1] + "٣",
        _INVITATION.text[:-1] + "\u212a",  # its lower case is k
    ],
)
def test_other_texts_are_no_invitation(text: str) -> None:
    assert parse_invitation(text) is None


@pytest.mark.parametrize("identity", ["", "*", "ann", "inv-", "inv-uuuuuu", "inv-0000000", _INVITATION.text])
def test_other_names_have_no_invitation_id(identity: str) -> None:
    assert id_of(identity) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("k3x9q2", "k3x9q2"),
        (" K3X9Q2 ", "k3x9q2"),
        ("inv-k3x9q2", "k3x9q2"),
        (_INVITATION.text, _INVITATION.id),
        (f"https://h/#room=x&invite={_INVITATION.text}", _INVITATION.id),
        ("https://h/#room=x", None),
        ("https://h/#invite=inv-k3x9q2", None),
        ("", None),
        ("k3x9q", None),
    ],
)
def test_an_invitation_is_recognized_by_id_text_or_link(text: str, meant: str | None) -> None:
    assert id_meant(text) == meant


def test_secrets_are_removed_from_a_text() -> None:
    begin = _INVITATION.identity
    for text in (_INVITATION.text, _INVITATION.text.upper(), f"https://h/#invite={_INVITATION.text}&x", begin + "-0a"):
        assert without_secrets(f"of {text}, twice {text}").lower().count(f"{begin}-…") == 2
        assert _INVITATION.secret not in without_secrets(text).lower()
    assert without_secrets(f"{begin} and inv-0-0") == f"{begin} and inv-0-0"


def test_nothing_shows_the_secret() -> None:
    link = Link("h", 1, "#r", _INVITATION, "key")
    assert _INVITATION.secret not in repr(_INVITATION) + repr(link) + str(link)
    assert "key" not in repr(link)


@PROPERTY
@given(_ROOMS, _RANDOMNESS, _KEYS)
def test_a_link_is_parsed_back(room: str, randomness: bytes, key: str) -> None:
    link = Link("10.0.0.7", 8000, room, make_invitation(randomness), key)
    assert parse_link(link.text) == link
    assert link.text.isascii()


@pytest.mark.parametrize(
    ("link", "text"),
    [
        (Link("192.168.1.5", 8000), "https://192.168.1.5:8000/"),
        (Link("chat.example.org", 443, "#lobby"), "https://chat.example.org/#room=lobby"),
        (Link("fd00::7", 8000, "##x"), "https://[fd00::7]:8000/#room=%23%23x"),
        (Link("h.example", 80, "#C++&=%", None, "a b".replace(" ", "+"), "http", "/chat/"), None),
        (Link("h", 1, "", _INVITATION), f"https://h:1/#invite={_INVITATION.text}"),
    ],
)
def test_the_form_of_links(link: Link, text: str | None) -> None:
    assert text in (None, link.text)
    assert parse_link(f" {link.text}\n") == link


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://h:8000/#lobby", Link("h", 8000, "#lobby")),
        ("https://h:8000/##dev", Link("h", 8000, "#dev")),
        ("https://H:8000", Link("h", 8000)),
        ("https://h:8000/#room=%23lobby", Link("h", 8000, "#lobby")),
        ("https://h:8000/#room=a&room=b&more=1", Link("h", 8000, "#a")),
        ("https://h:8000/#room=my+room".replace("+", "_"), Link("h", 8000, "#my_room")),
        ("https://user:pass@h:8000/", Link("h", 8000)),
        ("h:8000/#room=x", Link("h", 8000, "#x")),
        ("h", Link("h", 0)),
        ("[::1]:8000", Link("::1", 8000)),
        ("http://h", Link("h", 80, scheme="http")),
    ],
)
def test_other_forms_of_links_are_understood(text: str, expected: Link) -> None:
    assert parse_link(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no host"),
        ("https://", "no host"),
        ("https:///#room=lobby", "no host"),
        ("https://a b/", "no host"),
        ("https://[::1/", "not a link"),
        ("https://h:99999/", "not a link"),
        ("https://h:x/", "not a link"),
        ("https://h/\x1b[2J", "not a link"),
        ("javascript://h/", "begins with https"),
        ("https://h/#room=a%0d%0aQUIT", "cannot exist"),
        ("https://h/#room=a&room-key=b%0aQUIT", "cannot be right"),
        ("https://h/#room=a&room-key=b+c", "cannot be right"),
        ("https://h/#room=a&room-key=%ff", "cannot be right"),
        (f"https://h/#invite={_INVITATION.text[:-1]}", "incomplete"),
        ("https://h/#" + "x" * MAX_LINK_CHARS, "too long"),
    ],
)
def test_invalid_links_are_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidLink, match=words) as refused:
        parse_link(text)
    assert _INVITATION.secret[:-1] not in str(refused.value)


@PROPERTY
@given(st.text(max_size=80) | st.text(st.sampled_from("htps:/[]@#%=&?.0:9ab+-"), max_size=60).map("https://h{}".format))
def test_any_text_is_a_link_or_refused(text: str) -> None:
    try:
        link = parse_link(text)
    except InvalidLink:
        return
    assert parse_link(link._replace(port=link.port or 8000).text)._replace(port=link.port) == link


def test_a_fragment_is_parsed_alone() -> None:
    assert fragment() == ""
    assert parse_fragment(fragment("#a", _INVITATION, "k")) == Link("", 0, "#a", _INVITATION, "k")
    assert identity_of(_INVITATION.id) == _INVITATION.identity
