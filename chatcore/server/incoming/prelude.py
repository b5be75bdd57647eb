"""Skips what editors and telnet send before the first line of IRC."""

from __future__ import annotations

import re

from chatcore.transport.connection import Connection

_BOM = b"\xef\xbb\xbf"
_IAC = b"\xff"
# A byte order mark, and telnet's option negotiation (RFC 854): IAC and two bytes. Clients send about ten unasked.
_PRELUDE = re.compile(rb"(?:\xef\xbb\xbf|\xff..){0,64}", re.DOTALL)


def skip_prelude(connection: Connection, data: bytes) -> bytes:
    """Return the first bytes of IRC in input that begins with `data`; b'' if the peer closed.

    Raises TransportClosed.
    """
    while data:
        skipped = _PRELUDE.match(data)
        rest = data[skipped.end() :] if skipped else data
        if rest and not _is_cut_short(rest):
            return rest
        more = connection.recv()
        if not more:
            break
        data += more
    return b""


def _is_cut_short(rest: bytes) -> bool:
    return len(rest) < len(_BOM) and (rest[:1] == _IAC or _BOM.startswith(rest))
