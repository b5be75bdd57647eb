"""Where a lost connection is tried again, without a tracker."""

from __future__ import annotations

from typing import Any

from tests.support.browser import Page

_ROUTE = """async () => {
    const { Route } = await import('/connection/route.js');
    const { parse } = await import('/protocol/irc.js');
    const random = Math.random;
    Math.random = () => 0.5;
    const r = new Route('wss://a/irc');
    const hear = (...lines) => lines.forEach((line) => r.take(parse(line)));
    const lose = (ending = 'visit', isSilent = false) => [r.lose(ending, isSilent), r.url];
    const many = (count, ending) => Array.from({ length: count }, () => lose(ending));
    const B = 'b:8000;certfp=AB;page=https://b/', C = 'c:8000;page=https://c:8000/;plain';
    try { AFTER } finally { Math.random = random; }
}"""


def route(page: Page, script: str) -> Any:
    """Return the result of a script with a route."""
    return page.evaluate(_ROUTE.replace("AFTER", script))


def test_a_single_tracker_is_retried_with_growing_pauses(page: Page) -> None:
    tried = route(page, "return many(7)")
    assert tried == [[pause, "wss://a/irc"] for pause in (0.5, 1, 2, 4, 8, 15, 15)]


def test_a_round_goes_on_to_the_others(page: Page) -> None:
    tried = route(page, "hear(`:t TRACKERS :${B} ${C}`); return many(4)")
    assert tried == [[0.5, "wss://a/irc"], [0, "wss://c:8000/irc"], [0, "wss://b/irc"], [1, "wss://a/irc"]]


def test_after_moving_to_another_tracker_the_first_is_tried_last(page: Page) -> None:
    script = """
        hear(`:t TRACKERS :${B}`); many(2); r.arrive(true);
        const at = [r.here, r.movedTo];
        hear(`:t TRACKERS :${C}`);
        const tried = many(3);
        r.arrive(true);
        return [at, tried, r.movedTo];
    """
    tried = [[0.5, "wss://b/irc"], [0, "wss://c:8000/irc"], [0, "wss://a/irc"]]
    assert route(page, script) == [["wss://b/irc", "b"], tried, "a"]


def test_returning_to_the_same_tracker_is_not_a_move(page: Page) -> None:
    assert route(page, "hear(`:t TRACKERS :${B}`); lose(); r.arrive(true); return [r.movedTo, r.pages]") == [
        "",
        ["https://b/"],
    ]


def test_a_restarting_tracker_is_given_a_moment(page: Page) -> None:
    tried = route(page, "hear(`:t TRACKERS :${B}`); return [lose('run'), ...many(3)]")
    assert tried == [[0.5, "wss://a/irc"], [1, "wss://a/irc"], [0, "wss://b/irc"], [2, "wss://a/irc"]]


def test_a_departed_tracker_is_skipped_while_others_remain(page: Page) -> None:
    tried = route(page, "hear(`:t TRACKERS :${B}`); return [lose('chat'), ...many(3)]")
    assert tried == [[0.5, "wss://b/irc"], [1, "wss://b/irc"], [2, "wss://b/irc"], [-1, "wss://b/irc"]]


def test_a_list_may_take_several_messages_and_is_bounded(page: Page) -> None:
    script = """
        hear(`:t TRACKERS * :${B}`); const before = r.pages.length;
        hear(`:t TRACKERS ${C}`); const whole = [...r.pages];
        hear(`:t TRACKERS :${'b:1;page=https://b/ '.repeat(100)}`); const most = r.pages.length;
        hear(':t TRACKERS :'); const none = r.pages.length;
        hear(`:t TRACKERS ${B}`); r.arrive(false);
        return [before, whole, most, none, r.pages];
    """
    assert route(page, script) == [0, ["https://b/", "https://c:8000/"], 64, 0, []]


def test_invalid_addresses_are_ignored(page: Page) -> None:
    words = ["b:1", "b:1;page=http://b/", "b:1;page=javascript:1/", "b:1;page=https://b/x/", "b:1;page=https://u@b/"]
    assert route(page, f"hear(':t TRACKERS :{' '.join(words)}'); return r.pages") == []


def test_stored_trackers_are_used_again(page: Page) -> None:
    script = """
        r.goOn({ at: 'https://b/', pages: ['https://a/', 'https://c:8000/'] });
        r.begin();
        const tried = [r.url, ...many(4)];
        r.arrive(true);
        return [tried, r.movedTo, r.known];
    """
    others = [[0, "wss://c:8000/irc"], [0, "wss://a/irc"]]
    tried = ["wss://b/irc", *others, [0.5, "wss://b/irc"], [0, "wss://c:8000/irc"]]
    known = {"at": "https://c:8000/", "pages": ["https://a/", "https://c:8000/"]}
    assert route(page, script) == [tried, "c:8000", known]


def test_invalid_stored_addresses_are_ignored(page: Page) -> None:
    bad = "['http://b/', 'javascript:1/', 'https://b/x/', 7, null, 'https://b/;x/']"
    for known in ("{}", "{ at: '', pages: 7 }", f"{{ at: 'https://b/x', pages: {bad} }}"):
        assert route(page, f"r.goOn({known}); r.begin(); return [r.url, r.pages, r.isUnderway]") == [
            "wss://a/irc",
            [],
            False,
        ]


def test_an_unresponsive_tracker_is_tried_last(page: Page) -> None:
    tried = route(page, "hear(`:t TRACKERS :${B}`); return [lose('visit', true), ...many(2)]")
    assert tried == [[0.5, "wss://b/irc"], [0, "wss://a/irc"], [1, "wss://a/irc"]]
    assert route(page, "return lose('visit', true)") == [0.5, "wss://a/irc"]
