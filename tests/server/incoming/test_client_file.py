"""The single-file terminal client that the tracker offers for download."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from chatcore.errors import CannotPack
from chatcore.server.incoming import client_file
from chatcore.server.incoming.client_file import ClientFile, Packed, shipped_or_made
from tests.server.visiting import CLIENT, ELSEWHERE, DoorVisit
from tests.support.together import run_together

_TAG = f'"{hashlib.sha256(CLIENT).hexdigest()[:32]}"'


def _asked(method: str = "GET", target: str = "/chat.pyz", more: str = "") -> DoorVisit:
    return DoorVisit(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())


def _response(visit: DoorVisit) -> tuple[bytes, bytes]:
    """Return the head and the body that were sent."""
    visit.enter()
    head, _, body = visit.connection.sent.partition(b"\r\n\r\n")
    return head, body


def test_the_client_is_sent_as_an_attachment() -> None:
    head, body = _response(_asked())
    assert body == CLIENT
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    for line in (
        "Content-Type: application/octet-stream",
        'Content-Disposition: attachment; filename="chat.pyz"',
        f"Content-Length: {len(CLIENT)}",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        f"ETag: {_TAG}",
    ):
        assert line in lines


def test_the_client_is_sent_in_parts() -> None:
    """TLS does not encrypt the whole file for a client that reads nothing."""
    visit = _asked()
    visit.enter()
    assert max(map(len, visit.connection.responses)) <= 65536


def test_a_matching_etag_gets_304() -> None:
    head, body = _response(_asked(more=f"If-None-Match: {_TAG}\r\n"))
    assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 304 Not Modified", b"")
    assert b"Content-Length" not in head, "RFC 9110, section 8.6"
    assert _response(_asked(more='If-None-Match: "another"\r\n'))[1] == CLIENT


def test_head_has_the_length_and_no_body() -> None:
    head, body = _response(_asked("HEAD"))
    assert (f"Content-Length: {len(CLIENT)}".encode() in head, body) == (True, b"")


def test_the_download_has_its_own_deadline() -> None:
    visit = _asked()
    visit.enter()
    assert "The download took too long after 120" in visit.deadlines


def test_remote_plaintext_requests_are_redirected_to_https() -> None:
    visit = DoorVisit(b"GET /chat.pyz HTTP/1.1\r\nHost: 192.0.2.1:8000\r\n\r\n", host=ELSEWHERE)
    status, headers, _ = visit.answer()
    assert (status, headers["Location"]) == (307, "https://192.0.2.1:8000/chat.pyz")


def test_a_path_prefix_gets_a_hint_about_the_proxy() -> None:
    status, _, body = _asked(target="/chat/chat.pyz").answer()
    assert (status, "proxy_pass" in body) == (404, True)


def test_concurrent_requests_build_it_once() -> None:
    had: list[int] = []
    came = threading.Barrier(4)

    def have() -> bytes:
        had.append(1)
        return b"the client"

    file = ClientFile(lambda text: None, have)
    found: list[Packed | None] = []

    def ask() -> None:
        came.wait(10)
        found.append(file.get())

    run_together(*[ask] * 4)
    assert found == [Packed(b"the client", hashlib.sha256(b"the client").hexdigest())] * 4
    assert len({id(packed) for packed in found}) == 1
    assert had == [1]


def test_a_failed_build_is_reported_once_and_retried_later() -> None:
    told: list[str] = []
    results: list[bytes | CannotPack] = [CannotPack("no tea"), CannotPack("no milk"), b"the client"]
    now = 5.0

    def have() -> bytes:
        result = results.pop(0)
        if isinstance(result, CannotPack):
            raise result
        return result

    file = ClientFile(told.append, have, lambda: now)
    assert file.get() is None
    assert file.get() is None
    assert len(results) == 2, "a failed build must not be retried at once"
    now += 60
    assert file.get() is None
    assert told == ["The single-file client chat.pyz cannot be built, so it is not offered: no tea"]
    now += 60
    packed = file.get()
    assert packed is not None
    assert packed.content == b"the client"


def test_a_failed_build_gets_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClientFile, "get", lambda self: None)
    status, headers, body = _asked().answer()
    assert (status, headers["Retry-After"]) == (503, "60")
    assert body == "This tracker cannot build the single-file client. The chat's operator has been told why.\n"


def test_the_shipped_file_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "chat.pyz"
    monkeypatch.setattr(client_file, "SHIPPED", shipped)
    monkeypatch.setattr(client_file, "pack", lambda: b"made")
    assert shipped_or_made() == b"made"
    shipped.write_bytes(b"shipped")
    assert shipped_or_made() == b"shipped"
    shipped.unlink()
    shipped.mkdir()
    with pytest.raises(CannotPack, match=r"chat\.pyz: Is a directory"):
        shipped_or_made()
