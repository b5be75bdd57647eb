"""/history, /search and /export: their requests, and what is shown of the answers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator

import pytest

from chatcore.terminal.commands.typed import type_line
from chatcore.terminal.session import batches, export
from chatcore.terminal.session.effects import Effect, OpenExport, WriteExport
from chatcore.terminal.session.session import Session
from tests.terminal.visits import arrive, in_lobby, in_two_rooms, pings, sent, settle, shown, type_in


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A time zone two hours ahead of UTC in summer, and one in winter."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _batch(kind: str, *lines: str, label: str = "", name: str = "7") -> list[str]:
    """Return a batch with these lines, each with its tags first."""
    tag = f"@label={label} " if label else ""
    inside = [line.replace("@", f"@batch={name};", 1) for line in lines]
    return [f"{tag}:t BATCH +{name} {kind}", *inside, f":t BATCH -{name}"]


def _said(number: int, text: str = "", target: str = "#lobby") -> str:
    return f"@msgid={number:04};time=2026-11-20T08:00:{number % 60:02}.500Z :bob!b@h PRIVMSG {target} :{text or number}"


def _limited(limit: int) -> Session:
    session = in_lobby()
    arrive(session, f":t 005 ann CHATHISTORY={limit} :are supported")
    return session


# /history


def test_a_short_history_is_one_request() -> None:
    session = _limited(1000)
    effects = type_line(session, "/history 1000")
    assert sent(effects) == ["CHATHISTORY LATEST #lobby * 1000"]
    answer = arrive(session, *_batch("chathistory #lobby", _said(1)))
    assert sent(answer) == []
    assert shown(answer)[0] == "* the last message in #lobby:"


def test_a_long_history_is_paged_and_shown_as_one() -> None:
    session = _limited(3)
    first = type_line(session, "/history 8")
    assert sent(first) == ["CHATHISTORY LATEST #lobby * 3"]
    second = arrive(session, *_batch("chathistory #LOBBY", *map(_said, (6, 7, 8))))
    assert (sent(second), shown(second)) == (["CHATHISTORY BEFORE #lobby msgid=0006 3"], [])
    settle(session, first)
    is_settled_between = session.is_settled
    assert not is_settled_between, "the next typed line waits for all pages"
    third = arrive(session, *_batch("chathistory #lobby", *map(_said, (3, 4, 5))))
    assert sent(third) == ["CHATHISTORY BEFORE #lobby msgid=0003 2"], "no more than was asked for"
    last = arrive(session, *_batch("chathistory #lobby", *map(_said, (1, 2))))
    settle(session, third)
    assert session.is_settled
    assert sent(last) == []
    *lines, summary = shown(last)
    assert summary == "* end of the last 8 messages in #lobby"
    assert [line.rpartition(" ")[2] for line in lines] == list("12345678")


def test_a_long_history_ends_when_there_is_no_more() -> None:
    session = _limited(2)
    type_line(session, "/history 9")
    arrive(session, *_batch("chathistory #lobby", _said(1), _said(2)))
    assert shown(arrive(session, *_batch("chathistory #lobby")))[2:] == ["* end of the last 2 messages in #lobby"]
    type_line(session, "/history 9")
    assert shown(arrive(session, *_batch("chathistory #lobby"))) == ["* nothing yet in #lobby"]


def test_a_long_history_without_ids_is_one_page() -> None:
    session = _limited(1)
    type_line(session, "/history 9")
    answer = arrive(session, *_batch("chathistory #lobby", "@x=y :bob!b@h PRIVMSG #lobby :hi"))
    assert (sent(answer), len(shown(answer))) == ([], 2)


def test_a_history_refused_midway_shows_the_earlier_pages() -> None:
    session = _limited(1)
    type_line(session, "/history 9")
    second = arrive(session, *_batch("chathistory #lobby", _said(1)))
    assert shown(arrive(session, ":t FAIL CHATHISTORY MESSAGE_ERROR :Not now")) == ["error: Not now"]
    assert shown(settle(session, second))[1:] == ["* end of the last message in #lobby"]
    assert session.recall is None


def test_unrequested_history_is_not_a_page_of_a_longer_one() -> None:
    session = _limited(1)
    type_line(session, "/history 9")
    assert shown(arrive(session, *_batch("chathistory #dev", _said(1, target="#dev"))))[0].endswith("in #dev:")
    assert session.recall is not None


def test_ctcp_requests_count_towards_a_page_but_are_not_shown() -> None:
    session = _limited(2)
    type_line(session, "/history 3")
    second = arrive(session, *_batch("chathistory #lobby", _said(2, "\x01VERSION\x01"), _said(3)))
    assert sent(second) == ["CHATHISTORY BEFORE #lobby msgid=0002 1"]
    *lines, summary = shown(arrive(session, *_batch("chathistory #lobby", _said(1))))
    assert [line.rpartition(" ")[2] for line in lines] == ["1", "3"]
    assert summary == "* end of the last 2 messages in #lobby"


@pytest.mark.parametrize("most", [900, 4000])
def test_a_long_history_ends_when_too_much_is_held(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """In the middle of a page, or after one."""
    monkeypatch.setattr(batches, "MOST_HELD_CHARS", most)
    session = _limited(10)
    type_line(session, "/history 99")
    effects: list[Effect] = []
    for _ in range(3):
        if session.recall is not None:
            effects = arrive(session, *_batch("chathistory #lobby", *map(_said, range(10))))
    assert session.recall is None
    assert sent(effects) == []
    assert shown(effects)[-1].startswith("* end of the last ")


# /search


@pytest.mark.parametrize(
    ("line", "attributes"),
    [
        ("/search tea", r"text=tea;limit=50"),
        ("/search tea  cake; \\o/", r"text=tea\scake\:\s\\o/;limit=50"),
        ("/search in:#dev tea from:Bob", r"in=#dev;from=Bob;text=tea;limit=50"),
        ("/search in:dev", r"in=#dev;limit=50"),
        ("/search IN:bob tea", r"in=bob;text=tea;limit=50"),
        ("/search in:somebody tea", r"in=somebody;text=tea;limit=50"),
        ("/search http://x/ notes:", r"text=http://x/\snotes:;limit=50"),
        ("/search tea before:2026-11-01", r"before=2026-10-31T22:59:59.999Z;text=tea;limit=50"),
        ("/search tea before:2026-07-01", r"before=2026-06-30T21:59:59.999Z;text=tea;limit=50"),
        ("/search tea after:2026-10-25", r"after=2026-10-24T22:00:00.000Z;text=tea;limit=50"),
        ("/search tea after:2026-11-01T12:30", r"after=2026-11-01T11:30:00.000Z;text=tea;limit=50"),
        ("/search tea before:2026-11-01T12:30", r"before=2026-11-01T11:29:59.999Z;text=tea;limit=50"),
        ("/search tea before:2026-11-01T12:30Z", r"before=2026-11-01T12:29:59.999Z;text=tea;limit=50"),
    ],
)
def test_a_search_sends_words_and_filters(line: str, attributes: str) -> None:
    """`before:` a day finds messages from before its start, `after:` a day those since its start."""
    session = in_two_rooms()
    effects = type_in(session, line)
    assert sent(effects) == [f"SEARCH {attributes}"]
    assert pings(effects) == 1


def test_found_messages_are_shown_with_their_place() -> None:
    session = in_lobby()
    effects = type_line(session, "/search tea from:bob")
    found = arrive(
        session,
        *_batch(
            "soju.im/search",
            _said(1, "more tea"),
            _said(2, "tea?", "ann"),
            "@time=2026-11-20T09:00:00.000Z :ann!a@h PRIVMSG bob :\x01ACTION drinks tea\x01",
            "@time=2026-11-20T09:00:00.001Z :ann_!a@h NOTICE bob :tea",
            "@time=2026-11-20T09:00:00.002Z :bob!b@h PRIVMSG #lobby :\x01VERSION tea\x01",
        ),
    )
    assert shown(found) == [
        "[found #lobby 2026-11-20T08:00:01.500Z] <bob> more tea",
        "[found private 2026-11-20T08:00:02.500Z] <bob> tea?",
        "[found private to bob 2026-11-20T09:00:00.000Z] * ann drinks tea",
        "[found private to bob 2026-11-20T09:00:00.001Z] -ann_- tea",
        "* found 4",
    ]
    assert session.search is not None, "the answer is not complete yet"
    settle(session, effects)
    assert session.search is None


def test_an_empty_result_is_reported() -> None:
    session = in_lobby()
    type_line(session, "/search tea")
    assert shown(arrive(session, *_batch("soju.im/search"))) == ["* nothing found"]


@pytest.mark.parametrize(
    ("line", "summary"),
    [
        ("/search tea", "the last 50; before:2026-11-20T09:00:01 finds earlier ones"),
        ("/search tea after:2026-11-01", "the first 50; after:2026-11-20T09:00:49 finds later ones"),
    ],
)
def test_a_full_result_says_how_to_find_more(line: str, summary: str) -> None:
    session = in_lobby()
    type_line(session, line)
    assert shown(arrive(session, *_batch("soju.im/search", *map(_said, range(50)))))[-1] == f"* {summary}"
    untimed = [":bob!b@h PRIVMSG #lobby :tea"] * 50
    lines = [f"@batch=8 {line}" for line in untimed]
    *_, last = shown(arrive(session, ":t BATCH +8 soju.im/search", *lines, ":t BATCH -8"))
    assert last == f"* {summary.partition(';')[0]}"


def test_a_full_result_within_a_second_names_milliseconds() -> None:
    """Otherwise the next search would show the same messages again."""
    session = in_lobby()
    type_line(session, "/search tea")
    lines = [f"@time=2026-11-20T08:00:00.{number + 7:03}Z :bob!b@h PRIVMSG #lobby :tea" for number in range(50)]
    summary = shown(arrive(session, *_batch("soju.im/search", *lines)))[-1]
    assert summary == "* the last 50; before:2026-11-20T09:00:00.008 finds earlier ones"
    asked = type_line(session, f"/search tea {summary.split()[4]}")
    assert sent(asked) == [r"SEARCH before=2026-11-20T08:00:00.007Z;text=tea;limit=50"]


def test_an_oversized_result_is_shown_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_HELD_CHARS", 1000)
    session = in_lobby()
    type_line(session, "/search tea")
    lines = shown(arrive(session, *_batch("soju.im/search", *map(_said, range(40)))))
    assert [line.rpartition(" ")[2] for line in lines] == [*map(str, range(40)), "40"]


def test_unrequested_results_are_not_shown_as_found() -> None:
    assert shown(arrive(in_lobby(), ":t BATCH +7 soju.im/search", ":t BATCH -7")) == []


def test_a_refused_search_is_reported() -> None:
    session = in_lobby()
    effects = type_line(session, "/search tea")
    assert shown(arrive(session, ":t FAIL SEARCH INTERNAL_ERROR :That took too long")) == ["error: That took too long"]
    settle(session, effects)
    assert session.search is None


# /export


def _opened(effects: Iterable[Effect]) -> OpenExport:
    (opened,) = [effect for effect in effects if isinstance(effect, OpenExport)]
    return opened


def _written(effects: Iterable[Effect]) -> list[WriteExport]:
    return [effect for effect in effects if isinstance(effect, WriteExport)]


def _asked(step: OpenExport | WriteExport) -> tuple[str, ...]:
    assert step.ask is not None
    assert step.ask.command == "CHATHISTORY"
    return step.ask.params


_BEGINNING = "timestamp=1970-01-01T00:00:00.000Z"


def test_a_room_is_exported_page_by_page_from_the_beginning() -> None:
    session = _limited(2)
    effects = type_line(session, "/export my file.jsonl")
    opened = _opened(effects)
    assert session.is_settled, "typing goes on during an export"
    assert (opened.path, opened.subject) == ("my file.jsonl", "#lobby")
    assert _asked(opened) == ("AFTER", "#lobby", _BEGINNING, "2")
    assert opened.ask.tags == {"label": "export-1-1"}
    (page,) = _written(arrive(session, *_batch("chathistory #lobby", _said(1), _said(2), label="export-1-1")))
    assert _asked(page) == ("AFTER", "#lobby", "msgid=0002", "2")
    assert (page.until, page.is_last) == ("2026-11-20T08:00:02.500Z", False)
    assert json.loads(page.lines[0]) == {
        "time": "2026-11-20T08:00:01.500Z",
        "msgid": "0001",
        "room": "#lobby",
        "nick": "bob",
        "account": None,
        "command": "PRIVMSG",
        "text": "1",
        "tags": {},
    }
    (last,) = _written(arrive(session, *_batch("chathistory #lobby", label="export-1-2")))
    assert last == WriteExport((), "", None, is_last=True)
    assert session.export is None


def test_an_export_has_accounts_and_client_tags() -> None:
    session = in_lobby()
    type_line(session, "/export in:bob")
    line = "@msgid=1;account=bobby;+x=y;+draft/reply=é :bob!b@h NOTICE ann :\x01ACTION waves\x01"
    (page,) = _written(arrive(session, *_batch("chathistory bob", line, label="export-1-1")))
    assert "é" in page.lines[0], "letters outside ASCII are written as they are"
    assert json.loads(page.lines[0]) == {
        "time": None,
        "msgid": "1",
        "with": "bob",
        "nick": "bob",
        "account": "bobby",
        "command": "NOTICE",
        "text": "\x01ACTION waves\x01",
        "tags": {"+x": "y", "+draft/reply": "é"},
    }


@pytest.mark.parametrize(
    ("line", "path", "subject"),
    [
        ("/export", "", "#lobby"),
        ("/export in:dev", "", "#dev"),
        ("/export in:bob ~/bob.jsonl", "~/bob.jsonl", "bob"),
        ("/export in:#other", "", "#other"),
        ("/export allotment", "allotment", "#lobby"),
    ],
)
def test_the_words_choose_the_subject_and_the_file(line: str, path: str, subject: str) -> None:
    session = in_two_rooms()
    type_in(session, "/join lobby")
    opened = _opened(type_line(session, line))
    assert (opened.path, opened.subject, _asked(opened)[1]) == (path, subject, subject)


def test_export_all_covers_own_rooms_and_conversations() -> None:
    session = in_two_rooms()
    opened = _opened(type_line(session, "/export all"))
    assert (opened.path, opened.subject) == ("", "all")
    assert _asked(opened)[0] == "TARGETS"
    targets = ("@x=y :t CHATHISTORY TARGETS #DEV 2026-11-20T08:00:00.000Z", "@x=y :t CHATHISTORY TARGETS bob 2026")
    (step,) = _written(arrive(session, *_batch("draft/chathistory-targets", *targets, label="export-1-1")))
    order = []
    for number in range(2, 5):
        order.append(_asked(step)[1])
        (step,) = _written(arrive(session, *_batch("chathistory x", label=f"export-1-{number}")))
    assert order == ["#lobby", "#dev", "bob"]
    assert step.is_last


def test_an_oversized_list_of_targets_is_taken_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_HELD_CHARS", 1000)
    session = in_lobby()
    type_line(session, "/export all")
    names = [f"@x=y :t CHATHISTORY TARGETS p{number} 2026" for number in range(20)]
    (step,) = _written(arrive(session, *_batch("draft/chathistory-targets", *names, label="export-1-1")))
    assert session.export is not None
    assert _asked(step)[1] == "#lobby"
    assert [*session.export.targets] == [f"p{number}" for number in range(20)]


@pytest.mark.parametrize("refusal", ["FAIL CHATHISTORY INVALID_TARGET AFTER #lobby :Not there", "400 ann X :Not there"])
def test_a_refused_target_is_reported_and_the_rest_continues(refusal: str) -> None:
    session = in_two_rooms()
    type_line(session, "/export all")
    arrive(session, *_batch("draft/chathistory-targets", label="export-1-1"))
    effects = arrive(session, f"@label=export-1-2 :t {refusal}")
    assert shown(effects) == ["error: not exported: #lobby: Not there"]
    (step,) = _written(effects)
    assert _asked(step)[1] == "#dev"


def test_a_bare_acknowledgement_fails_the_export() -> None:
    session = in_lobby()
    type_line(session, "/export")
    effects = arrive(session, "@label=export-1-1 :t ACK")
    assert shown(effects) == ["error: not exported"]
    assert _written(effects)[0].is_last


def test_history_during_an_export_is_shown() -> None:
    session = in_lobby()
    type_line(session, "/export")
    type_line(session, "/history 5")
    history = arrive(session, *_batch("chathistory #lobby", _said(1)))
    assert _written(history) == []
    assert len(shown(history)) == 2
    page = arrive(session, *_batch("chathistory #lobby", _said(1), label="export-1-1"))
    assert (len(_written(page)), shown(page)) == (1, [])


def test_only_one_export_runs_at_a_time() -> None:
    session = in_lobby()
    type_line(session, "/export")
    effects = type_line(session, "/export other.jsonl")
    assert shown(effects) == ["error: an export is still running; /export stop ends it"]
    assert [effect for effect in effects if isinstance(effect, OpenExport)] == []


def test_an_export_without_ids_continues_by_time_or_ends() -> None:
    session = in_lobby()
    type_line(session, "/export")
    line = "@time=2026-11-20T08:00:00.000Z :bob!b@h PRIVMSG #lobby :hi"
    (page,) = _written(arrive(session, *_batch("chathistory #lobby", line, label="export-1-1")))
    assert _asked(page)[2] == "timestamp=2026-11-20T08:00:00.000Z"
    (last,) = _written(
        arrive(session, *_batch("chathistory #lobby", "@x=y :bob!b@h PRIVMSG #lobby :hi", label="export-1-2"))
    )
    assert (len(last.lines), last.is_last) == (1, True)


def test_an_oversized_page_is_written_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_HELD_CHARS", 1000)
    session = in_lobby()
    type_line(session, "/export")
    steps = _written(arrive(session, *_batch("chathistory #lobby", *map(_said, range(20)), label="export-1-1")))
    assert [json.loads(line)["msgid"] for step in steps for line in step.lines] == [f"{n:04}" for n in range(20)]
    assert [step.ask is not None for step in steps] == [False] * (len(steps) - 1) + [True]
    assert len(steps) > 2


def test_a_failed_export_writes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST_HELD_CHARS", 1000)
    session = in_lobby()
    for lines in (
        _batch("chathistory #lobby", *map(_said, range(20)), label="export-1-1"),
        _batch("draft/chathistory-targets", "@x=y :t CHATHISTORY TARGETS bob 2026", label="export-1-1"),
    ):
        session = in_lobby()
        type_line(session, "/export")
        arrive(session, lines[0])
        session.export = None
        assert arrive(session, *lines[1:]) == []


def test_late_answers_to_a_stopped_export_are_dropped() -> None:
    session = in_lobby()
    assert shown(type_line(session, "/export stop")) == ["error: no export is running"]
    type_line(session, "/export")
    assert _written(type_line(session, "/export STOP")) == [WriteExport((), "", is_last=True)]
    assert _asked(_opened(type_line(session, "/export"))) != ()
    assert arrive(session, *_batch("chathistory #lobby", _said(1), label="export-1-1")) == []
    assert arrive(session, "@label=export-1-1 :t FAIL CHATHISTORY X :Not there") == []
    (page,) = _written(arrive(session, *_batch("chathistory #lobby", _said(1), label="export-2-1")))
    assert len(page.lines) == 1


def test_export_targets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_TARGETS", 3)
    session = in_lobby()
    type_line(session, "/export all")
    names = [f"@x=y :t CHATHISTORY TARGETS p{number} 2026" for number in range(5)]
    arrive(session, *_batch("draft/chathistory-targets", *names, label="export-1-1"))
    assert session.export is not None
    assert [*session.export.targets] == ["p0", "p1"]
