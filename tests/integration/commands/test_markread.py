"""MARKREAD: how far a user has read (https://ircv3.net/specs/extensions/read-marker)."""

from __future__ import annotations

import pytest

from chatcore.protocol.message import Message
from tests.support.irc import commands, one, only
from tests.support.sasl_client import logged_in
from tests.support.trackers import Hosted

_CAP = "draft/read-marker"
_TIME, _LATER = "timestamp=2020-01-02T03:04:05.678Z", "timestamp=2020-01-02T03:04:05.679Z"


def _params(seen: list[Message]) -> list[tuple[str, ...]]:
    assert {(message.source, message.command) for message in seen} <= {("tracker.chat", "MARKREAD")}
    return [message.params for message in seen]


def test_without_a_marker_the_answer_is_an_asterisk(hosted: Hosted) -> None:
    """> If there is no known last message read timestamp, the `timestamp` parameter is a literal `*`."""
    ann = hosted.client("ann", caps=_CAP)
    assert _params(ann.command("MARKREAD #tea", "MARKREAD bob")) == [("#tea", "*"), ("bob", "*")]


def test_marker_is_answered_and_only_grows(hosted: Hosted) -> None:
    """> The last read timestamp of a target MUST only ever increase."""
    ann = hosted.client("ann", "#tea")
    answers = ann.command(f"MARKREAD #tea {_LATER}", f"MARKREAD #tea {_TIME}", "MARKREAD #TEA")
    assert _params(answers) == [("#tea", _LATER)] * 3, "MARKREAD is answered even without the capability"


def test_marker_comes_before_the_end_of_names_on_joining(hosted: Hosted) -> None:
    """> The command MUST be sent before the `RPL_ENDOFNAMES` reply for that channel following the `JOIN`."""
    ann = hosted.client("ann", caps=f"{_CAP} no-implicit-names")
    assert commands(ann.command("JOIN #tea")) == ["JOIN", "MARKREAD"]
    ann.command(f"MARKREAD #tea {_TIME}", "PART #tea", "CAP REQ :-no-implicit-names")
    seen = ann.command("JOIN #tea")
    assert commands(seen) == ["JOIN", "MARKREAD", "353", "366"]
    assert one(seen, "MARKREAD").params == ("#tea", _TIME)
    ann.command("PART #tea", f"CAP REQ :-{_CAP}")
    assert commands(ann.command("JOIN #tea")) == ["JOIN", "353", "366"]


def test_marker_is_sent_only_to_the_users_other_clients(hosted: Hosted) -> None:
    """> The read markers sent by a user MUST NOT be disclosed to other users by the server"""
    for name in ("ann", "bob"):
        hosted.tracker.keys.accounts.add(name, "pw")
    desk, phone = (logged_in(hosted, "ann", nick=nick, caps=f"{_CAP} sasl") for nick in ("desk", "phone"))
    old = logged_in(hosted, "ann", nick="old", caps="sasl")
    bob, guest = logged_in(hosted, "bob", caps=f"{_CAP} sasl"), hosted.client("guest", "#tea", caps=_CAP)
    for client in (desk, phone, old, bob):
        client.command("JOIN #tea")
    for client in (desk, phone, old, bob, guest):
        client.sync()
    assert _params(desk.command(f"MARKREAD #Tea {_TIME}")) == [("#tea", _TIME)]
    assert _params(phone.sync()) == [("#tea", _TIME)]
    assert [client.sync() for client in (old, bob, guest)] == [[], [], []]
    assert _params(bob.command("MARKREAD #tea")) == [("#tea", "*")]


def test_markers_do_not_reveal_whether_a_room_exists(hosted: Hosted) -> None:
    hosted.client("ann", "#Secret").command("MODE #Secret +sik key")
    eve = hosted.client("eve", caps=_CAP)
    lines = ("MARKREAD {}", f"MARKREAD {{}} {_TIME}", "MARKREAD {}", "MARKREAD {} *")
    names = ("#secret", "#nosuch")
    secret, none = ([m.params[-1] for m in eve.command(*(line.format(name) for line in lines))] for name in names)
    assert secret == none


def test_markers_are_not_logged(hosted: Hosted) -> None:
    hosted.client("ann", "#tea").command(f"MARKREAD #tea {_TIME}", "MARKREAD bob")
    assert "MARKREAD" not in hosted.log_text()
    assert "2020" not in hosted.log_text()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("MARKREAD", "NEED_MORE_PARAMS"),
        ("MARKREAD #tea *", "INVALID_PARAMS"),
        ("MARKREAD #tea timestamp=yesterday", "INVALID_PARAMS"),
        (f"MARKREAD #a,#b {_TIME}", "INVALID_PARAMS"),
    ],
)
def test_invalid_parameters_are_refused(hosted: Hosted, line: str, code: str) -> None:
    """> The timestamp MUST NOT be a literal `*`."""
    (failure,) = hosted.client("ann", "#tea", caps=_CAP).command(line)
    assert (failure.command, failure.params[:2]) == ("FAIL", ("MARKREAD", code))


def test_markread_needs_registration(hosted: Hosted) -> None:
    assert commands(hosted.connect().command("MARKREAD #tea")) == ["451"]


def test_markread_is_in_the_help(hosted: Hosted) -> None:
    assert only(hosted.client("ann").command("HELP MARKREAD"), "705")
