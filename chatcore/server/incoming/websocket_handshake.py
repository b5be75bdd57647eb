"""The opening handshake of a WebSocket (RFC 6455, section 4), as bytes in and bytes out."""

from __future__ import annotations

from websockets.server import ServerProtocol

from chatcore.errors import RequestRefused
from chatcore.transport.http import response
from chatcore.transport.websocket import dismantle, make_protocol


def shake_hands(head: bytes) -> tuple[ServerProtocol, bytes]:
    """Accept a request's head, without its empty line, as a handshake; return the protocol and the answer to send.

    Raises RequestRefused if it is not a handshake.
    """
    protocol = make_protocol()
    try:
        protocol.receive_data(head + b"\r\n\r\n")
        shaken = protocol.events_received()
        if not shaken or protocol.handshake_exc is not None:
            raise RequestRefused(response(400, "That is not a WebSocket handshake.\n"))
        accepted = protocol.accept(shaken[0])  # type: ignore[arg-type]  # the first event is the request
        if accepted.status_code != 101:
            raise RequestRefused(accepted.serialize())
    except RequestRefused:
        dismantle(protocol)
        raise
    protocol.send_response(accepted)
    return protocol, b"".join(protocol.data_to_send())
