"""The page's pure modules, run inside the browser, and compared with the tracker's own where there is one."""

from __future__ import annotations

import pytest

from chatcore.protocol.goodbye import BACK_SOON, TRACKER_LEFT, ending_of, goodbye
from chatcore.protocol.message import parse
from chatcore.protocol.nick_colour import hue_index
from tests.support.browser import Page
from tests.web.scripted_session import call, session

_LINES = [
    "PING",
    "@a=b;+c;d=\\:\\s\\\\\\r\\n\\x\\ :ann!a@h PRIVMSG #lobby :two words",
    ":server 005 ann A=1 B :are supported",
    "@msgid=1;time=2026-01-01T00:00:00.000Z :a!b@c TAGMSG #x",
    "PRIVMSG  #a   ::)",
    "TOPIC #a :",
    "@__proto__=1 :x!y@z JOIN #\u00fc",
]


@pytest.mark.parametrize("line", _LINES)
def test_parse_matches_the_tracker(page: Page, line: str) -> None:
    theirs = call(
        page, "protocol/irc", "(({tags, ...rest}) => ({tags: Object.entries(tags), ...rest}))(m.parse(x))", line
    )
    ours = parse(line)
    assert theirs["command"] == ours.command
    assert tuple(theirs["params"]) == ours.params
    assert theirs["source"] == (ours.source or "")
    assert dict(theirs["tags"]) == dict(ours.tags)


def test_serialize_undoes_parse(page: Page) -> None:
    message = {"tags": {"label": "w1", "+typing": "a b;c\\"}, "command": "PRIVMSG", "params": ["#a", ":) x"]}
    line = call(page, "protocol/irc", "m.serialize(x)", message)
    parsed = parse(line)
    assert (dict(parsed.tags), parsed.params) == (message["tags"], ("#a", ":) x"))


@pytest.mark.parametrize("params", [["#a", "x\r\nQUIT"], ["a b", "c"], ["", "c"], ["#a\0", "c"]])
def test_serialize_refuses_invalid_parameters(page: Page, params: list[str]) -> None:
    attempt = "(() => { try { return m.serialize({command: 'PRIVMSG', params: x}) } catch (e) { return e.name } })()"
    assert call(page, "protocol/irc", attempt, params) == "RangeError"


