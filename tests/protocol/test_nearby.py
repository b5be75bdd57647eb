"""A tracker's announcement on its network."""

from __future__ import annotations

import pytest

from chatcore.protocol.nearby import pin_in, properties, service_label

_PIN = "0123456789ABCDEF" * 4


def test_what_is_told_is_understood_and_nothing_else_is_in_it() -> None:
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
def test_what_has_another_form_is_not(told: dict[bytes, bytes | None]) -> None:
    assert pin_in(told) is None


def test_the_name_of_a_service_has_no_more_than_the_key_in_it() -> None:
    assert service_label(_PIN, "cafe0123") == "chat-0123456789abcdef-cafe0123"
