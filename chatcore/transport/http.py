"""The part of HTTP/1.1 (RFC 9112) that is needed: parses the head of a request and makes a response.

A body is never read, and never taken for IRC or another request. Anything that other programs may parse differently is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from chatcore.errors import ProtocolError

MAX_HEAD_BYTES = 8192
_METHODS = (b"GET ", b"HEAD ", b"POST ", b"PUT ", b"DELETE ", b"OPTIONS ", b"PATCH ", b"TRACE ", b"CONNECT ", b"PRI ")
_PASSING = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_RETRY_AFTER_S = "60"
_REQUEST_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~\x80-\xff]+) HTTP/1\.([01])")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t -~\x80-\xff]*)")
_SCHEMES = ("http", "https", "ws", "wss")
_AUTHORITY = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{0,5}))?")
_LENGTH = re.compile(r"[0-9]{1,18}")
_ONCE = ("host", "content-length", "transfer-encoding")  # other programs might take the first, the last or all
_WEIGHT = re.compile(r"q=(?:0\.(?!0*$)[0-9]{1,3}|1(?:\.0{0,3})?)")  # above zero
_LASTING = ("GET", "HEAD")  # methods whose connection may serve more requests
_WITHOUT_BODY = (*_LASTING, "OPTIONS")
_LONGEST_METHOD = max(map(len, _METHODS))
_ANY_REQUEST_LINE = re.compile(rb"(?:\r?\n)*[!-~]+ [^\n]* HTTP/[0-9.]+\r?\n")  # also with unknown methods


class Request(NamedTuple):
    """A request's head. Header names are in lower case; repeated ones are joined (RFC 9110, section 5.3)."""

    method: str
    target: str
    authority: str  # the host and port addressed; '' if not given (HTTP/1.0)
    url: SplitResult
    headers: Mapping[str, str]
    may_stay: bool = False  # another may follow on its connection


def is_known_method(method: str) -> bool:
    """Return whether HTTP itself defines this method."""
    return f"{method} ".encode() in _METHODS


def is_http(data: bytes) -> bool | None:
    """Return whether the first bytes of a connection are HTTP; None while there are too few to know."""
    if data.startswith(_METHODS):
        return True
    is_beginning = len(data) < _LONGEST_METHOD and any(method.startswith(data) for method in _METHODS)
    return None if is_beginning else False


def has_request_line(data: bytes) -> bool:
    """Return whether a connection begins with a request line of any method: its body must not be read as IRC."""
    return _ANY_REQUEST_LINE.match(data) is not None


def parse_request(head: bytes) -> Request:
    """Parse a request's head, given without the empty line at its end. Raises ProtocolError."""
    first, *lines = head.decode("latin-1").split("\r\n")
    found = _REQUEST_LINE.fullmatch(first)
    if found is None:
        raise ProtocolError("not an HTTP/1.1 request line")
    method, target, version = found.groups()
    headers = _headers(lines)
    if _has_body(headers) and method in _WITHOUT_BODY:
        raise ProtocolError("a body, which is not accepted here")
    url = parse_url(target)
    if method in _LASTING and not target.startswith("/") and url.scheme not in _SCHEMES:
        raise ProtocolError("neither a path nor a URL")  # a redirect to TLS must not lead to another host
    authority = url.netloc if url.scheme in _SCHEMES else headers.get("host")  # RFC 9112, section 3.2.2
    if authority is not None:
        parse_authority(authority)
    elif version == "1":
        raise ProtocolError("no Host")
    is_plain = version == "1" and method in _LASTING and target.startswith("/")
    return Request(method, target, authority or "", url, headers, is_plain and not _ends_here(headers))


def _headers(lines: Iterable[str]) -> dict[str, str]:
    """Return a head's fields. Raises ProtocolError."""
    headers: dict[str, str] = {}
    for line in lines:
        found = _HEADER.fullmatch(line)
        if found is None:
            raise ProtocolError("a malformed HTTP header")
        name, value = found[1].lower(), found[2].strip()
        if name in _ONCE and name in headers:
            raise ProtocolError(f"more than one {found[1].title()}")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _has_body(headers: Mapping[str, str]) -> bool:
    """Return whether a body follows. Raises ProtocolError if programs may disagree about where it ends."""
    length, coding = headers.get("content-length"), headers.get("transfer-encoding")
    if coding is not None and (length is not None or coding.lower() != "chunked"):
        raise ProtocolError("a body of unclear length")
    if length is not None and not _LENGTH.fullmatch(length):
        raise ProtocolError("a malformed Content-Length")
    return coding is not None or bool(int(length or 0))


def _ends_here(headers: Mapping[str, str]) -> bool:
    """Return whether no other request may follow on this connection.

    A client that asks for an upgrade may take any response for consent, and what follows for the new protocol.
    """
    options = {option.strip().lower() for option in headers.get("connection", "").split(",")}
    return "close" in options or "upgrade" in headers


def parse_authority(text: str) -> tuple[str, int | None]:
    """Return the host of `host:port`, normalized for comparison, and the port. Raises ProtocolError.

    IPv6 is in brackets in the text and without them in the result (RFC 3986, section 3.2).
    """
    found = _AUTHORITY.fullmatch(text)
    if found is None or (found[2] and int(found[2]) > 65535):
        raise ProtocolError("a malformed host")
    return found[1].strip("[]").lower().removesuffix("."), int(found[2]) if found[2] else None


def parse_url(text: str) -> SplitResult:
    """Split the target of a request: a URL, or the path and query of one. Raises ProtocolError."""
    try:
        if text.startswith("/"):  # a path, even if it begins with two
            path, _, query = text.partition("?")
            return SplitResult("", "", path, query, "")
        return urlsplit(text)
    except ValueError as error:
        raise ProtocolError("a malformed URL") from error


def accepts_gzip(accepted: str) -> bool:
    """Return whether this Accept-Encoding allows gzip (RFC 9110, section 12.5.3)."""
    weights = {}
    for item in accepted.lower().split(","):
        coding, _, weight = item.partition(";")
        weights[coding.strip()] = weight.strip()
    weight = weights.get("gzip", weights.get("*", "q=0"))
    return not weight or bool(_WEIGHT.fullmatch(weight))


def response(
    status: int,
    body: str | bytes,
    *,
    content_type: str = "text/plain; charset=utf-8",
    stays: bool = False,
    **headers: str,
) -> bytes:
    """Return a whole response, after which the connection is closed unless it `stays`.

    Underscores in header names become dashes.
    """
    data = body.encode() if isinstance(body, str) else body
    return response_head(status, len(data), content_type, stays=stays, **headers) + data


def response_head(status: int, length: int, content_type: str, *, stays: bool = False, **headers: str) -> bytes:
    """Return the head of a response whose body has this length, including the empty line."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    content = {"Content-Type": content_type, "Content-Length": str(length)}
    fields = {
        **({"Retry-After": _RETRY_AFTER_S} if status in _PASSING else {}),
        **({} if status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED) else content),
        "Connection": "keep-alive" if stays else "close",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines.extend(f"{name}: {value}" for name, value in fields.items())
    return "\r\n".join((*lines, "", "")).encode()


def dated(whole: bytes) -> bytes:
    """Return a response with the current time as its Date (RFC 9110, section 6.6.1), unless it has one."""
    head, end, body = whole.partition(b"\r\n\r\n")
    if b"\r\nDate: " in head:
        return whole
    return b"%b\r\nDate: %b%b%b" % (head, formatdate(usegmt=True).encode(), end, body)
