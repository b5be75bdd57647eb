"""Reconnecting, without a tracker: what is sent, what is shown, and what is stored for a reload."""

from __future__ import annotations

from typing import Any

import pytest

from chatcore.protocol.goodbye import is_passing
from tests.support.browser import Page
from tests.web.scripted_session import call, session

_CONNECTION = """async () => {
    const { Connection } = await import('/connection/connection.js');
    const real = WebSocket, sent = [], states = [], received = [];
    let socket;
    globalThis.WebSocket = class {
        static OPEN = 1;
        readyState = 1;
        constructor() { socket = this; }
        send(line) { sent.push(line); }
        close() {}
    };
    const onMessage = ({ command }) => received.push(command);
    const c = new Connection('ws://x', { onMessage, onState: (state) => states.push(state) });
    const hear = (...lines) => lines.forEach((data) => socket.onmessage({ data }));
    const lose = (code = 1006, reason = '') => socket.onclose({ code, reason });
    const offer = (names = 'chatcore/resume') => hear(`:t CAP * LS :${names}`, ':t CAP * ACK :x');
    const come = (token = 'T1') => hear(':t 001 ann :Hi', `:t RESUME TOKEN ${token}`);
    try { AFTER } finally { c.quit(); globalThis.WebSocket = real; }
}"""


def connection(page: Page, script: str) -> Any:
    """Return the result of a script with a connection that has a fake socket."""
    return page.evaluate(_CONNECTION.replace("AFTER", script))


def test_the_token_is_shown_and_the_password_is_not(page: Page) -> None:
    script = """
        c.open('ann', 'secret'); offer(); come(); lose(); c.wake(); sent.length = 0;
        offer(); hear(':t RESUME SUCCESS ann'); come('T2');
        return [[...sent], c.login.isResumed, c.kept];
    """
    sent, is_resumed, kept = connection(page, script)
    introduction = ["NICK ann", "USER ann 0 * ann", "CAP END"]
    assert sent == ["CAP REQ chatcore/resume", "RESUME T1", *introduction]
    assert is_resumed
    assert kept == {"token": "T2", "nick": "ann", "loginName": "ann"}


def test_a_late_return_proves_the_password(page: Page) -> None:
    script = """
        c.open('ann', 'secret'); offer(); come(); lose(); c.wake(); sent.length = 0;
        offer(); hear(':t FAIL RESUME INVALID_TOKEN :Over', ':t FAIL OTHER X :y');
        return [sent.slice(1), c.login.isRefused, c.kept];
    """
    assert connection(page, script) == [["RESUME T1", "AUTHENTICATE PLAIN"], True, None]


def test_a_visit_that_ends_during_a_return_is_refused(page: Page) -> None:
    script = """
        c.open('ann', 'secret'); offer(); come(); lose(); c.wake(); sent.length = 0;
        offer(); hear(':t RESUME SUCCESS ann', ':t FAIL RESUME INVALID_TOKEN :Over'); come('T2');
        return [c.login.isResumed, c.login.isRefused, sent.includes('AUTHENTICATE PLAIN')];
    """
    assert connection(page, script) == [False, True, False]


def test_an_unused_token_is_shown_again(page: Page) -> None:
    script = """
        c.open('ann', ''); offer(); come();
        for (let i = 0; i < 2; i++) { lose(); c.wake(); offer(); }
        return sent.filter((line) => line.startsWith('RESUME'));
    """
    assert connection(page, script) == ["RESUME T1", "RESUME T1"]


@pytest.mark.parametrize(
    "ending",
    [
        "c.quit()",
        "c.open('bob', '')",
        "lose(1001, 'the tracker has left')",
        "hear('ERROR :Closing link: Kicked'); lose()",
    ],
)
def test_the_token_ends_with_the_visit(page: Page, ending: str) -> None:
    assert connection(page, f"c.open('ann', ''); offer(); come(); {ending}; return c.kept") is None


@pytest.mark.parametrize("how", ["1006", "1001", "1012", "1001, 'Going away'"])
def test_the_token_is_good_for_a_connection_that_was_lost(page: Page, how: str) -> None:
    """Firefox itself closes the socket with 1001, before it tells the page of the reload."""
    script = f"c.open('ann', ''); offer(); come(); lose({how}); return [c.state, c.kept.token]"
    assert connection(page, script) == ["waiting", "T1"]


