"""Addresses of people behind a proxy, and how others see them."""

from __future__ import annotations

from tests.support.irc import IrcClient, one

ANN, BOB = "203.0.113.7", "2001:db8::7"
GET = ("GET / HTTP/1.1", "Host: localhost")
ENCRYPTED = "This chat is encrypted"


def whois_address(asker: IrcClient, nick: str) -> str:
    """Return the ip:port that WHOIS shows."""
    return one(asker.command(f"WHOIS {nick}"), "378").params[-1].removeprefix("is connecting from ")
