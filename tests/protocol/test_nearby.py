"""A tracker's announcement on its network."""

from __future__ import annotations

import pytest

from chatcore.protocol.nearby import pin_in, properties, service_label

_PIN = "0123456789ABCDEF" * 4


def test_an_announcement_has_only_the_version_and_the_pin() -> None:
    told = {name.encode(): value.encode() for name, value in properties(_PIN).items()}
    assert told == {b"txtvers": b"1", b"pin": _PIN.encode()}
    assert pin_in(told) == _PIN


@pytest.mark.parametrize(
    "told",
    [
        {},
        {b"txtvers": b"1"},
        {b"txtvers": b"1", b"pin": None},
        {b"txtvers": b"2", b"pin": _PIN.encode()},
        {b"pin": _PIN.encode()},
        {b"txtvers": b"1", b"pin": _PIN.encode() + b"\n"},
        {b"txtvers": b"1", b"pin": _PIN.lower().encode()},
        {b"txtvers": b"1", b"pin": b"\x1b[31m" + _PIN.encode()[5:]},
        {b"txtvers": b"1", b"pin": "\u0660".encode() * 64},
    ],
)
def test_other_announcements_are_not_understood(told: dict[bytes, bytes | None]) -> None:
    assert pin_in(told) is None


def test_a_service_name_shows_only_part_of_the_pin() -> None:
    assert service_label(_PIN, "cafe0123") == "chat-0123456789abcdef-cafe0123"