def test_a_token_that_was_not_asked_for_is_not_taken(page: Page) -> None:
    script = "c.open('ann', ''); offer('batch'); come(); hear(':t RESUME OTHER x'); return [c.kept, received]"
    assert connection(page, script) == [None, ["001", "RESUME", "RESUME"]]


def test_a_late_reload_without_a_password_asks_for_it(page: Page) -> None:
    script = """
        c.resume({ nick: 'ann', loginName: 'Ann', account: '', room: '', token: 'T0', invitation: '', key: '' });
        offer();
        hear(':t RESUME OTHER', ':t FAIL RESUME INVALID_TOKEN :Over', ':t 464 ann :No');
        return [sent, states.at(-1)];
    """
    sent, state = connection(page, script)
    assert "RESUME T0" in sent
    assert state == {
        "name": "refused",
        "problem": {"field": "password", "text": "You were away for too long. Log in again."},
    }


def test_the_page_gives_up_after_ten_minutes(page: Page) -> None:
    script = """
        c.open('ann', ''); offer(); come();
        const now = Date.now;
        let later = 0;
        Date.now = () => now() + later;
        try {
            lose(); const first = states.at(-1).name;
            c.wake(); later = 599000; lose(); const last = states.at(-1).name;
            c.wake(); later = 601000; lose();
            return [first, last, states.at(-1)];
        } finally { Date.now = now; }
    """
    given_up = {"name": "closed", "text": "The tracker could not be reached for ten minutes."}
    assert connection(page, script) == ["waiting", "waiting", given_up]


def test_a_new_account_is_used_to_log_in(page: Page) -> None:
    script = """
        c.open('ann', 'all share this'); offer('batch'); come();
        c.willHave('mine'); hear(':t REGISTER SUCCESS Ann :Yes'); lose(); c.wake(); offer('batch'); sent.length = 0;
        hear('AUTHENTICATE +');
        const own = atob(sent[0].split(' ')[1]).split('\\0');
        c.willHave('other'); hear(':t 001 ann :Hi', ':t REGISTER VERIFICATION_REQUIRED Ann :Hm');
        hear(':t REGISTER SUCCESS Ann :Hm');
        lose(); c.wake(); offer('batch'); sent.length = 0; hear('AUTHENTICATE +');
        return [own, atob(sent[0].split(' ')[1]).split('\\0')];
    """
    assert connection(page, script) == [["", "Ann", "mine"]] * 2


_RESUMED = """
    feed(':ann!a@h JOIN #dev', ':ann!a@h JOIN #gone');
    SAY
    lost();
    sent.length = 0;
    s.isResumed = true;
    feed(':t 001 ann :Hi', ':t 376 ann :End', ':ann!a@h JOIN #lobby', ':ann!a@h JOIN #dev');
    const ping = sent.find(({ command }) => command === 'PING');
    feed(':t PONG t other', `:t PONG t ${ping.params[0]}`, `:t PONG t ${ping.params[0]}`);
    const told = s.find('#gone').obstacle.kind;
"""


def test_the_tracker_restores_our_rooms(page: Page) -> None:
    after = "return [sent.filter(({ command }) => command === 'JOIN'), told, s.find('#gone').isJoined]"
    script = _RESUMED.replace("SAY", "") + after
    assert session(page, [], script) == [[], "gone", False]


def test_messages_to_a_lost_room_are_not_sent(page: Page) -> None:
    say = "for (const text of ['a', 'b']) say(s, s.find('#gone'), text);"
    after = "return s.find('#gone').pending.map(({ state, reason }) => [state, reason])"
    script = _RESUMED.replace("SAY", say) + after
    assert session(page, [], script) == [["uncertain", "You are no longer in this room."]] * 2


def test_the_lobby_is_rejoined_if_the_tracker_does_not_restore_it(page: Page) -> None:
    script = """
        lost(); sent.length = 0; s.isResumed = true;
        feed(':t 001 ann :Hi', ':t 376 ann :End');
        const ping = sent.find(({ command }) => command === 'PING');
        feed(`:t PONG t ${ping.params[0]}`);
        const join = sent.find(({ command }) => command === 'JOIN');
        feed(`@label=${join.tags.label} :ann!a@h JOIN #lobby`);
        return [join.params, s.find('#lobby').obstacle];
    """
    assert session(page, [], script) == [["#lobby"], None]


