"""Links, as the page's modules read and write them: the same as the tracker's own code does."""

from __future__ import annotations

import pytest

from chatcore.errors import InvalidLink
from chatcore.protocol.invitations import RANDOM_BYTES, Link, fragment, make_invitation, parse_fragment
from tests.support.browser import Page
from tests.web.scripted_session import call, session

_INVITATION = make_invitation(bytes(range(RANDOM_BYTES)))
_TEXT = _INVITATION.text
_MISREAD = _TEXT.replace("0", "o").replace("1", "L").upper()
_NOTHING = {"room": "", "person": "", "message": "", "invitation": "", "key": ""}


def _parsed(page: Page, said: str) -> dict[str, str]:
    parsed: dict[str, str] = call(page, "protocol/link", "m.parseFragment(x)", said)
    return parsed


@pytest.mark.parametrize(
    "said",
    [
        "",
        "#",
        "#lobby",
        "#%23lobby",
        "##lobby",
        "#caf%C3%A9+x",
        "#room=lobby",
        "#room=%23lobby&other=1",
        "#room=a&room=b",
        "#room=%20a%20",
        f"#room=lobby&invite={_TEXT}&room-key=open%20sesame".replace("%20", "%26"),
        f"#invite=%20{_TEXT.upper()}%0A",
        f"#invite={_MISREAD}",
        "#room-key=%C3%A9%3D%2B",
    ],
)
def test_a_link_is_read_as_elsewhere(page: Page, said: str) -> None:
    try:
        link = parse_fragment(said)
    except InvalidLink:
        assert said == "#caf%C3%A9+x", "the room name has a space"
        assert _parsed(page, said)["problem"] == "That link names a room that cannot exist."
        return
    invitation = link.invitation.text if link.invitation else ""
    expected = {"room": link.room, "invitation": invitation, "key": link.room_key, "problem": ""}
    assert _parsed(page, said) == {**_NOTHING, **expected}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("#room=a,b&invite=" + _TEXT, {"invitation": _TEXT}),
        ("#room=a%0D%0AQUIT", {}),
        ("#room=a%20b", {}),
        ("#room=" + "x" * 64, {}),
        ("#room=%E0", {}),
        ("#room=dev&room-key=a,b", {"room": "#dev"}),
        ("#room=dev&room-key=a%0Ab", {"room": "#dev"}),
        ("#room=dev&invite=" + _TEXT[:-1], {"room": "#dev"}),
        ("#room=dev&invite=inv-uuuuuu-" + _INVITATION.secret, {"room": "#dev"}),
    ],
)
def test_invalid_parts_are_ignored_and_reported(page: Page, said: str, kept: dict[str, str]) -> None:
    with pytest.raises(InvalidLink) as refused:
        parse_fragment(said)
    words = str(refused.value)
    problem = f"{words[0].upper()}{words[1:]}."
    assert _parsed(page, said) == {**_NOTHING, **kept, "problem": problem}


@pytest.mark.parametrize(
    "link",
    [
        Link("", 0),
        Link("", 0, "#lobby"),
        Link("", 0, "##lobby"),
        Link("", 0, "#caf\u00e9-&-more=", _INVITATION, "a&b=c+'(d)*!~"),
        Link("", 0, "", _INVITATION),
    ],
)
def test_a_link_is_written_as_elsewhere(page: Page, link: Link) -> None:
    said = {"room": link.room, "invitation": link.invitation.text if link.invitation else "", "key": link.room_key}
    written = call(page, "protocol/link", "m.linkTo('', x)", said)
    assert parse_fragment(written) == link
    assert _parsed(page, written) == _parsed(page, fragment(link.room, link.invitation, link.room_key))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("#with=ann", {"person": "ann"}),
        ("#with=ann&message=0a1b-c.d~_", {"person": "ann", "message": "0a1b-c.d~_"}),
        ("#room=dev&message=0a", {"room": "#dev", "message": "0a"}),
        ("#room=dev&with=ann&message=a%20b", {"room": "#dev"}),
        ("#with=%23dev", {"problem": "That link names a person who cannot exist."}),
        ("#with=a%0D%0AQUIT", {"problem": "That link names a person who cannot exist."}),
    ],
)
def test_a_link_says_where_in_the_chat(page: Page, said: str, meant: dict[str, str]) -> None:
    parsed = _parsed(page, said)
    assert parsed == {**_NOTHING, "problem": "", **meant}
    if not parsed["problem"]:
        assert _parsed(page, call(page, "protocol/link", "m.linkTo('', x)", parsed)) == parsed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sesame", "sesame"),
        (" sesame ", " sesame "),
        (f" {_TEXT}\n", _TEXT),
        (f"https://192.168.1.5:8000/#room=lobby&invite={_TEXT}", _TEXT),
        (f" http://chat.example/path/#invite={_TEXT} ", _TEXT),
        ("https://chat.example/#room=lobby", "https://chat.example/#room=lobby"),
    ],
)
def test_a_link_in_the_password_field_is_understood(page: Page, typed: str, meant: str) -> None:
    assert call(page, "protocol/link", "m.passwordIn(x)", typed) == meant


def test_an_invitation_has_a_name_to_log_in_with(page: Page) -> None:
    assert call(page, "protocol/link", "x.map(m.identityOf)", [_TEXT, "sesame", "inv-000000"]) == [
        _INVITATION.identity,
        "",
        "",
    ]


_JOINS = "const joins = () => sent.filter((m) => m.command === 'JOIN').map((m) => m.params);"


def test_a_key_opens_its_room_before_and_after_a_loss_and_no_other(page: Page) -> None:
    script = f"""
        {_JOINS}
        const fresh = new Session((message) => sent.push(message));
        fresh.join('#dev', 'k3y');
        sent.length = 0;
        const tell = (...lines) => lines.forEach((line) => receive(fresh, parse(line), 0));
        tell(':t 001 ann :Hi', ':t 376 ann :End');
        const first = joins();
        tell(':ann!a@h JOIN #lobby', ':ann!a@h JOIN #Dev');
        const at = fresh.current.name;
        noteLost(fresh);
        sent.length = 0;
        tell(':t 001 ann :Hi', ':t 376 ann :End');
        return [first, at, joins(), fresh.wanted.keyOf('#dev')];
    """
    first, at, again, left = session(page, [], script)
    assert first == [["#lobby"], ["#dev", "k3y"]]
    assert at == "#Dev"
    assert again == [["#lobby"], ["#Dev", "k3y"]]
    assert left == ""


def test_a_key_that_opens_nothing_is_not_kept(page: Page) -> None:
    script = """
        s.join('#dev', 'wrong');
        const before = s.wanted.keyOf('#dev');
        feed(':t 475 ann #dev :No');
        return [before, s.wanted.keyOf('#dev'), s.wanted.size];
    """
    assert session(page, [], script) == ["wrong", "", 0]
