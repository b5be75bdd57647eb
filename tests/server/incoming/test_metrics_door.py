"""How the tracker is: /health tells everybody nothing else; /metrics tells who may know."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.server.visiting import ELSEWHERE, METRICS, DoorVisit
from tests.support.irc import proxy_line

_TOKEN = "0123456789abcdef"
_RIGHT, _WRONG = f"Authorization: Bearer {_TOKEN}", "Authorization: Bearer 0123456789abcdeF"
_FORWARDED = f"X-Forwarded-For: {ELSEWHERE}"


class _Asker(NamedTuple):
    """Who asks, from where, how."""

    host: str = "127.0.0.1"
    policy: str = "loopback"
    encrypted: bool = False
    trusted: tuple[str, ...] = ()
    token: str = _TOKEN
    before: bytes = b""

    def ask(
        self,
        *headers: str,
        path: str = "/metrics",
        method: str = "GET",
        name: str = "localhost",
        is_healthy: bool = True,
    ) -> tuple[int, dict[str, str], str]:
        """Return the status, the headers and the body of what comes."""
        head = "\r\n".join((f"{method} {path} HTTP/1.1", f"Host: {name}", *headers, "", ""))
        visit = DoorVisit(
            self.before + head.encode("latin-1"),
            host=self.host,
            policy=self.policy,
            encrypted=self.encrypted,
            trusted=self.trusted,
            token=self.token,
            is_healthy=is_healthy,
        )
        return visit.answer()


_HERE, _ELSEWHERE = _Asker(), _Asker(ELSEWHERE, encrypted=True)
_BEHIND = _Asker(trusted=("127.0.0.1",))


def test_the_metrics_are_told_as_prometheus_reads_them() -> None:
    status, headers, body = _HERE.ask()
    assert (status, body) == (200, METRICS)
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("asker", "headers", "status"),
    [
        (_HERE, (), 200),
        (_HERE._replace(host="::1"), (), 200),
        (_HERE._replace(host="127.8.8.8"), (), 200),
        (_HERE._replace(encrypted=True), (), 200),
        (_HERE._replace(policy="never"), (), 403),
        (_HERE._replace(policy="never", encrypted=True), (), 200),
        (_ELSEWHERE, (), 401),
        (_ELSEWHERE, (_RIGHT,), 200),
        (_ELSEWHERE, (_WRONG,), 401),
        # A token goes as encrypted as a password does.
        (_ELSEWHERE._replace(encrypted=False), (_RIGHT,), 403),
        (_ELSEWHERE._replace(encrypted=False), (), 403),
        (_ELSEWHERE._replace(encrypted=False, policy="anywhere"), (_RIGHT,), 200),
        (_ELSEWHERE._replace(encrypted=False, policy="anywhere"), (), 401),
        # A proxy on this machine that is not trusted speaks for somebody, whoever that is said to be.
        (_HERE, (_FORWARDED,), 403),
        (_HERE._replace(encrypted=True), (_FORWARDED,), 401),
        (_HERE._replace(encrypted=True), ("X-Forwarded-For: 127.0.0.1",), 401),
        (_HERE._replace(encrypted=True), ("Via: 1.1 tea",), 401),
        (_HERE._replace(encrypted=True), ("Forwarded: for=127.0.0.1",), 401),
        (_HERE._replace(encrypted=True), ("X-Real-IP: 127.0.0.1",), 401),
        (_HERE._replace(encrypted=True), (_FORWARDED, _RIGHT), 200),
        # One that is trusted speaks for whom it says, and never for this machine.
        (_BEHIND, (), 200),
        (_BEHIND, ("X-Forwarded-For: 127.0.0.1",), 401),
        (_BEHIND, (_FORWARDED, "X-Forwarded-Proto: https"), 401),
        (_BEHIND, (_FORWARDED, "X-Forwarded-Proto: https", _RIGHT), 200),
        (_BEHIND, (_FORWARDED, "X-Forwarded-Proto: http", _RIGHT), 403),
        (_BEHIND, ("Via: 1.1 tea",), 403),
        (_BEHIND._replace(before=proxy_line(ELSEWHERE)), (), 403),
        (_BEHIND._replace(before=proxy_line("127.0.0.1")), (), 200),
    ],
)
def test_who_gets_them(asker: _Asker, headers: tuple[str, ...], status: int) -> None:
    found, _, body = asker.ask(*headers)
    assert (found, body == METRICS) == (status, status == 200)


@pytest.mark.parametrize(
    ("given", "is_right"),
    [
        (f"Bearer {_TOKEN}", True),
        (f"bearer  {_TOKEN} ", True),
        (f"Bearer {_TOKEN[:-1]}", False),
        (f"Bearer {_TOKEN}0", False),
        (f"Bearer {_TOKEN.upper()}", False),
        ("Bearer", False),
        ("Bearer ", False),
        ("", False),
        (_TOKEN, False),
        (f"Basic {_TOKEN}", False),
        (f"Bearer {_TOKEN}, Bearer {_TOKEN}", False),
        ("Bearer \xe9\xff", False),
    ],
)
@pytest.mark.parametrize("asker", [_HERE, _ELSEWHERE])
def test_a_token_is_right_or_wrong_as_a_whole(asker: _Asker, given: str, is_right: bool) -> None:
    """A wrong one from here, too, so that who tries it there knows. RFC 6750, section 3:

    > If the protected resource request included an access token and failed authentication, the resource server SHOULD
    > include the "error" attribute.
    """
    status, headers, _ = asker.ask(f"Authorization: {given}")
    challenge = 'Bearer realm="metrics", error="invalid_token"'
    assert (status, headers.get("WWW-Authenticate")) == ((200, None) if is_right else (401, challenge))


def test_who_brings_no_token_is_told_that_there_is_one() -> None:
    status, headers, body = _ELSEWHERE.ask()
    assert (status, headers["WWW-Authenticate"]) == (401, 'Bearer realm="metrics"')
    assert "metrics_token" in body


@pytest.mark.parametrize("headers", [(), (_RIGHT,), ("Authorization: Bearer ",)])
def test_without_a_token_there_is_none_that_is_right(headers: tuple[str, ...]) -> None:
    status, found, body = _ELSEWHERE._replace(token="").ask(*headers)
    assert (status, "WWW-Authenticate" in found, "metrics_token" in body) == (403, False, True)
    assert _HERE._replace(token="").ask(*headers)[0] == 200


@pytest.mark.parametrize("asker", [_HERE, _ELSEWHERE])
def test_they_are_told_under_the_trackers_own_names_only(asker: _Asker) -> None:
    """A page of a site that points its name here (DNS rebinding) is one that comes from this machine."""
    status, _, body = asker.ask(_RIGHT, name="evil.example")
    assert (status, 'web_hosts = ["evil.example"]' in body) == (421, True)


def test_who_asks_in_plaintext_is_told_where_to_ask() -> None:
    status, _, body = _ELSEWHERE._replace(encrypted=False).ask(_RIGHT, path="/metrics?x=1", name="tea.lan:8000")
    assert (status, body) == (403, "Use https://tea.lan:8000/metrics\n")


@pytest.mark.parametrize("path", ["/health", "/metrics"])
@pytest.mark.parametrize("asker", [_HERE, _ELSEWHERE])
def test_they_can_be_read_and_nothing_else(path: str, asker: _Asker) -> None:
    whole = asker.ask(path=path)
    assert asker.ask(path=f"{path}?for=me", method="GET") == whole
    assert asker.ask(path=path, method="HEAD") == (*whole[:2], "")
    assert asker.ask(path=path, method="POST")[0] == 405
    assert asker.ask("Upgrade: websocket", path=path)[0] == 404
    assert [asker.ask(path=f"{path}{more}")[0] for more in ("/", "z", "/x")] == [404] * 3


@pytest.mark.parametrize(
    "asker", [_HERE, _ELSEWHERE, _ELSEWHERE._replace(encrypted=False), _HERE._replace(policy="never")]
)
@pytest.mark.parametrize("name", ["localhost", "evil.example", "10.0.0.1:8000"])
@pytest.mark.parametrize("headers", [(), (_FORWARDED,), (_WRONG,)])
def test_whoever_asks_is_told_whether_all_is_well(asker: _Asker, name: str, headers: tuple[str, ...]) -> None:
    status, found, body = asker.ask(*headers, path="/health", name=name)
    assert (status, body, found["Cache-Control"]) == (200, "ok\n", "no-store")
    status, found, body = asker.ask(*headers, path="/health", name=name, is_healthy=False)
    assert (status, body, found["Cache-Control"]) == (503, "unavailable\n", "no-store")


def test_a_load_balancer_may_ask_without_saying_whom() -> None:
    assert DoorVisit(b"GET /health HTTP/1.0\r\n\r\n", host=ELSEWHERE).answer()[0] == 200
