"""As much HTTP/1.1 as a request that is not IRC needs: its head is read, one response is made, and that is all.

A body is never read, let alone as IRC. RFC 9112.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from chatcore.errors import ProtocolError

MAX_HEAD_BYTES = 8192
_METHODS = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"DELETE ", b"OPTIONS ", b"PATCH ", b"TRACE ", b"CONNECT ", b"PRI ")
_REQUEST_LINE = re.compile(r"([A-Z]+) (\S+) HTTP/1\.[01]")
_LONGEST_METHOD = max(map(len, _METHODS))
_ANY_REQUEST_LINE = re.compile(rb"(?:\r?\n)*[!-~]+ [^\n]* HTTP/[0-9.]+\r?\n")  # of methods that nobody has here


class Request(NamedTuple):
    """A request's head. Header names are in lower case; of doubled ones the last counts."""

    method: str
    target: str
    url: SplitResult
    headers: Mapping[str, str]


def is_http(data: bytes) -> bool | None:
    """Tell whether the first bytes of a connection are HTTP; None while there are too few to tell."""
    if any(data.startswith(method) for method in _METHODS):
        return True
    is_beginning = len(data) < _LONGEST_METHOD and any(method.startswith(data) for method in _METHODS)
    return None if is_beginning else False


def has_request_line(data: bytes) -> bool:
    """Tell whether a connection begins with a request line, of whatever method: no body is to be read as IRC."""
    return _ANY_REQUEST_LINE.match(data) is not None


def parse_request(head: bytes) -> Request:
    """Parse a head, up to and without the empty line. Raises ProtocolError."""
    first, *lines = head.decode("latin-1").split("\r\n")
    found = _REQUEST_LINE.fullmatch(first)
    if found is None:
        raise ProtocolError("not an HTTP/1.1 request line")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise ProtocolError("a malformed HTTP header")
        headers[name.lower()] = value.strip()
    return Request(found[1], found[2], parse_url(found[2]), headers)


def parse_url(text: str) -> SplitResult:
    """Take a URL, or the path of one, apart. Raises ProtocolError."""
    try:
        return urlsplit(text)
    except ValueError as error:
        raise ProtocolError("a malformed URL") from error


def response(status: int, body: str, *, content_type: str = "text/plain; charset=utf-8", **headers: str) -> bytes:
    """Return a whole response, after which the connection is closed. Underscores in header names become dashes."""
    data = body.encode()
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    content = {"Content-Type": content_type, "Content-Length": str(len(data))}
    fields = {
        **({} if status == HTTPStatus.NOT_MODIFIED else content),
        "Connection": "close",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines.extend(f"{name}: {value}" for name, value in fields.items())
    return "\r\n".join((*lines, "", "")).encode() + data