def test_a_link_to_another_room_is_followed_on_resumption(page: Page) -> None:
    script = """
        lost(); sent.length = 0; s.isResumed = true; s.wanted.add('#other'); s.wanted.add('#lobby');
        feed(':t 376 ann :End');
        return sent.filter(({ command }) => command === 'JOIN').map(({ params }) => params[0]);
    """
    assert session(page, [], script) == ["#other"]


_KEPT = '{"url":"u","tab":"t","token":"T","nick":"a","loginName":"b","room":"#c","invitation":"","key":"","chat":{}}'


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        (_KEPT, "T"),
        (_KEPT.replace('"url":"u"', '"url":"v"'), None),
        (_KEPT.replace('"key":"",', ""), None),
        (_KEPT.replace('"tab":"t"', '"tab":7'), None),
        ("null", None),
        ("{", None),
    ],
)
def test_stored_data_is_used_if_complete_and_from_this_tracker(page: Page, stored: str, read: str | None) -> None:
    both = "[m.readKept('u')?.token ?? null, (m.forget(), m.readKept('u'))]"
    assert call(page, "kept", f"(sessionStorage.setItem('chat-visit', x), {both})", stored) == [read, None]


@pytest.mark.parametrize(
    "storage", ["{ get() { throw new Error('no'); } }", "{ value: { setItem() { throw new Error('full'); } } }"]
)
def test_a_browser_without_storage_works(page: Page, storage: str) -> None:
    script = f"""async () => {{
        const {{ forget, keep, readKept }} = await import('/kept.js');
        const real = Object.getOwnPropertyDescriptor(window, 'sessionStorage');
        Object.defineProperty(window, 'sessionStorage', {{ ...{storage}, configurable: true }});
        try {{
            keep({{ url: 'u' }});
            forget();
            return readKept('u');
        }} finally {{ Object.defineProperty(window, 'sessionStorage', real); }}
    }}"""
    assert page.evaluate(script) is None


def test_the_page_comes_back_when_the_terminal_client_does(page: Page) -> None:
    texts = [
        *("Ping timeout", "Ping timeout: somebody else wanted the username", "Write timeout", "SendQ exceeded"),
        *("Registration timed out", "TLS handshake timed out", "Connection closed", "Too many, try again in a moment"),
        *("Kicked by the operator: Ping timeout", "Banned by the operator", "Quit", "Excess flood", "Ping timeouts"),
    ]
    words = [f"{start}{text}" for text in texts for start in ("", "Closing link: ")]
    assert call(page, "protocol/goodbye", "x.map(text => m.isPassing(text))", words) == [
        is_passing(text) for text in words
    ]
    assert {is_passing(text) for text in words} == {True, False}


_MAKE = """
    feed(':t 376 ann :End');
    const told = () => s.current.present.entries.at(-1).text;
    if (CAN) s.tracker.capabilities.add('draft/account-registration');
"""


@pytest.mark.parametrize(
    ("can", "line", "words"),
    [
        ("false", "/register", "You cannot register on this tracker; its operator can create an account for you"),
        ("true", "/register secret", "Type /register alone, and the page asks for a password; nothing was sent"),
        ("true", " /register secret", "Type /register alone, and the page asks for a password; nothing was sent"),
    ],
)
def test_no_account_is_asked_for(page: Page, can: str, line: str, words: str) -> None:
    script = (
        _MAKE.replace("CAN", can)
        + f"sent.length = 0; typed(s, {line!r}); return [told(), sent, s.orders.isRegistering]"
    )
    assert session(page, [], script) == [words, [], False]


def test_no_account_is_asked_for_without_a_connection(page: Page) -> None:
    script = _MAKE.replace("CAN", "true") + "lost(); typed(s, '/register'); return told()"
    assert session(page, [], script) == "You are not connected"


