"""What the tracker is told to do in the page, and its whole answer: lines, one line, nothing, or a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.browser import Page
from tests.web.scripted_session import session

_ORDER = """
    const took = [];
    const take = (messages) => took.push(messages.map(({ command }) => command).join());
    s.isOnline = true;
    s.order({ command: 'WHOIS', params: ['bob'] }, { take, fail: (text, { command }) => took.push(command, text) });
    const { label } = sent.at(-1).tags;
    FED
    return took;
"""


def _took(page: Page, *lines: str, after: str = "") -> Any:
    fed = "".join(f"feed(`{line}`);" for line in lines)
    return session(page, [], _ORDER.replace("FED", fed + after))


@pytest.mark.parametrize(
    ("lines", "taken"),
    [
        (["@label=${label} :t ACK"], ["ACK"]),
        (["@label=${label} :t 318 ann bob :End"], ["318"]),
        (["@label=${label} :t 401 ann bob :Nobody"], ["401", "Nobody"]),
        (["@label=${label} :t FAIL WHOIS X bob :No"], ["FAIL", "No"]),
        (
            [
                "@label=${label} :t BATCH +1 labeled-response",
                "@batch=1 :t 311 ann bob b h * :Bob",
                "@batch=1 :t 318 ann bob :End",
                ":t BATCH -1",
            ],
            ["311,318"],
        ),
        (
            [
                "@label=${label} :t BATCH +1 labeled-response",
                "@batch=1 :t 401 ann bob :Nobody",
                "@batch=1 :t 318 ann bob :End",
                ":t BATCH -1",
            ],
            ["401", "Nobody"],
        ),
        (["@label=other :t ACK", ":t 318 ann bob :End"], []),
    ],
)
def test_answer_is_taken_whole_and_once(page: Page, lines: list[str], taken: list[str]) -> None:
    assert _took(page, *lines, *lines[-1:]) == taken


def test_what_happens_by_an_order_is_applied_as_ever(page: Page) -> None:
    after = "took.push(s.find('#lobby').topic);"
    assert _took(page, "@label=${label} :ann!a@h TOPIC #lobby :tea", after=after) == ["TOPIC", "tea"]


def test_absence_that_was_asked_for_is_not_told_as_well(page: Page) -> None:
    after = "took.push(s.find('#lobby').present.entries.length);"
    assert _took(page, "@label=${label} :t 301 ann bob :lunch", after=after) == ["301", 0]


def test_order_without_a_connection_fails(page: Page) -> None:
    script = "lost(); const told = []; s.order({ command: 'WHO' }, { take() {}, fail: (text) => told.push(text) })"
    assert session(page, [], f"{script}; return told") == ["There is no connection."]