@pytest.mark.parametrize("text", ["", "short", "word " * 100, "\u00e9" * 200, "\U0001f469\u200d\U0001f680" * 40])
def test_wrapped_text_fits_and_is_complete(page: Page, text: str) -> None:
    pieces = call(page, "protocol/irc", "m.wrapText(x, 60)", text)
    assert all(len(piece.encode()) <= 60 for piece in pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
    assert not any(piece.startswith("\u200d") for piece in pieces)


def test_names_have_the_terminal_clients_colours(page: Page) -> None:
    names = ["ann", "Ann", "BOB", "J\u00fcrgen", "\u674e\u96f7", "x[]", "carol", "dave", "eve"]
    assert call(page, "protocol/names", "x.map(m.colourOf)", names) == [hue_index(name) for name in names]


def test_only_a_whole_word_is_a_mention(page: Page) -> None:
    texts = ["hi Ann!", "ann", "@ann: x", "banner", "annie", "\u00e4ann", ""]
    assert call(page, "session/entries", "x.map(text => m.mentions(text, 'ann'))", texts) == [True] * 3 + [False] * 4


def test_duplicates_are_shown_once_and_in_order(page: Page) -> None:
    lines = [
        "@msgid=2;time=2026-01-01T00:00:02.000Z :bob!b@h PRIVMSG #lobby :two",
        "@label=w3 :t BATCH +h chathistory #lobby",
        "@batch=h;msgid=1;time=2026-01-01T00:00:01.000Z :bob!b@h PRIVMSG #lobby :one",
        "@batch=h;msgid=2;time=2026-01-01T00:00:02.000Z :bob!b@h PRIVMSG #lobby :two",
        ":t BATCH -h",
    ]
    assert session(page, lines, "return s.current.present.entries.map(e => e.text)") == ["one", "two"]


def test_ids_decide_the_order_when_the_clock_was_set_back(page: Page) -> None:
    """Ids of one run of the tracker sort; those of two do not."""
    first, second, third = (f"{position:016d}aaaaaaaaaa" for position in (1, 2, 3))
    of_another_run = f"{1:016d}bbbbbbbbbb"
    lines = [
        f"@msgid={first};time=2026-01-01T02:00:00.000Z :bob!b@h PRIVMSG #lobby :one",
        f"@msgid={third};time=2026-01-01T01:00:00.000Z :bob!b@h PRIVMSG #lobby :three",
        "@label=w3 :t BATCH +h chathistory #lobby",
        f"@batch=h;msgid={second};time=2026-01-01T02:00:01.000Z :bob!b@h PRIVMSG #lobby :two",
        ":t BATCH -h",
        f"@msgid={of_another_run};time=2026-01-01T01:00:01.000Z :bob!b@h PRIVMSG #lobby :four",
    ]
    assert session(page, lines, "return s.current.present.entries.map(e => e.text)") == ["one", "two", "three", "four"]


_PENDING = "return s.current.pending.map(e => [e.text, e.state])"


def test_an_own_message_waits_for_its_echo(page: Page) -> None:
    script = """
        say(s, s.current, 'hello');
        const before = s.current.pending.length;
        feed(`@label=${sent.at(-1).tags.label};msgid=1 :ann!a@h PRIVMSG #lobby :hello`);
        return [before, s.current.pending.length, s.current.present.entries[0].text];
    """
    assert session(page, [], script) == [1, 0, "hello"]


def test_data_from_the_tracker_is_bounded(page: Page) -> None:
    """Endless batches, rooms and people, and history that nobody asked for."""
    script = """
        const many = (count, line) => { for (let i = 0; i < count; i++) feed(line(i)); };
        const said = (i) => `@msgid=${String(i).padStart(9, 0)} :bob!b@h PRIVMSG`;
        feed(':ann!a@h JOIN #busy', ':ann!a@h JOIN #crowd');
        many(30, (i) => `:t BATCH +b${i} chathistory #lobby`);
        many(6000, (i) => `@batch=b29;msgid=${i} :bob!b@h PRIVMSG #lobby :old ${i}`);
        const batches = [...s.questions.batches.values()].map(({ messages }) => messages.length);
        feed(':t BATCH -b29');
        for (const room of ['#lobby', '#busy', '#crowd', 'bob', 'eve']) many(12000, (i) => `${said(i)} ${room} :x`);
        many(6000, (i) => `:n${i}!b@h PRIVMSG ann :x`);
        many(300, (i) => `:ann!a@h JOIN #room${i}`);
        many(1100, (i) => `:t 353 ann = #crowd :${Array.from({length: 50}, (_, j) => `p${i}_${j}`).join(' ')}`);
        feed(':t 366 ann #crowd :End');
        many(300, (i) => `:late${i}!b@h JOIN #lobby`);
        many(300, (i) => `@+typing=active :late${i}!b@h TAGMSG #lobby`);
        many(2000, (i) => `:t 005 ann T${i} :are`);
        many(2000, (i) => `:t 372 ann :- ${i}`);
        many(2000, (i) => `:t BATCH +h${i} draft/chathistory-targets`);
        feed(':t BATCH +t draft/chathistory-targets');
        many(2000, (i) => `@batch=t :t CHATHISTORY TARGETS who${i} 2026-01-01T00:00:00.000Z`);
        feed(':t BATCH -t');
        const rooms = [...s.rooms.values()];
        const sum = (count) => rooms.reduce((all, room) => all + count(room), 0);
        return {
            batches: batches.length, waiting: Math.max(...batches), rooms: rooms.length,
            fullest: Math.max(...rooms.map((room) => room.present.entries.length)),
            entries: sum((room) => room.present.entries.length), ids: sum((room) => room.present.ids.size),
            members: sum((room) => room.members.size), crowded: s.find('#crowd').hasMoreMembers,
            typing: s.find('#lobby').typing.size, tokens: s.tracker.isupport.size,
            motd: [s.tracker.motd.length, s.tracker.aboutLog], requests: s.questions.waiting.size,
            open: s.questions.batches.size,
            newest: s.find('#busy').present.entries.at(-1).id, current: s.current.name,
        };
    """
    kept = session(page, [], script)
    assert kept.pop("entries") <= 40500
    assert kept.pop("ids") <= 40500
    assert 50000 <= kept.pop("members") <= 50100
    assert 0 < kept.pop("requests") <= 300
    assert kept.pop("fullest") <= 10500
    assert kept == {
        "batches": 10,
        "waiting": 5000,
        "rooms": 200,
        "crowded": True,
        "typing": 20,
        "tokens": 500,
        "motd": [500, "1999"],
        "open": 9,
        "newest": "000011999",
        "current": "#lobby",
    }


def test_line_lengths_and_capability_lists_are_bounded(page: Page) -> None:
    script = """async () => {
        const { Connection } = await import('/connection/connection.js');
        const real = WebSocket, got = [];
        let socket;
        globalThis.WebSocket = class {
            static OPEN = 1;
            readyState = 1;
            constructor() { socket = this; }
            send() {}
            close() {}
        };
        const onMessage = ({ params }) => got.push(params.at(-1).length);
        const connection = new Connection('ws://x', { onMessage, onState() {} });
        connection.open('ann', '');
        const hear = (data) => socket.onmessage({ data });
        for (let i = 0; i < 2000; i++) hear(`:t CAP * LS * :cap${i}`);
        hear(':t CAP * LS :last');
        hear(':t 001 ann :' + 'x'.repeat(8600));
        hear(':t NOTICE ann :' + 'x'.repeat(8700));
        hear(':t NOTICE ann :x');
        const listed = connection.login.capabilities.length;
        connection.quit();
        globalThis.WebSocket = real;
        return [got, listed];
    }"""
    assert page.evaluate(script) == [[8600, 1], 500]


def test_a_refused_message_says_why(page: Page) -> None:
    script = "say(s, s.current, 'hello'); feed(`@label=${sent.at(-1).tags.label} :t 404 ann #lobby :No`);" + _PENDING
    assert session(page, [], script) == [["hello", "refused"]]


_TARGETS = """
    const targets = (...names) => feed(':t BATCH +t draft/chathistory-targets',
        ...names.map((name) => `@batch=t :t CHATHISTORY TARGETS ${name} 2026-01-01T00:00:09.000Z`), ':t BATCH -t');
    const latest = () => sent.filter(({ params }) => params?.[0] === 'LATEST').map(({ params }) => params[1]);
    const come = (...lines) => feed(`@label=${sent.at(-1).tags.label} :t BATCH +o chathistory bob`,
        ...lines.map((line) => `@batch=o;${line}`), ':t BATCH -o');
"""


def test_earlier_conversations_are_fetched_when_opened(page: Page) -> None:
    script = (
        _TARGETS
        + """
        targets('#lobby', 'bob', 'eve');
        const rooms = [...s.rooms.keys()], before = latest();
        s.talkTo('eve');
        s.talkTo('eve');
        return [rooms, before, latest(), sent.find(({ params }) => params?.[0] === 'TARGETS').params];
        """
    )
    asked = ["TARGETS", "timestamp=2100-01-01T00:00:00.000Z", "timestamp=1970-01-01T00:00:00.000Z", "50"]
    assert session(page, [], script) == [["#lobby", "bob", "eve"], ["#lobby"], ["#lobby", "eve"], asked]


def test_messages_missed_during_a_lost_connection_are_unread(page: Page) -> None:
    script = (
        _TARGETS
        + """
        feed('@time=2026-01-01T00:00:05.000Z :bob!b@h PRIVMSG #lobby :x');
        lost();
        feed(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End');
        targets('bob');
        const said = (at) => `time=2026-01-01T00:00:0${at}.000Z;msgid=${at} :bob!b@h PRIVMSG ann :x`;
        come(said(4), said(6), said(7));
        return [s.find('bob').present.entries.length, s.find('bob').unread, s.find('bob').isMentioned];
        """
    )
    assert session(page, [], script) == [3, 2, True]


_COME_BACK = """
    feed('@msgid=5;time=2026-01-01T00:00:05.000Z :bob!b@h PRIVMSG #lobby :known');
    say(s, s.current, 'hello'); lost();
    feed(':t 001 ann :Hi', ':t 003 ann :%(born)s', ':t 376 ann :End', ':ann!a@h JOIN #lobby');
    const asking = sent.filter((m) => m.command === 'CHATHISTORY' && m.tags);
    const asked = Object.fromEntries(asking.map((m) => [m.params[0], m.tags.label]));
    const answer = (label, ...lines) =>
        feed(`@label=${label} :t BATCH +b chathistory #lobby`, ...lines.map(l => `@batch=b;${l}`), ':t BATCH -b');
    answer(asked.AROUND, %(around)s);
    answer(asked.AFTER, %(after)s);
"""
_KNOWN = "'msgid=5 :bob!b@h PRIVMSG #lobby :known'"


@pytest.mark.parametrize(
    ("born", "around", "after", "state"),
    [
        ("born", _KNOWN, "", [["hello", "sent"]]),  # the history is complete and lacks it: sent again
        ("born", _KNOWN, "'msgid=6 :ann!a@h PRIVMSG #lobby :hello'", []),  # it had arrived
        ("born", "", "", [["hello", "uncertain"]]),  # the tracker has forgotten the room
        ("reborn", _KNOWN, "", [["hello", "sent"]]),  # the tracker was started again, and has all that was delivered
        ("reborn", "", "", [["hello", "uncertain"]]),  # it is another tracker
    ],
)
def test_only_messages_that_certainly_never_arrived_are_resent(
    page: Page, born: str, around: str, after: str, state: list[list[str]]
) -> None:
    script = "feed(':t 353 ann = #lobby :@ann bob', ':t 366 ann #lobby :End');" + _COME_BACK + _PENDING
    assert session(page, [], script % {"born": born, "around": around, "after": after}) == state


def test_goodbyes_are_read_as_the_tracker_means_them(page: Page) -> None:
    assert call(page, "protocol/goodbye", "[m.TRACKER_LEFT, m.BACK_SOON]") == [TRACKER_LEFT, BACK_SOON]
    texts = [TRACKER_LEFT, BACK_SOON, f"Quit: {TRACKER_LEFT}", f"{BACK_SOON}!", ""]
    texts += [goodbye(text)[1] for text in texts]
    expected = [ending_of(text).name.lower() for text in texts]
    assert call(page, "protocol/goodbye", "x.map(text => m.endingOf(text))", texts) == expected
    codes = [1000, 1001, 1006, 1012]
    assert call(page, "protocol/goodbye", "x.map(code => m.endingOf('', code))", codes) == [
        "visit",
        "visit",
        "visit",
        "run",
    ]
