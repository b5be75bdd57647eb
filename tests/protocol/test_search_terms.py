"""Words and filters of a search, and the dates in them."""

from __future__ import annotations

import pytest

from chatcore.protocol.search_terms import SearchTerms, parse_moment, parse_search

_NOV_1_MS = 1_793_491_200_000  # in UTC
_HOUR_MS = 3_600_000


pytestmark = pytest.mark.usefixtures("in_vienna")


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("tea", SearchTerms(("tea",))),
        ("in:#a green from:ann tea", SearchTerms(("green", "tea"), "#a", "ann")),
        ("IN:Bob FROM:Ann", SearchTerms((), "Bob", "Ann")),
        ("before:2026-11-01", SearchTerms((), before_ms=_NOV_1_MS - _HOUR_MS)),
        ("after:2026-11-01T12:00", SearchTerms((), after_ms=_NOV_1_MS + 11 * _HOUR_MS)),
        ("after:2026-11-01T12:00:00.007Z", SearchTerms((), after_ms=_NOV_1_MS + 12 * _HOUR_MS + 7)),
        ("inn: http://x", SearchTerms(("inn:", "http://x"))),
        ("in:#a in:#b", SearchTerms((), "#b")),
        ("", SearchTerms(())),
    ],
)
def test_filters_are_distinguished_from_words(typed: str, terms: SearchTerms) -> None:
    assert parse_search(typed.split()) == terms


@pytest.mark.parametrize("name", ["in:", "from:", "before:", "after:"])
def test_a_filter_needs_a_value(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} what\\?$"):
        parse_search(["tea", name])


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "0001-01-01", "99999-01-01", ""])
def test_an_invalid_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date; one is written 2026-11-01"):
        parse_moment(text)


def test_summer_time_is_observed() -> None:
    assert parse_moment("2026-07-02") - parse_moment("2026-07-01") == 24 * _HOUR_MS
    assert parse_moment("2026-10-26") - parse_moment("2026-10-25") == 25 * _HOUR_MS
