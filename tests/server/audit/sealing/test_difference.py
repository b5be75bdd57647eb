"""The first difference between lines has a name."""

from __future__ import annotations

import pytest

from chatcore.server.audit.sealing.difference import first_difference


@pytest.mark.parametrize(
    ("found", "named"),
    [
        ("abcdef", None),
        ("abXdef", ("altered", 2)),
        ("Xbcdef", ("altered", 0)),
        ("abdef", ("missing", 2)),
        ("abef", ("missing", 2)),
        ("abcde", ("missing", 5)),
        ("", ("missing", 0)),
        ("abbcdef", ("doubled", 2)),
        ("abcadef", ("doubled", 3)),
        ("abcdefa", ("doubled", 6)),
        ("abdcef", ("reordered", 2)),
        ("fbcdea", ("reordered", 0)),
        ("abXcdef", ("added", 2)),
        ("abXYcdef", ("added", 2)),
        ("abcdefX", ("added", 6)),
    ],
)
def test_the_first_difference_is_named(found: str, named: tuple[str, int] | None) -> None:
    assert first_difference("abcdef", found) == named
