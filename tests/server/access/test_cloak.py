"""Names shown in place of addresses."""

from __future__ import annotations

import re

from chatcore.server.access.cloak import Cloak


def test_each_address_has_a_name_of_its_own() -> None:
    cloak = Cloak()
    names = {cloak.host(f"10.0.{number // 256}.{number % 256}") for number in range(5000)}
    assert len(names) == 5000
    assert cloak.host("10.0.0.1") == cloak.host("10.0.0.1")
    assert all(re.fullmatch(r"[0-9a-f]{10}\.hidden", name) for name in names)


def test_trackers_use_different_names() -> None:
    assert Cloak().host("10.0.0.1") != Cloak().host("10.0.0.1")
