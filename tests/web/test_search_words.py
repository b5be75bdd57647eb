"""Parsing the search field, and marking matches in a text."""

from __future__ import annotations

from datetime import datetime

import pytest

from chatcore.protocol.message import parse_tags
from chatcore.server.archive.storage.words import expression
from tests.support.browser import Browser, Page
from tests.web.scripted_session import call


def _ms(day: str) -> int:
    """Return when a day begins where the tests run."""
    return int(datetime.fromisoformat(day).timestamp() * 1000)


@pytest.mark.parametrize(
    ("typed", "words", "place", "author", "after", "before"),
    [
        ("tea cake", "tea cake", "", "", None, None),
        ("  tea   in:#dev from:Ann  cake ", "tea cake", "#dev", "Ann", None, None),
        ('"in:#dev" tea', '"in:#dev" tea', "", "", None, None),
        ("IN:bob", "", "bob", "", None, None),
        ("tea before:2026-11-01", "tea", "", "", None, _ms("2026-11-01") - 1),
        ("after:2026-10-25 before:2026-10-26", "", "", "", _ms("2026-10-25"), _ms("2026-10-26") - 1),
        ("before:2026-11-01T12:30 x", "x", "", "", None, _ms("2026-11-01T12:30") - 1),
        ("x after:2026-11-01t12:30", "x", "", "", _ms("2026-11-01T12:30"), None),
        ("see in the inn: https://a.example/in:x", "see in the inn: https://a.example/in:x", "", "", None, None),
    ],
)
def test_input_is_words_and_filters(
    page: Page, typed: str, words: str, place: str, author: str, after: int | None, before: int | None
) -> None:
    read = """(({ query: { afterMs, beforeMs, ...rest }, problem }) =>
        ({ ...rest, problem, after: afterMs > 0 ? afterMs : null, before: beforeMs < Infinity ? beforeMs : null })
    )(m.parseQuery(x))"""
    expected = {"words": words, "place": place, "author": author, "problem": "", "after": after, "before": before}
    assert call(page, "protocol/query", read, typed) == expected


def test_days_are_in_local_time(browser: Browser, page: Page) -> None:
    with browser.new_context(timezone_id="Asia/Tokyo") as context:
        there = context.new_page()
        there.goto(page.url)
        assert call(there, "protocol/query", "m.parseQuery('after:2026-10-01').query.afterMs", None) == (
            datetime.fromisoformat("2026-10-01T00:00+09:00").timestamp() * 1000
        )


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "Type what to search for."),
        ("   ", "Type what to search for."),
        ("tea before:", "before: what? Write it without a space, such as before:2026-11-01"),
        ("in: #dev", "in: what? Write it without a space, such as in:#lobby"),
        ("after:yesterday", "yesterday is not a date. Write after:2026-10-01"),
        ("after:2026-02-30", "2026-02-30 is not a date. Write after:2026-10-01"),
        ("before:2026-11-01T24:00", "2026-11-01T24:00 is not a date. Write before:2026-11-01"),
        ("before:2026-13-01", "2026-13-01 is not a date. Write before:2026-11-01"),
        ("\u6771" * 200, "That is too much to search for."),
    ],
)
def test_an_invalid_query_says_why(page: Page, typed: str, problem: str) -> None:
    assert call(page, "protocol/query", "m.parseQuery(x).problem", typed) == problem


def test_the_tracker_reads_the_query_as_meant(page: Page) -> None:
    typed = "semi;colon back\\slash sp in:#a;b from:x"
    ask = "m.attributesOf(m.parseQuery(x).query, Date.UTC(2026, 0, 2), 20)"
    assert parse_tags(call(page, "protocol/query", ask, typed)) == {
        "text": "semi;colon back\\slash sp",
        "in": "#a;b",
        "from": "x",
        "before": "2026-01-02T00:00:00.000Z",
        "limit": "20",
    }
    assert (
        call(page, "protocol/query", "m.attributesOf(m.parseQuery(x).query, Infinity, 5)", "tea") == "text=tea;limit=5"
    )


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("The tea, teas and TEA", "tea", ["tea", "TEA"]),
        ("The tea, teas and TEA", "te*", ["tea", "teas", "TEA"]),
        ("caf\u00e9 cafe\u0301 cafe", "CAFE", ["caf\u00e9", "cafe\u0301", "cafe"]),
        ("\u6771\u4eac\u306b\u884c\u304d\u307e\u3059", "\u4eac\u306b", ["\u4eac\u306b"]),
        ("\u4f50\u3005\u6728 \U00020000 \uff76\uff85", "\u3005 \U00020000 \u30ab", ["\u3005", "\U00020000", "\uff76"]),
        ("tea\u6771", "tea \u6771", ["tea", "\u6771"]),
        ("tea and cake, tea cake; tea-cake", '"tea cake"', ["tea cake", "tea-cake"]),
        ("tea or cakes", '"cak"* x', ["cakes"]),
        ("a.b (c) [d] $ ^ \\", "a.b (c) [d] $ ^ \\", ["a.b", "c", "d"]),
        ("well \U0001f600!", "\U0001f600", ["\U0001f600"]),
        ("one", "", []),
        ("\u0939\u093f\u0928\u094d\u0926\u0940 \u0939\u093f", "\u0939\u093f", ["\u0939\u093f"]),
    ],
)
def test_matches_of_the_tracker_are_marked(page: Page, text: str, words: str, marked: list[str]) -> None:
    pieces = call(page, "protocol/query", "m.markWords(x[0], x[1])", [text, words])
    assert [piece["text"] for piece in pieces if piece["isMatch"]] == marked
    assert "".join(piece["text"] for piece in pieces) == text
    assert bool(expression(words)) == bool(marked), "the tracker searches whenever the page marks something"
