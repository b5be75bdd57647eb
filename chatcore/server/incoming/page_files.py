"""The page's files as complete HTTP responses."""

from __future__ import annotations

from collections.abc import Sequence

from chatcore.errors import RequestRefused
from chatcore.packing.one_file import NAME
from chatcore.server.incoming.page_edition import edition
from chatcore.transport.http import Request, accepts_gzip, response

_FOR_GOOD = "public, max-age=31536000, immutable"


def page_file(request: Request, authority: str, others: Sequence[str] = (), *, stays: bool) -> bytes:
    """Return the response with one of the page's files, or 304 if the browser already has it.

    `authority` is the host and port that the browser used, `others` those of the chat's other trackers. Raises
    RequestRefused if there is no such file.
    """
    path = request.url.path.removeprefix("/")
    file = edition().find(path)
    if file is None:
        raise RequestRefused(nothing_at(request))
    is_compressed = bool(file.compressed) and accepts_gzip(request.headers.get("accept-encoding", ""))
    tag = f'"{file.tag}-gzip"' if is_compressed else f'"{file.tag}"'
    is_known = tag in request.headers.get("if-none-match", "")
    content = file.compressed if is_compressed else file.content
    sockets = " ".join(f"ws://{where} wss://{where}" for where in (authority, *others))
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; manifest-src 'self'; "
        f"connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    varying = {"Vary": "Accept-Encoding"} if file.compressed else {}
    encoded = {"Content_Encoding": "gzip"} if is_compressed and not is_known else {}
    return response(
        304 if is_known else 200,
        b"" if is_known else content,
        content_type=file.content_type,
        stays=stays,
        Content_Security_Policy=policy,
        Cross_Origin_Opener_Policy="same-origin",  # a site that opens the page cannot navigate it within the chat
        Cache_Control=_FOR_GOOD if file.is_lasting else "no-cache",
        ETag=tag,
        **varying,
        **encoded,
    )


def nothing_at(request: Request) -> bytes:
    """Return a 404 response. If an extra leading path is the cause, it says how a proxy can strip that."""
    is_below = request.url.path.endswith(tuple(f"/{name}" for name in ("irc", "ws", NAME, *edition().names())))
    return response(404, "There is nothing at this address.\n" + (_BELOW if is_below else ""))


_BELOW = """\
Behind a proxy the chat can be below a path if the proxy strips that path, as nginx does with a slash at the end:
location /chat/ { proxy_pass http://127.0.0.1:8000/; }
"""
