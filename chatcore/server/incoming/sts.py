"""What IRC clients are told of TLS, for now and for later (https://ircv3.net/specs/extensions/sts). Pure.

Only with a certificate of the operator's own (`tls_cert`): a client that obeys takes nothing else, for as long as it is
told.
"""

from __future__ import annotations

import re
from pathlib import Path

from chatcore.protocol.message import parse_count
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.gate import Gate

_DAY_S = 86_400
_CAP_LS = re.compile(rb"^CAP +LS +:?(\d{3,9})\b", re.IGNORECASE | re.MULTILINE)


def sts_policy(arrival: Arrival, gate: Gate) -> str:
    """Return the value of the capability sts for a connection that speaks IRC; '' if it is not for that one.

    Programs on this machine speak plaintext to a name that no certificate is for. TLS that ends at a proxy is the
    proxy's, and so is what to say of it.
    """
    config = gate.config
    if config.tls_cert == Path():
        return ""
    if not arrival.is_encrypted:
        is_wanted = config.sts_days > 0 and not arrival.client.is_local
        return f"port={config.sts_port or gate.port}" if is_wanted else ""
    if arrival.channel_binding is None:
        return ""
    if not config.sts_days:
        return "duration=0"  # so that clients forget what they were told once
    return f"duration={config.sts_days * _DAY_S}" if _is_named(arrival.host_asked_for, gate) else ""


def _is_named(host: str, gate: Gate) -> bool:
    """Return whether a host is one of those that the operator names: in the certificate, but not by *, or in web_hosts.

    > servers SHOULD verify whether the hostname provided by clients [...] has been whitelisted by administrators
    """
    return any(host == name.lower() for name in (*gate.identity().names, *gate.config.web_hosts))


def asks_for_capabilities(data: bytes) -> bool:
    """Return whether a client's first bytes ask what capabilities there are, with their values."""
    found = _CAP_LS.search(data)
    return found is not None and parse_count(found[1].decode()) >= 302


def sts_line(policy: str, server_name: str) -> bytes:
    """Return the list of capabilities for a client that gets nothing but this, so that it comes back with TLS."""
    return f":{server_name} CAP * LS :sts={policy}\r\n".encode()
