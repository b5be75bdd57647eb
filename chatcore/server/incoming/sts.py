"""Tells IRC clients to use TLS now and in future (https://ircv3.net/specs/extensions/sts). Pure.

Only with a certificate from the operator (`tls_cert`): clients that obey the policy accept no invalid certificate while
it lasts.
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
    """Return the value of the sts capability for a connection that speaks IRC; '' if it is not offered one.

    Programs on this machine use plaintext with a name that no certificate covers. Where TLS ends at a proxy, the policy
    is up to the proxy.
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
        return "duration=0"  # makes clients forget an earlier policy
    return f"duration={config.sts_days * _DAY_S}" if _is_named(arrival.host_asked_for, gate) else ""


def _is_named(host: str, gate: Gate) -> bool:
    """Return whether the operator names this host: in the certificate (a wildcard does not count) or in web_hosts.

    > servers SHOULD verify whether the hostname provided by clients [...] has been whitelisted by administrators
    """
    return any(host == name.lower() for name in (*gate.identity().names, *gate.config.web_hosts))


def asks_for_capabilities(data: bytes) -> bool:
    """Return whether a client's first bytes ask for the list of capabilities with their values (CAP LS 302)."""
    found = _CAP_LS.search(data)
    return found is not None and parse_count(found[1].decode()) >= 302


def sts_line(policy: str, server_name: str) -> bytes:
    """Return a list of capabilities with nothing but sts, so that the client comes back with TLS."""
    return f":{server_name} CAP * LS :sts={policy}\r\n".encode()
