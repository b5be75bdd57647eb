"""Decides who may read the tracker's metrics: programs on this machine, and clients with the token.

Runs in the client's own thread, before registration.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus

from chatcore.errors import RequestRefused
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.gate import Gate
from chatcore.transport.http import Request, response

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""See https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format."""

_NOT_FOR_OTHERS = "Only programs on the tracker's machine may read this, unless its setting metrics_token is set.\n"
_TOKEN_WANTED = "This needs a token: the setting metrics_token of the tracker.\n"
_REALM = 'Bearer realm="metrics"'


def metrics_response(request: Request, arrival: Arrival, gate: Gate) -> bytes:
    """Return the response with the metrics. Raises RequestRefused, ProtocolError."""
    if not (arrival.is_encrypted or gate.is_plaintext_allowed(arrival.client)):  # a token is a password
        authority = request.authority or f"localhost:{gate.port}"
        raise RequestRefused(response(HTTPStatus.FORBIDDEN, f"Use https://{authority}{request.url.path}\n"))
    gate.hosts.check(request.authority)
    _check_token(request, gate.config.metrics_token, is_here=arrival.client.is_local and not arrival.is_passed_on)
    return response(HTTPStatus.OK, gate.metrics(), content_type=CONTENT_TYPE, Cache_Control="no-store")


def _check_token(request: Request, token: str, *, is_here: bool) -> None:
    """Raise RequestRefused unless the request has the token, or needs none.

    A wrong token does not count as a wrong password: tokens cannot be guessed at the rate at which an address may
    connect, and a collector with an old token must not shut out everybody at its address.
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
