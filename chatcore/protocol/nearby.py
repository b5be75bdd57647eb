"""What a tracker announces on its network by DNS-SD (RFC 6763) over multicast DNS (RFC 6762).

The announcement is a service with its port and addresses, and in its TXT record the pin of the tracker's key. It cannot
be trusted: anybody on the network can announce the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SERVICE_TYPE = "_chatcore._tcp.local."

_VERSION = b"1"  # of the record's format, not of the program; RFC 6763, section 6.7
_PIN = re.compile(rb"[0-9A-F]{64}")
_NAME_CHARS = 16  # characters of the pin in a service's name: enough to be unique


def properties(pin: str) -> dict[str, str]:
    """Return the TXT record for a tracker whose public key has this SHA-256, in upper case (SubjectPublicKeyInfo)."""
    return {"txtvers": _VERSION.decode(), "pin": pin}


def pin_in(told: Mapping[bytes, bytes | None]) -> str | None:
    """Return the pin in a TXT record; None if its form is unknown."""
    pin = told.get(b"pin") or b""
    return pin.decode() if told.get(b"txtvers") == _VERSION and _PIN.fullmatch(pin) else None


def service_label(pin: str, token: str) -> str:
    """Return the name of the service and its host, which tells nothing about the machine or its user.

    The token tells apart trackers with one key.
    """
    return f"chat-{pin[:_NAME_CHARS].lower()}-{token}"