def test_the_account_is_made_from_the_input(page: Page) -> None:
    script = (
        _MAKE.replace("CAN", "true")
        + """
        const { makeAccount } = await import('/session/registering.js');
        typed(s, '/register');
        const wanted = s.orders.isRegistering, none = makeAccount(s, '');
        const some = makeAccount(s, 'a good one'), line = sent.at(-1).params;
        feed(':t REGISTER VERIFICATION_REQUIRED ann :Wait', ':t REGISTER SUCCESS ann :It is yours');
        const account = s.account, words = told();
        lost();
        return [wanted, s.orders.isRegistering, none, some, line, account, words, makeAccount(s, 'x'), told()];
        """
    )
    line = ["*", "*", "a good one"]
    expected = [True, False, False, True, line, "ann", "It is yours", False, "You are not connected"]
    assert session(page, [], script) == expected


_INVITATION = "inv-000000-" + "0" * 26
_SHUT_OUT = "Too many wrong passwords from your address, try again later"
_OVER = "That invitation has expired: ask for another"


@pytest.mark.parametrize(
    ("password", "lines", "field", "text"),
    [
        ("secret", "':t 904 ann :SASL authentication failed'", "password", "That is not the password."),
        ("secret", f"':t 904 ann :{_SHUT_OUT}'", "password", _SHUT_OUT),
        (_INVITATION, f"':t 904 ann :{_SHUT_OUT}'", "", _SHUT_OUT),
        (
            _INVITATION,
            f"':t 904 ann :{_OVER}', ':t 464 ann :No password'",
            "invitation",
            "That invitation has expired. Ask for another one, or enter the chat's password.",
        ),
        (
            _INVITATION,
            f"':t 903 ann :Yes', ':t 464 ann :{_OVER}'",
            "invitation",
            "That invitation has expired. Ask for another one, or enter the chat's password.",
        ),
    ],
)
def test_a_refusal_says_what_is_wrong(page: Page, password: str, lines: str, field: str, text: str) -> None:
    script = f"c.open('ann', '{password}'); offer('batch'); hear({lines}); return [states.at(-1).problem, c.invitation]"
    left = "" if field in ("invitation", "password") else _INVITATION
    assert connection(page, script) == [{"field": field, "text": text}, left]


def test_a_late_reload_uses_the_invitation(page: Page) -> None:
    script = f"""
        const rest = {{ account: '', room: '', key: '' }};
        c.resume({{ nick: 'ann', loginName: 'Ann', token: 'T0', invitation: '{_INVITATION}', ...rest }});
        offer(); hear(':t FAIL RESUME INVALID_TOKEN :Over', 'AUTHENTICATE +');
        return atob(sent.at(-1).split(' ')[1]).split('\\0');
    """
    assert connection(page, script) == ["", "inv-000000", _INVITATION]


@pytest.mark.parametrize(
    ("before", "renewed"),
    [
        ("c.open('ann', ''); offer(); come(); lose()", True),
        (f"c.open('ann', '{_INVITATION}'); offer(); come(); lose()", True),
        ("c.open('ann', 'secret'); offer(); come(); lose()", False),
        ("c.open('ann', ''); offer(); come()", False),
    ],
)
def test_another_invitation_applies_before_login_only(page: Page, before: str, renewed: bool) -> None:
    other = _INVITATION.replace("0", "1")
    script = f"{before}; c.renewInvitation('{other}'); c.renewInvitation(''); return c.invitation"
    assert connection(page, script) == (other if renewed else "")


def test_a_reload_that_loses_the_password_asks_for_it(page: Page) -> None:
    """They have been in the chat: nobody needs to tell them the password."""
    kept = "{ nick: 'ann', loginName: 'Ann', token: 'T0', invitation: '' }"
    script = f"""
        c.resume({kept}); offer(); hear(':t RESUME SUCCESS ann'); come();
        hear('ERROR :Closing link: Kicked by the operator: too loud'); lose();
        c.again(); offer(''); hear(':t 464 ann :Password needed');
        const again = states.at(-1).problem.text;
        c.open('ann', ''); offer(''); hear(':t 464 ann :Password needed');
        return [again, states.at(-1).problem.text];
    """
    assert connection(page, script) == [
        "Enter the chat's password to come back.",
        "This chat has a password: ask the person who invited you.",
    ]
