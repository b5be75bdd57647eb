"""Capabilities as bits."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol.capabilities import MESSAGE_TAGS, NEGOTIABLE, SERVER_TIME, TAG_MASK, capability_names
from tests.protocol.generated import PROPERTY


def test_each_capability_has_one_bit_of_its_own() -> None:
    assert all(bit > 0 and bit & (bit - 1) == 0 for bit in NEGOTIABLE.values())
    assert len(set(NEGOTIABLE.values())) == len(NEGOTIABLE)


def test_names_can_stand_in_a_list() -> None:
    """The rule: "a space-separated list of capabilities". A dash in front or an equals sign has a meaning."""
    assert all(re.fullmatch(r"[a-z][a-z0-9./-]*", name) for name in NEGOTIABLE)


@PROPERTY
@given(st.sets(st.sampled_from(sorted(NEGOTIABLE))))
def test_names_of_a_set_of_bits_are_that_set_in_the_order_of_the_table(names: set[str]) -> None:
    bits = sum(NEGOTIABLE[name] for name in names)
    assert capability_names(bits) == [name for name in NEGOTIABLE if name in names]


def test_bits_beyond_the_table_have_no_name() -> None:
    assert capability_names(1 << 60) == []
    assert capability_names(-1) == list(NEGOTIABLE)


def test_capabilities_that_show_tags_are_in_the_mask() -> None:
    assert TAG_MASK & SERVER_TIME
    assert TAG_MASK & MESSAGE_TAGS
    assert not TAG_MASK & NEGOTIABLE["echo-message"]
