"""/health shows everybody whether the tracker works; /metrics shows details to those allowed."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.server.visiting import ELSEWHERE, METRICS, DoorVisit
from tests.support.irc import proxy_line

_TOKEN = "0123456789abcdef"
_RIGHT, _WRONG = f"Authorization: Bearer {_TOKEN}", "Authorization: Bearer 0123456789abcdeF"
_FORWARDED = f"X-Forwarded-For: {ELSEWHERE}"


class _Asker(NamedTuple):
    """A client with its address, its encryption, and the tracker's settings."""

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
        """Return the status, the headers and the body of the response."""
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
_BEHIND_PROXY = _Asker(trusted=("127.0.0.1",))


def test_metrics_are_served_as_prometheus_text() -> None:
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
        # A token needs as much encryption as a password.
        (_ELSEWHERE._replace(encrypted=False), (_RIGHT,), 403),
        (_ELSEWHERE._replace(encrypted=False), (), 403),
        (_ELSEWHERE._replace(encrypted=False, policy="anywhere"), (_RIGHT,), 200),
        (_ELSEWHERE._replace(encrypted=False, policy="anywhere"), (), 401),
        # An untrusted proxy on this machine speaks for somebody unknown, whatever it claims.
        (_HERE, (_FORWARDED,), 403),
        (_HERE._replace(encrypted=True), (_FORWARDED,), 401),
        (_HERE._replace(encrypted=True), ("X-Forwarded-For: 127.0.0.1",), 401),
        (_HERE._replace(encrypted=True), ("Via: 1.1 tea",), 401),
        (_HERE._replace(encrypted=True), ("Forwarded: for=127.0.0.1",), 401),
        (_HERE._replace(encrypted=True), ("X-Real-IP: 127.0.0.1",), 401),
        (_HERE._replace(encrypted=True), (_FORWARDED, _RIGHT), 200),
        # A trusted proxy speaks for the address that it gives, and never for this machine.
        (_BEHIND_PROXY, (), 200),
        (_BEHIND_PROXY, ("X-Forwarded-For: 127.0.0.1",), 401),
        (_BEHIND_PROXY, (_FORWARDED, "X-Forwarded-Proto: https"), 401),
        (_BEHIND_PROXY, (_FORWARDED, "X-Forwarded-Proto: https", _RIGHT), 200),
        (_BEHIND_PROXY, (_FORWARDED, "X-Forwarded-Proto: http", _RIGHT), 403),
        (_BEHIND_PROXY, ("Via: 1.1 tea",), 403),
        (_BEHIND_PROXY._replace(before=proxy_line(ELSEWHERE)), (), 403),
        (_BEHIND_PROXY._replace(before=proxy_line("127.0.0.1")), (), 200),
    ],
)
def test_metrics_need_a_local_request_or_a_token(asker: _Asker, headers: tuple[str, ...], status: int) -> None:
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
def test_only_the_exact_token_is_accepted(asker: _Asker, given: str, is_right: bool) -> None:
    """A wrong one is refused even from this machine, so that a local test reveals it. RFC 6750, section 3:

    > If the protected resource request included an access token and failed authentication, the resource server SHOULD
    > include the "error" attribute.
    """
    status, headers, _ = asker.ask(f"Authorization: {given}")
    challenge = 'Bearer realm="metrics", error="invalid_token"'
    assert (status, headers.get("WWW-Authenticate")) == ((200, None) if is_right else (401, challenge))


def test_a_request_without_a_token_gets_a_challenge() -> None:
    status, headers, body = _ELSEWHERE.ask()
    assert (status, headers["WWW-Authenticate"]) == (401, 'Bearer realm="metrics"')
    assert "metrics_token" in body


@pytest.mark.parametrize("headers", [(), (_RIGHT,), ("Authorization: Bearer ",)])
def test_if_no_token_is_set_none_is_accepted(headers: tuple[str, ...]) -> None:
    status, found, body = _ELSEWHERE._replace(token="").ask(*headers)
    assert (status, "WWW-Authenticate" in found, "metrics_token" in body) == (403, False, True)
    assert _HERE._replace(token="").ask(*headers)[0] == 200


@pytest.mark.parametrize("asker", [_HERE, _ELSEWHERE])
def test_metrics_are_served_under_own_names_only(asker: _Asker) -> None:
    """A page of a site that points its name here (DNS rebinding) sends requests from this machine."""
    status, _, body = asker.ask(_RIGHT, name="evil.example")
    assert (status, 'web_hosts = ["evil.example"]' in body) == (421, True)


def test_a_remote_plaintext_request_is_pointed_to_https() -> None:
    status, _, body = _ELSEWHERE._replace(encrypted=False).ask(_RIGHT, path="/metrics?x=1", name="tea.lan:8000")
    assert (status, body) == (403, "Use https://tea.lan:8000/metrics\n")


@pytest.mark.parametrize("path", ["/health", "/metrics"])
@pytest.mark.parametrize("asker", [_HERE, _ELSEWHERE])
def test_both_paths_accept_get_and_head_only(path: str, asker: _Asker) -> None:
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
def test_health_answers_every_request(asker: _Asker, name: str, headers: tuple[str, ...]) -> None:
    status, found, body = asker.ask(*headers, path="/health", name=name)
    assert (status, body, found["Cache-Control"]) == (200, "ok\n", "no-store")
    status, found, body = asker.ask(*headers, path="/health", name=name, is_healthy=False)
    assert (status, body, found["Cache-Control"]) == (503, "unavailable\n", "no-store")


def test_health_needs_no_host_header() -> None:
    assert DoorVisit(b"GET /health HTTP/1.0\r\n\r\n", host=ELSEWHERE).answer()[0] == 200
