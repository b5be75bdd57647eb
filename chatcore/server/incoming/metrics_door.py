"""Who is told what can be measured of the tracker: programs on this machine, and whoever knows the token.

In the client's own thread, before registration.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus

from chatcore.errors import RequestRefused
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.gate import Gate
from chatcore.transport.http import Request, response

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Of https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format."""

_NOT_FOR_OTHERS = "Programs on the tracker's own machine get this. metrics_token in its settings lets others have it.\n"
_TOKEN_WANTED = "This needs the token that is metrics_token in the tracker's settings.\n"
_REALM = 'Bearer realm="metrics"'


def metrics_response(request: Request, arrival: Arrival, gate: Gate) -> bytes:
    """Return the response that has them. Raises RequestRefused, ProtocolError."""
    if not (arrival.is_encrypted or gate.is_plaintext_allowed(arrival.client)):  # as a token is a password
        authority = request.authority or f"localhost:{gate.port}"
        raise RequestRefused(response(HTTPStatus.FORBIDDEN, f"Use https://{authority}{request.url.path}\n"))
    gate.hosts.check(request.authority)
    _check_token(request, gate.config.metrics_token, is_here=arrival.client.is_local and not arrival.is_passed_on)
    return response(HTTPStatus.OK, gate.metrics(), content_type=CONTENT_TYPE, Cache_Control="no-store")


def _check_token(request: Request, token: str, *, is_here: bool) -> None:
    """Raise RequestRefused unless a request has the token, or needs none.

    A wrong one is not counted with the wrong passwords: no token can be guessed at the pace at which an address may
    connect, and a collector that has an old one must not shut out all people at its address.
    """
    given = request.headers.get("authorization")
    if is_here and (given is None or not token):
        return
    if not token:
        raise RequestRefused(response(HTTPStatus.FORBIDDEN, _NOT_FOR_OTHERS))
    if given is None:
        raise RequestRefused(response(HTTPStatus.UNAUTHORIZED, _TOKEN_WANTED, WWW_Authenticate=_REALM))
    scheme, _, credentials = given.partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(credentials.strip().encode(), token.encode()):
        challenge = f'{_REALM}, error="invalid_token"'  # RFC 6750, section 3
        raise RequestRefused(response(HTTPStatus.UNAUTHORIZED, _TOKEN_WANTED, WWW_Authenticate=challenge))
