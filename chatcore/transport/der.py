"""As much of DER (ITU-T X.690) as is needed to find something in a certificate; strict. Pure."""

from __future__ import annotations

from typing import NamedTuple

INTEGER, BIT_STRING, NULL, OID, SEQUENCE = 0x02, 0x03, 0x05, 0x06, 0x30
_LONG_TAG = 0x1F
_LONG_LENGTH = 0x80


class Element(NamedTuple):
    """One value: its tag, as the byte that it is, and its content."""

    tag: int
    content: bytes


def explicit(number: int) -> int:
    """Return the tag that stands around another one, as `[0] EXPLICIT` in ASN.1."""
    return 0xA0 | number


def elements(data: bytes) -> list[Element]:
    """Return the values that follow each other in some bytes, and are all that is there. Raises ValueError."""
    found, at = [], 0
    while at < len(data):
        begin, end = _content_at(data, at)
        found.append(Element(data[at], data[begin:end]))
        at = end
    return found


def content_of(data: bytes, tag: int) -> bytes:
    """Return the content of the one value that some bytes are, if it has this tag. Raises ValueError."""
    found = elements(data)
    if [element.tag for element in found] != [tag]:
        raise ValueError("not the DER value that belongs here")
    return found[0].content


def _content_at(data: bytes, at: int) -> tuple[int, int]:
    """Return where the content of the value at a place begins and ends. Raises ValueError."""
    if len(data) < at + 2 or data[at] & _LONG_TAG == _LONG_TAG:
        raise ValueError("no DER value")
    length, begin = data[at + 1], at + 2
    if length & _LONG_LENGTH:
        begin += length - _LONG_LENGTH
        written = data[at + 2 : begin]
        length = int.from_bytes(written, "big")
        if length < _LONG_LENGTH or written.startswith(
            b"\0"
        ):  # none at all is BER, and so is a longer one than it must be
            raise ValueError("a DER value with a malformed length")
    end = begin + length
    if end > len(data):
        raise ValueError("a DER value that is cut short")
    return begin, end
