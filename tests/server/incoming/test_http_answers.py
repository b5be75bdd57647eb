"""The answers to HTTP requests, as values: no connection, no output."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from websockets.frames import CloseCode

from chatcore.config import Config
from chatcore.errors import RequestRefused
from chatcore.server.incoming.http_answers import (
    Answer,
    Circumstances,
    Closing,
    Download,
    Metrics,
    Upgrade,
    answer,
    refusal_response,
)
from chatcore.server.incoming.http_hosts import Hosts
from chatcore.server.incoming.room_endpoint import Guest
from chatcore.state.admissions import Refusal
from chatcore.transport.http import parse_request

_HERE = Circumstances(8000, 32, may_be_plain=True)
_ELSEWHERE = _HERE._replace(may_be_plain=False)
_FULL, _BANNED = Refusal("The tracker is full", 30), Refusal("You are banned", 0)


def _answer(
    target: str, here: Circumstances = _HERE, *headers: str, method: str = "GET", host: str = "localhost"
) -> Answer | Closing | Download | Metrics | Upgrade:
    head = "\r\n".join((f"{method} {target} HTTP/1.1", f"Host: {host}", *headers))
    return answer(parse_request(head.encode()), here, Hosts(Config(), lambda: ()))


def _upgrade(
    target: str, here: Circumstances = _HERE, *headers: str
) -> Answer | Closing | Download | Metrics | Upgrade:
    return _answer(target, here, "Upgrade: websocket", *headers)


def _status(got: Answer | Closing | Download | Metrics | Upgrade) -> int:
    assert isinstance(got, Answer)
    return int(got.response.split(b" ")[1])


@pytest.mark.parametrize(
    ("target", "status", "counts_little"),
    [
        ("/", 200, True),
        ("/app.js", 200, True),
        ("/health", 200, True),
        ("/irc", 426, False),
        ("/ws/chat/x/", 426, False),
    ],
)
def test_pages_and_health_count_little(target: str, status: int, counts_little: bool) -> None:
    got = _answer(target)
    assert isinstance(got, Answer)
    assert (_status(got), got.counts_little) == (status, counts_little)


def test_other_paths_get_404() -> None:
    with pytest.raises(RequestRefused) as refused:
        _answer("/nothing")
    assert b" 404 " in refused.value.response
    assert _status(_upgrade("/nothing")) == 404


def test_equal_requests_get_equal_answers() -> None:
    for target in ("/", "/app.js", "/irc"):
        assert _answer(target) == _answer(target)
    assert _upgrade("/irc") == _upgrade("/irc")


@pytest.mark.parametrize("target", ["/", "/irc", "/ws"])
def test_irc_is_offered_at_three_paths(target: str) -> None:
    assert _upgrade(target) == Upgrade()


def test_the_room_endpoint_upgrades_a_guest() -> None:
    got = _upgrade("/ws/chat/dev/?nickname=ann&password=secret")
    assert got == Upgrade(Guest("ann", "#dev", "secret"))
    assert "secret" not in repr(got)


def test_a_guests_nick_is_limited_by_the_setting() -> None:
    assert _upgrade("/ws/chat/dev/?nickname=anna", _HERE._replace(max_name_length=4)) == Upgrade(
        Guest("anna", "#dev", "")
    )
    with pytest.raises(RequestRefused):
        _upgrade("/ws/chat/dev/?nickname=anna", _HERE._replace(max_name_length=3))


def test_post_opens_no_websocket() -> None:
    assert _status(_answer("/irc", _HERE, "Upgrade: websocket", method="POST")) == 405


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [(_FULL, 429, CloseCode.TRY_AGAIN_LATER), (_BANNED, 403, CloseCode.POLICY_VIOLATION)],
)
@pytest.mark.parametrize("here", [_HERE, _ELSEWHERE])
def test_a_refusal_is_given_in_the_clients_protocol(
    refusal: Refusal, status: int, code: CloseCode, here: Circumstances
) -> None:
    """Whatever else would be wrong with the request."""
    for target in ("/", "/nothing", "/ws/chat/dev/"):
        got = _answer(target, here._replace(refusal=refusal), host="evil.example")
        assert _status(got) == status
        assert isinstance(got, Answer)
        assert got.response == refusal_response(refusal)
        assert not got.counts_little
        assert _upgrade(target, here._replace(refusal=refusal)) == Closing(code, refusal.words)


def test_a_temporary_refusal_has_retry_after() -> None:
    assert b"Retry-After: 30\r\n" in refusal_response(_FULL)
    assert b"Retry-After" not in refusal_response(_BANNED)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("/", "/"),
        ("/app.js?x", "/app.js?x"),
        ("//evil.example/", "//evil.example/"),
        ("http://localhost/a", "/a"),
        ("/ws/chat/dev?nickname=a&password=s", "/ws/chat/dev?nickname=a"),
    ],
)
def test_plaintext_requests_are_redirected_to_the_same_path_over_https(target: str, place: str, method: str) -> None:
    """The redirect repeats no password."""
    got = _answer(target, _ELSEWHERE, method=method, host="localhost:8000")
    assert isinstance(got, Answer)
    assert _status(got) == 307
    host = "localhost" if target.startswith("http:") else "localhost:8000"
    assert f"\r\nLocation: https://{host}{place}\r\n".encode() in got.response
    assert (got.stays, got.counts_little) == (False, False)


@pytest.mark.parametrize("target", ["/", "/app.js", "/nothing", "/irc"])
def test_requests_for_another_site_are_not_redirected(target: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        _answer(target, _ELSEWHERE, host="evil.example")
    assert b" 421 " in refused.value.response
    assert b"Location" not in refused.value.response


def test_redirect_loops_are_avoided() -> None:
    """A proxy that removes TLS without saying so would cause one."""
    for here, headers in ((_ELSEWHERE._replace(is_way_known=False), ()), (_ELSEWHERE, ("Sec-Fetch-Mode: navigate",))):
        got = _answer("/", here, *headers)
        assert isinstance(got, Answer)
        assert _status(got) == 403
        assert b"Location" not in got.response
        assert b"trusted_proxies" in got.response


def test_an_encrypted_remote_request_is_served() -> None:
    assert _status(_answer("/", _ELSEWHERE._replace(is_encrypted=True))) == 200
    assert _upgrade("/", _ELSEWHERE._replace(is_encrypted=True)) == Upgrade()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ""),
        ("?nickname=a&password=s", "?nickname=a"),
        ("?password=s", ""),
        ("?password=s&&nickname=a", "?nickname=a"),
    ],
)
def test_the_encrypted_address_omits_the_password(query: str, shown: str) -> None:
    got = _upgrade(f"/ws/chat/dev{query}", _ELSEWHERE)
    assert isinstance(got, Answer)
    assert got.response.endswith(f"Use wss://localhost/ws/chat/dev{shown}\n".encode())
    assert _status(got) == 403


def _remark(target: str, headers: Iterable[str] = (), host: str = "localhost") -> tuple[str, str] | None:
    with pytest.raises(RequestRefused) as refused:
        _answer(target, _HERE, *headers, host=host)
    return refused.value.remark


def test_a_refusal_has_a_remark_for_the_operator() -> None:
    about, words = _remark("/", host="chat.example:8000") or ("", "")
    assert about == "chat.example"
    assert 'web_hosts = ["chat.example"]' in words
    about, words = _remark("/", ("Upgrade: websocket", "Origin: http://page.example")) or ("", "")
    assert about == "http://page.example"
    assert 'web_hosts = ["page.example"]' in words
    assert _remark("/", ("Upgrade: websocket", "Origin: http://a b")) is None, "an invalid origin must not be shown"


def test_the_single_file_client_is_a_download() -> None:
    assert _answer("/chat.pyz") == Download()
    assert _answer("/chat.pyz", method="HEAD") == Download()
    assert _answer("/chat.pyz?x", _ELSEWHERE) != Download()
    with pytest.raises(RequestRefused):
        _answer("/chat.pyz", host="evil.example")
