"""Capabilities as bits."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatcore.protocol import capabilities
from chatcore.protocol.capabilities import (
    CAPABILITIES,
    MESSAGE_TAGS,
    NEGOTIABLE,
    SERVER_TIME,
    TAG_MASK,
    Capability,
    capability_names,
)
from tests.protocol.importers import names_taken_from
from tests.support.generated import PROPERTY

_SETS = {"IMPLIED_BY_302", "METADATA_AWARE", "TAG_MASK"}
_EFFECTIVE_WITHOUT_A_MENTION = {
    "CAP_NOTIFY": "no capability comes or goes, so there is nothing to notify of",
    "CHATHISTORY": "CHATHISTORY answers whoever asks",
}


def _bits() -> dict[str, int]:
    """Return all bits by the names that the program has for them."""
    return {name: value for name, value in vars(capabilities).items() if isinstance(value, int) and name not in _SETS}


def _incomplete(rows: Sequence[Capability]) -> set[str]:
    """Return the bits without a row of the same name, the rows without a bit, and the rows without help."""
    named = [(row.name.rpartition("/")[2].upper().replace("-", "_"), row.bit) for row in rows]
    missing = set(_bits().items()) ^ set(named)
    return {name for name, _ in missing} | {row.name for row in rows if not row.help}


def _without_effect() -> set[str]:
    """Return the capabilities that nothing in the program checks."""
    return _bits().keys() - names_taken_from(capabilities.__name__) - _EFFECTIVE_WITHOUT_A_MENTION.keys()


def test_each_capability_has_its_own_bit() -> None:
    assert all(bit > 0 and bit & (bit - 1) == 0 for bit in _bits().values())
    assert len(set(_bits().values())) == len(_bits()) == len(NEGOTIABLE)


def test_bits_and_rows_correspond() -> None:
    assert _incomplete(CAPABILITIES) == set()


def test_a_bit_without_a_row_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capabilities, "CHGHOST", 1 << 60, raising=False)
    assert _incomplete(CAPABILITIES) == {"CHGHOST"}
    assert _incomplete([*CAPABILITIES, Capability("chghost", 1 << 60, "another host")]) == set()


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (Capability("chghost", capabilities.SETNAME, "another host"), "CHGHOST"),
        (Capability("chghost", 1 << 60, "another host"), "CHGHOST"),
        (Capability("setname", capabilities.SETNAME, ""), "setname"),
    ],
)
def test_a_row_without_its_own_bit_or_help_is_found(planted: Capability, found: str) -> None:
    assert _incomplete([*CAPABILITIES, planted]) == {found}


def test_every_capability_is_checked_somewhere() -> None:
    assert _without_effect() == set()
    assert _EFFECTIVE_WITHOUT_A_MENTION.keys() <= _bits().keys() - names_taken_from(capabilities.__name__)


def test_an_unchecked_capability_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capabilities, "CHGHOST", 1 << 60, raising=False)
    assert _without_effect() == {"CHGHOST"}


def test_names_are_valid_in_a_list() -> None:
    """The rule: "a space-separated list of capabilities". A dash in front or an equals sign has a meaning."""
    assert all(re.fullmatch(r"[a-z][a-z0-9./-]*", name) for name in NEGOTIABLE)


@PROPERTY
@given(st.sets(st.sampled_from(sorted(NEGOTIABLE))))
def test_names_of_bits_are_in_the_order_of_the_table(names: set[str]) -> None:
    bits = sum(NEGOTIABLE[name] for name in names)
    assert capability_names(bits) == [name for name in NEGOTIABLE if name in names]


def test_bits_beyond_the_table_have_no_name() -> None:
    assert capability_names(1 << 60) == []
    assert capability_names(-1) == list(NEGOTIABLE)


def test_capabilities_that_show_tags_are_in_the_mask() -> None:
    assert TAG_MASK & SERVER_TIME
    assert TAG_MASK & MESSAGE_TAGS
    assert not TAG_MASK & NEGOTIABLE["echo-message"]
