"""Slash commands in the page: what each sends, and what it shows."""

from __future__ import annotations

from typing import Any

import pytest

from chatcore.terminal.commands import guessing, listed
from tests.support.browser import Page
from tests.web.scripted_session import call, session

_LINES = [
    ":t 005 ann PREFIX=(ov)@+ CHATHISTORY=1000 :are supported",
    ":t 353 ann = #lobby :@ann +bob cleo",
    ":t 366 ann #lobby :End",
    ":ann!a@h JOIN #dev",
    ":t 332 ann #dev :All about tea",
]
_SENT = "sent.map(({ command, params }) => [command, ...(params ?? [])].join(' '))"
_TOLD = "s.current.present.entries.filter(({ kind }) => kind !== 'event').map(({ kind, text }) => `${kind}: ${text}`)"
_READY = "s.isOnline = true; s.tracker.capabilities.add('soju.im/search'); sent.length = 0;"


def _typed(page: Page, line: str, answer: str = "", room: str = "#lobby") -> Any:
    """Type a line and give the tracker's answer; return what was sent, and what was shown where it was typed."""
    script = f"""
        {_READY}
        s.open(s.find('{room}'));
        typed(s, {line!r}, 1000);
        const label = sent[0]?.tags?.label;
        const said = {_SENT};
        for (const line of {answer.splitlines()!r}) receive(s, parse(line.replace('LABEL', label)), 1042);
        return [said, {_TOLD}];
    """
    return session(page, _LINES, script)


@pytest.mark.parametrize(
    ("line", "lines_sent"),
    [
        ("/j tea", ["JOIN #tea"]),
        ("/JOIN #tea secret", ["JOIN #tea secret"]),
        ("/part", ["PART #lobby"]),
        ("/leave #dev so long", ["PART #dev so long"]),
        ("/leave_chatroom dev", ["PART #dev"]),
        ("/to 10.0.0.1:4000 hello there", ["PRIVMSG 10.0.0.1:4000 hello there"]),
        ("/to [::1]:4000 hi", ["PRIVMSG [::1]:4000 hi"]),
        ("/notice bob hello there", ["NOTICE bob hello there"]),
        ("/notice @#lobby hello", ["NOTICE @#lobby hello"]),
        ("/who", ["WHO #lobby"]),
        ("/who dev", ["WHO #dev"]),
        ("/whois CLEO", ["WHOIS CLEO"]),
        ("/rooms", ["LIST"]),
        ("/list tea", ["LIST *tea*"]),
        ("/history", ["CHATHISTORY LATEST #lobby * 100"]),
        ("/history 5", ["CHATHISTORY LATEST #lobby * 5"]),
        ("/topic the news", ["TOPIC #lobby the news"]),
        ("/nick anna", ["NICK anna"]),
        ("/away", ["AWAY"]),
        ("/away at lunch", ["AWAY at lunch"]),
        ("/invite dan", ["INVITE dan #lobby"]),
        ("/invite dan dev", ["INVITE dan #dev"]),
        ("/mode", ["MODE #lobby"]),
        ("/mode  +ov bob Cleo", ["MODE #lobby +ov bob Cleo"]),
        ("/ping", ["PING ann"]),
        ("/invite-link revoke abc", ["INVITELINK REVOKE abc"]),
        ("/search tea", ["SEARCH text=tea;limit=20"]),
        ("/msg bob", ["CHATHISTORY LATEST bob * 50"]),
    ],
)
def test_command_sends(page: Page, line: str, lines_sent: list[str]) -> None:
    assert _typed(page, line)[0] == lines_sent


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/join", "Usage: /join ROOM [KEY]"),
        ("/join a:b", "Room names have no spaces, commas, colons or control characters"),
        ("/leave tea", "You are not in that room"),
        ("/send dev", "Usage: /send ROOM TEXT"),
        ("/send tea hello", "You are not in #tea"),
        ("/msg", "Usage: /msg NAME [TEXT]"),
        ("/msg #dev hi", "One NAME at a time"),
        ("/w a,b hi", "One NAME at a time"),
        ("/msg @#tea hi", "You are not in #tea"),
        ("/to bob hi", "bob is not an IP:PORT"),
        ("/notice a,b hi", "One NAME or ROOM at a time"),
        ("/notice :a hi", ":a is not a name"),
        ("/name two words", "Usernames have no spaces"),
        ("/names tea", "You are not in #tea; /who #tea shows who is there"),
        ("/history soon", "soon is not a number of messages"),
        ("/ping bob", "Only the round trip to the tracker can be timed"),
        ("/export stop", "No export is running"),
        ("/export in:tea", "No room or conversation called tea is open"),
        ("/nonsense", "There is no /nonsense; /help lists the commands (To say it, begin with //.)"),
        ("/jion tea", "There is no /jion; did you mean /join? (To say it, begin with //.)"),
        ("/ki bob", "There is no /ki; did you mean /kick or /kill? (To say it, begin with //.)"),
        ("/help jion", "There is no /jion; did you mean /join?"),
        ("/constructor", "There is no /constructor; /help lists the commands (To say it, begin with //.)"),
    ],
)
def test_command_that_cannot_be_understood(page: Page, line: str, problem: str) -> None:
    assert _typed(page, line) == [[], [f"error: {problem}"]]


