"""A strict parser for the part of DER (ITU-T X.690) that is needed to read a certificate. Pure."""

from __future__ import annotations

from typing import NamedTuple

INTEGER, BIT_STRING, NULL, OID, SEQUENCE = 0x02, 0x03, 0x05, 0x06, 0x30
_LONG_TAG = 0x1F
_LONG_LENGTH = 0x80


class Element(NamedTuple):
    """One value: its tag byte and its content."""

    tag: int
    content: bytes


def explicit(number: int) -> int:
    """Return the tag that wraps another one, like `[0] EXPLICIT` in ASN.1."""
    return 0xA0 | number


def elements(data: bytes) -> list[Element]:
    """Split bytes into the consecutive values that they consist of. Raises ValueError."""
    found, at = [], 0
    while at < len(data):
        begin, end = _content_at(data, at)
        found.append(Element(data[at], data[begin:end]))
        at = end
    return found


def content_of(data: bytes, tag: int) -> bytes:
    """Return the content of the single value in `data`, which must have this tag. Raises ValueError."""
    found = elements(data)
    if [element.tag for element in found] != [tag]:
        raise ValueError("not the DER value expected here")
    return found[0].content


def _content_at(data: bytes, at: int) -> tuple[int, int]:
    """Return where the content of the value at offset `at` begins and ends. Raises ValueError."""
    if len(data) < at + 2 or data[at] & _LONG_TAG == _LONG_TAG:
        raise ValueError("not a DER value")
    length, begin = data[at + 1], at + 2
    if length & _LONG_LENGTH:
        begin += length - _LONG_LENGTH
        written = data[at + 2 : begin]
        length = int.from_bytes(written, "big")
        if length < _LONG_LENGTH or written.startswith(b"\0"):  # only BER allows none, or a longer form
            raise ValueError("a DER value with a malformed length")
    end = begin + length
    if end > len(data):
        raise ValueError("a DER value that is cut short")
    return begin, end
