"""Destinations, in all spellings."""

from __future__ import annotations

import pytest

from chatcore.errors import ConfigError
from chatcore.protocol.invitations import Invitation
from chatcore.terminal.destination import NO_ADDRESS, Destination, parse_destination

_INVITATION = Invitation("abc234", "0123456789abcdefghjkmnpqrs")
_TEXT = _INVITATION.text


@pytest.mark.parametrize(
    ("text", "destination"),
    [
        (" tracker ", Destination("tracker")),
        ("tracker:9000", Destination("tracker", 9000)),
        ("[::1]:9000", Destination("::1", 9000)),
        ("::1", Destination("::1")),
        ("tracker/", Destination("tracker")),
        ("tracker:9000/", Destination("tracker", 9000)),
        ("192.168.1.5:9000/#room=tea", Destination("192.168.1.5", 9000, "#tea")),
        ("tracker#tea", Destination("tracker", None, "#tea")),
        ("https://tracker", Destination("tracker", 443)),
        ("http://tracker:8000/chat/?x=1", Destination("tracker", 8000)),
        ("<HTTPS://Tracker:8000/#tea>", Destination("tracker", 8000, "#tea")),
        ("wss://tracker:8000/", Destination("tracker", 8000)),
        ("ws://tracker/", Destination("tracker", 80)),
        ("https://[::1]:8000/", Destination("::1", 8000)),
        (f"https://tracker:8000/#invite={_TEXT}", Destination("tracker", 8000, invitation=_INVITATION)),
        (f"tracker:8000/#invite={_TEXT}", Destination("tracker", 8000, invitation=_INVITATION)),
        (
            f"https://tracker:8000/#room=tea&invite={_TEXT.upper()}&room-key=a%2Cb",
            None,
        ),
        (
            f"https://tracker:8000/#room=tea&invite={_TEXT.upper()}&room-key=milk",
            Destination("tracker", 8000, "#tea", "milk", _INVITATION),
        ),
        ("irc://tracker", Destination("tracker", 6667)),
        ("ircs://tracker/", Destination("tracker", 6697)),
        ("ircs://ann@tracker:8000/#tea", Destination("tracker", 8000, "#tea")),
        ("IRC://tracker/tea,isnick?milk", Destination("tracker", 6667, "#tea", "milk")),
        ("irc://[::1]:8000/%23tea?key=milk", Destination("::1", 8000, "#tea")),
    ],
)
def test_spellings(text: str, destination: Destination | None) -> None:
    if destination is None:
        with pytest.raises(ConfigError, match="password in that link cannot be right"):
            parse_destination(text)
    else:
        assert parse_destination(text) == destination


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (_TEXT, NO_ADDRESS),
        ("ftp://tracker/", "a link to a chat begins with https://"),
        (f"https://tracker/#invite={_TEXT[:-1]}", "the invitation in that link is incomplete: copy the link again"),
        ("https:///", "that link names no host"),
        ("irc://tracker/a:b", "that link names a room that cannot exist"),
        ("irc:///tea", "'' is not an address"),
        ("irc://tracker:x/tea", "'x' is not a port; ports are 1 to 65535"),
    ],
)
def test_error_messages_repeat_no_secret(text: str, mistake: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_destination(text)
    assert str(raised.value) == mistake


def test_the_repr_shows_no_secret() -> None:
    shown = repr(parse_destination(f"https://tracker:8000/#room=tea&invite={_TEXT}&room-key=milk"))
    assert shown == "<to tracker:8000>"