@pytest.mark.parametrize("line", ["/mode", "/names", "/who", "/invite dan", "/topic"])
def test_command_that_needs_a_room(page: Page, line: str) -> None:
    script = f"{_READY} s.talkTo('bob'); sent.length = 0; typed(s, {line!r}); return [sent.length, {_TOLD}.length]"
    assert session(page, _LINES, script) == [0, 1]


@pytest.mark.parametrize("line", ["/who", "/rooms", "/mode", "/ping", "/away", "/history", "/name anna", "/topic x"])
def test_command_without_a_connection(page: Page, line: str) -> None:
    script = f"lost(); s.open(s.find('#lobby')); typed(s, {line!r}); return {_TOLD}"
    assert session(page, _LINES, script) == ["error: You are not connected"]


_BATCH = "@label=LABEL :t BATCH +1 labeled-response\n{}\n:t BATCH -1"


def _batch(*lines: str) -> str:
    return _BATCH.format("\n".join(f"@batch=1 :t {line}" for line in lines))


@pytest.mark.parametrize(
    ("line", "answer", "told"),
    [
        ("/ping", "@label=LABEL :t PONG t ann", ["info: Round trip to the tracker: 42 ms"]),
        ("/away", "@label=LABEL :t 305 ann :You are back", ["info: You are back"]),
        ("/invite dan", "@label=LABEL :t 341 ann dan #lobby", ["info: dan is invited to #lobby"]),
        ("/invite dan", "@label=LABEL :t 401 ann dan :Nobody has that name", ["error: dan: Nobody has that name"]),
        ("/name bob", "@label=LABEL :t 433 ann bob :That name is taken", ["error: bob: That name is taken"]),
        ("/mode", "@label=LABEL :t 324 ann #lobby +nl 5", ["info: The modes of #lobby: +nl 5"]),
        ("/mode +n", "@label=LABEL :t ACK", ["info: That changes nothing"]),
        ("/mode +e", _batch("348 ann #lobby eve!*@*", "349 ann #lobby :End"), ["info: eve!*@*"]),
        ("/mode +e", "@label=LABEL :t 349 ann #lobby :End", ["info: That list is empty"]),
        ("/mode +n", "@label=LABEL :ann!a@h MODE #lobby +n", []),
        ("/rooms", "@label=LABEL :t 323 ann :End", ["info: There are no such rooms"]),
        (
            "/rooms",
            _batch("322 ann #dev 1 :All about tea", "322 ann #lobby 3 :", "323 ann :End"),
            ["info: #dev: 1 person, All about tea", "info: #lobby: 3 people"],
        ),
        ("/who #no", "@label=LABEL :t 315 ann #no :End", ["info: Nobody can be seen in #no"]),
        (
            "/whois bob",
            _batch(
                "311 ann bob bob h * :Bob",
                "378 ann bob :is connecting from 10.0.0.7:4000",
                "319 ann bob :@#lobby",
                "317 ann bob 90 1 :idle",
                "301 ann bob :lunch",
                "318 ann bob :End",
            ),
            ["info: bob  10.0.0.7:4000, in @#lobby, idle 1 min, away: lunch"],
        ),
        ("/notice bob hi", "@label=LABEL :t ACK", ["error: bob got no notice"]),
        ("/notice bob hi", "@label=LABEL :ann!a@h NOTICE bob :hi", ["info: \u2192 bob: hi"]),
        ("/notice #lobby hi", "@label=LABEL :ann!a@h NOTICE #lobby :hi", ["notice: hi"]),
        (
            "/history 9",
            "@label=LABEL :t BATCH +1 chathistory #lobby\n:t BATCH -1",
            ["info: There are no earlier messages here"],
        ),
    ],
)
def test_answers_are_shown(page: Page, line: str, answer: str, told: list[str]) -> None:
    assert _typed(page, line, answer)[1] == told


def test_an_answer_is_shown_where_it_was_asked(page: Page) -> None:
    script = f"""
        {_READY}
        s.open(s.find('#lobby'));
        typed(s, '/mode');
        s.open(s.find('#dev'));
        feed(`@label=${{sent[0].tags.label}} :t 324 ann #lobby +n`);
        const elsewhere = {_TOLD};
        s.open(s.find('#lobby'));
        return [elsewhere, {_TOLD}];
    """
    assert session(page, _LINES, script) == [[], ["info: The modes of #lobby: +n"]]


