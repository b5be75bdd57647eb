"""The page's files as responses: their headers and bodies."""

from __future__ import annotations

import gzip
import json
import struct

import pytest

from chatcore.server.incoming.page_edition import SOURCES
from chatcore.server.incoming.page_files import page_file
from chatcore.transport.http import parse_request


def _get(path: str, *headers: str) -> tuple[int, dict[str, str], bytes]:
    request = parse_request("\r\n".join((f"GET {path} HTTP/1.1", "Host: tea.example:8000", *headers)).encode())
    head, _, body = page_file(request, "tea.example:8000", stays=True).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split(" ")[1]), dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize("accepted", ["gzip", "deflate, gzip;q=0.5", "*", "identity;q=0.5, *;q=0.1", "GZIP; q=1.0"])
def test_a_browser_that_accepts_gzip_gets_gzip(accepted: str) -> None:
    status, headers, body = _get("/", f"Accept-Encoding: {accepted}")
    assert (status, headers["Content-Encoding"], headers["Vary"]) == (200, "gzip", "Accept-Encoding")
    assert gzip.decompress(body) == _get("/")[2]
    assert int(headers["Content-Length"]) == len(body)


@pytest.mark.parametrize("accepted", ["", "deflate, br", "gzip;q=0", "*, gzip;q=0.000", "gzip;q=2", "x-gzip", "*;q=0"])
def test_other_browsers_get_the_plain_file(accepted: str) -> None:
    status, headers, body = _get("/", f"Accept-Encoding: {accepted}")
    assert (status, headers.get("Content-Encoding"), headers["Vary"]) == (200, None, "Accept-Encoding")
    assert body.startswith(b"<!doctype html>")


def test_etags_depend_on_the_content_coding() -> None:
    plain, packed = _get("/")[1]["ETag"], _get("/", "Accept-Encoding: gzip")[1]["ETag"]
    assert plain != packed
    for accepted, tag, status in (("", plain, 304), ("gzip", packed, 304), ("gzip", plain, 200), ("", packed, 200)):
        for known in (tag, f"W/{tag}", f'"x", {tag}'):
            got = _get("/", f"Accept-Encoding: {accepted}", f"If-None-Match: {known}")
            assert got[0] == status
            assert got[1]["ETag"] == (packed if accepted else plain)
            assert bool(got[2]) == (status == 200)


def test_only_lasting_addresses_are_cached() -> None:
    page = _get("/")[2].decode()
    lasting = page.partition('src="')[2].partition('"')[0]
    status, headers, _ = _get(f"/{lasting}")
    assert (status, headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    for path in ("/", "/app.js", "/chat.webmanifest", f"/a/{'0' * 20}/app.js"):
        assert _get(path)[1]["Cache-Control"] == "no-cache"


def test_a_page_may_load_only_from_its_own_tracker() -> None:
    for path in ("/", f"/a/{'0' * 20}/app.js"):
        policy = _get(path)[1]["Content-Security-Policy"].split("; ")
        assert policy[0] == "default-src 'none'"
        assert "connect-src 'self' ws://tea.example:8000 wss://tea.example:8000" in policy
        assert _get(path)[1]["Cross-Origin-Opener-Policy"] == "same-origin"
        assert not any("unsafe" in rule or "*" in rule or "data:" in rule for rule in policy)


def test_a_page_may_connect_to_the_other_trackers() -> None:
    request = parse_request(b"GET / HTTP/1.1\r\nHost: tea.example:8000")
    answer = page_file(request, "tea.example:8000", ("b.example", "[fd00::7]:8000"), stays=True).decode(
        errors="replace"
    )
    policy = answer.partition("Content-Security-Policy: ")[2].partition("\r\n")[0].split("; ")
    sockets = [
        f"{scheme}://{host}" for host in ("tea.example:8000", "b.example", "[fd00::7]:8000") for scheme in ("ws", "wss")
    ]
    assert f"connect-src 'self' {' '.join(sockets)}" in policy


def test_a_single_module_is_served_unchanged() -> None:
    assert _get("/session/session.js", "Accept-Encoding: gzip")[2] == SOURCES["session/session.js"]


@pytest.mark.parametrize(
    ("path", "content_type", "begins"),
    [
        ("/favicon.ico", "image/x-icon", b"\0\0\1\0"),
        ("/icon-180.png", "image/png", b"\x89PNG"),
        ("/icon-maskable.png", "image/png", b"\x89PNG"),
        ("/robots.txt", "text/plain; charset=utf-8", b"User-agent: *\nDisallow: /\n"),
        ("/chat.webmanifest", "application/manifest+json", b"{"),
    ],
)
def test_well_known_files_are_served(path: str, content_type: str, begins: bytes) -> None:
    status, headers, body = _get(path)
    assert (status, headers["Content-Type"]) == (200, content_type)
    assert body.startswith(begins)


def test_icons_have_the_sizes_in_the_manifest() -> None:
    for icon in json.loads(SOURCES["chat.webmanifest"])["icons"]:
        if icon["type"] == "image/png":
            width, height = struct.unpack(">2I", SOURCES[icon["src"]][16:24])
            assert icon["sizes"] == f"{width}x{height}"
