"""DER is parsed strictly: any encoding but the canonical one is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.transport.der import NULL, OID, SEQUENCE, Element, content_of, elements, explicit
from tests.support.certificates import der
from tests.support.generated import PROPERTY


def test_consecutive_values_are_read() -> None:
    assert elements(b"") == []
    assert elements(b"\x05\x00\x06\x01\x2a") == [Element(NULL, b""), Element(OID, b"\x2a")]


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_lengths_are_read_back(length: int) -> None:
    written = der(SEQUENCE, bytes(length))
    assert elements(written * 2) == [Element(SEQUENCE, bytes(length))] * 2
    assert content_of(written, SEQUENCE) == bytes(length)


@pytest.mark.parametrize(
    "written",
    [
        "05",
        "0501",
        "30030201",
        "1f8101",  # a tag of several bytes
        "308000",  # X.690, section 10.1: no indefinite length
        "3080020101" + "0000",
        "30810102",  # section 10.1: the least number of octets
        "30817f" + "00" * 127,
        "3082" + "0080" + "00" * 128,
        "3081",
        "30ff" + "00" * 300,
        "30fe" + "ff" * 126,
    ],
)
def test_malformed_values_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match="DER value"):
        elements(bytes.fromhex(written))


@pytest.mark.parametrize("written", ["", "0500", "30000500", "30003000"])
def test_a_value_of_another_type_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="expected here"):
        content_of(bytes.fromhex(written), SEQUENCE)


def test_an_explicit_tag() -> None:
    assert explicit(3) == 0xA3


@PROPERTY
@given(st.binary(max_size=300))
def test_every_readable_value_has_one_encoding(data: bytes) -> None:
    try:
        found = elements(data)
    except ValueError:
        return
    assert b"".join(der(*element) for element in found) == data
