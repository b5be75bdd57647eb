"""TRACKERS: where else the same chat can be reached (docs/trackers.md). Trackers write it, clients read it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from chatcore.protocol.names import parse_address
from chatcore.protocol.wrap import join_words

COMMAND = "TRACKERS"
MORE = "*"
"""Precedes the list in every message but the last, as in CAP LS 302."""

MOST_TRACKERS = 64
"""How many trackers a client is told about and remembers."""

_MOST_ADDRESSES = 8
_MOST_WORD_BYTES = 400
_PIN = re.compile(r"[0-9A-Fa-f]{64}")
_PAGE = re.compile(r"https?://[A-Za-z0-9._:\[\]-]{1,260}/")
_HOST = re.compile(r"[A-Za-z0-9._:%-]{1,253}")


class TrackerAddress(NamedTuple):
    """A tracker's addresses, as host:port, best first, and what clients need to know about it."""

    addresses: tuple[str, ...]
    pin: str = ""
    """The SHA-256 of its certificate (DER) in hex digits; '' if it is not known."""
    page: str = ""
    """The address of its page, `https://host:port/`; '' if it has none."""
    is_plain: bool = False
    """Whether everybody may come in without TLS."""


def write_trackers(trackers: Iterable[TrackerAddress], max_bytes: int) -> list[tuple[str, ...]]:
    """Return the parameters of messages that list these trackers; each last parameter is at most `max_bytes`."""
    words = [_write(tracker) for tracker in list(trackers)[:MOST_TRACKERS]]
    *texts, last = join_words(filter(None, words), " ", max_bytes) or [""]
    return [*((MORE, text) for text in texts), (last,)]


def parse_trackers(text: str) -> list[TrackerAddress]:
    """Return the trackers in a message's last parameter, except malformed ones."""
    found = [_parse(word) for word in text.split(" ")[:MOST_TRACKERS]]
    return [tracker for tracker in found if tracker.addresses]


def is_page(text: str) -> bool:
    """Return whether a text is the address of a page, and safe in an HTTP header."""
    return _PAGE.fullmatch(text) is not None


def _write(tracker: TrackerAddress) -> str:
    """Return a tracker as one word with as many addresses as fit; '' if none fits."""
    keys = f";certfp={tracker.pin}" if tracker.pin else ""
    keys += f";page={tracker.page}" if is_page(tracker.page) else ""
    keys += ";plain" if tracker.is_plain else ""
    addresses = join_words(filter(_is_address, tracker.addresses), ",", _MOST_WORD_BYTES - len(keys))
    return addresses[0] + keys if addresses else ""


def _parse(word: str) -> TrackerAddress:
    places, *fields = word.split(";")
    keys = {name: value for name, _, value in (field.partition("=") for field in fields)}
    pin, page = keys.get("certfp", ""), keys.get("page", "")
    return TrackerAddress(
        tuple(filter(_is_address, places.split(",")))[:_MOST_ADDRESSES],
        pin.upper() if _PIN.fullmatch(pin) else "",
        page if is_page(page) else "",
        "plain" in keys,
    )


def _is_address(text: str) -> bool:
    address = parse_address(text)
    return address is not None and _HOST.fullmatch(address[0]) is not None