def test_who_on_a_room_lists_each_member(page: Page) -> None:
    script = f"""
        {_READY}
        s.open(s.find('#lobby'));
        typed(s, '/who');
        const answer = (command, lines) => {{
            const {{ label }} = sent.find((each) => each.command === command && !each.isAnswered).tags;
            sent.find(({{ tags }}) => tags?.label === label).isAnswered = true;
            feed(`@label=${{label}} :t BATCH +1 labeled-response`, ...lines.map((each) => `@batch=1 :t ${{each}}`));
            feed(':t BATCH -1');
        }};
        const bob = '352 ann #lobby bob h t bob H@ :0 B';
        answer('WHO', ['352 ann #lobby cleo h t cleo G+ :0 C', bob, '315 ann #lobby :End']);
        answer('WHOIS', ['378 ann bob :from 10.0.0.7:1', '318 ann bob :End']);
        answer('WHOIS', ['401 ann cleo :Nobody', '318 ann cleo :End']);
        return {_TOLD};
    """
    told = ["info: In #lobby: 2", "info: @bob  10.0.0.7:1", "info: +cleo  cleo@h, away: yes"]
    assert session(page, _LINES, script) == told


def test_names_with_the_highest_first(page: Page) -> None:
    assert _typed(page, "/names") == [[], ["info: In #lobby: 3", "info: @ann +bob cleo"]]


def test_topic_is_shown(page: Page) -> None:
    assert _typed(page, "/topic", room="#dev") == [[], ["info: The topic is: All about tea"]]


def test_send_posts_to_another_room_and_stays(page: Page) -> None:
    script = f"""
        {_READY}
        s.open(s.find('#lobby'));
        typed(s, '/send dev hello there');
        return [s.current.name, s.find('#dev').pending.map(({{ text }}) => text), {_TOLD}];
    """
    assert session(page, _LINES, script) == ["#lobby", ["hello there"], ["info: \u2192 #dev: hello there"]]


def test_a_cleared_window_can_be_refilled_from_history(page: Page) -> None:
    script = """
        s.isOnline = true;
        feed('@msgid=1;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :tea');
        const room = s.find('#lobby');
        const texts = () => room.present.entries.filter(({ kind }) => kind === 'message').map(({ text }) => text);
        s.open(room);
        typed(s, '/clear');
        const counts = [texts().length, room.present.problem !== ''];
        typed(s, '/history');
        const { label } = sent.at(-1).tags;
        feed(`@label=${label} :t BATCH +1 chathistory #lobby`,
            '@batch=1;msgid=1;time=2026-01-01T00:00:00.000Z :bob!b@h PRIVMSG #lobby :tea', ':t BATCH -1');
        return [...counts, texts(), room.present.problem];
    """
    assert session(page, _LINES, script) == [0, True, ["tea"], ""]


@pytest.mark.parametrize(
    ("line", "is_leaving"),
    [
        *((line, True) for line in ("/quit", "/disconnect", "/exit", "/logout", "exit", "```exit")),
        *((line, False) for line in ("exit ", "//exit", "Exit", "exit\nnow")),
    ],
)
def test_commands_that_leave_the_chat(page: Page, line: str, *, is_leaving: bool) -> None:
    assert session(page, _LINES, f"typed(s, {line!r}); return s.orders.isLeaving") is is_leaving


def test_help_has_every_command(page: Page) -> None:
    told = _typed(page, "/help")[1]
    for row in listed.commands("page"):
        assert f"info: {f'/{row.name} {row.usage}'.rstrip()} \u2013 {row.help}" in told


@pytest.mark.parametrize("line", ["/help leave", "/help /leave", "/help part"])
def test_help_of_one_command(page: Page, line: str) -> None:
    told = ["info: /leave [ROOM] \u2013 leave a room, or close a conversation (also: /leave_chatroom, /part)"]
    assert _typed(page, line)[1] == told


def test_every_command_of_the_list_does_something(page: Page) -> None:
    named = call(page, "commands/table", "m.COMMANDS.map(({ name }) => name)")
    assert named == [row.name for row in listed.commands("page")]


@pytest.mark.parametrize(
    ("text", "is_secret"),
    [("/oper boss x", True), (" /REGISTER x", True), ("/oper", False), ("/operate x", False), ("say /oper x y", False)],
)
def test_commands_that_may_contain_a_password(page: Page, text: str, *, is_secret: bool) -> None:
    assert call(page, "commands/slash", "m.isSecret(x)", text) is is_secret


def test_guesses_match_the_terminal_client(page: Page) -> None:
    known = [row.name for row in listed.commands()]
    names = ["jion", "lave", "kic", "k", "serach", "xyzzy", "historie", "in", "", "unmite", "a" * 99, "nmaes"]
    found = call(
        page, "commands/guessing", "x.names.map((name) => m.near(name, x.known))", {"names": names, "known": known}
    )
    assert found == [guessing.near(name, known) for name in names]
