"""A session of the page without a tracker: tests feed it lines and check what it sends."""

from __future__ import annotations

from typing import Any

from tests.support.browser import Page

_SESSION = """async (lines) => {
    const { Session } = await import('/session/session.js');
    const { receive } = await import('/session/received.js');
    const { noteLost } = await import('/session/history.js');
    const { loseConnection } = await import('/session/losing.js');
    const { askAgain, findPlace, goTo, requestNewer, requestOlder } = await import('/session/past.js');
    const { find, findMore, openResult, openSearch } = await import('/session/search.js');
    const { exportMore, exportText, startExport } = await import('/session/export.js');
    const { say } = await import('/session/sending.js');
    const { typed } = await import('/commands/slash.js');
    const { parse } = await import('/protocol/irc.js');
    const sent = [], saved = [];
    const s = new Session((message) => sent.push(message), () => {}, (...file) => saved.push(file));
    s.tracker.capabilities.add('chatcore/password');
    s.showsPast = true;
    const lost = () => loseConnection(s);
    const feed = (...more) => more.forEach((line) => receive(s, parse(line), 0));
    feed(':t 001 ann :Hi', ':t 003 ann :born', ':t 376 ann :End', ':ann!a@h JOIN #lobby', ...lines);
    AFTER
}"""


def call(page: Page, module: str, expression: str, argument: Any = None) -> Any:
    """Return the value of an expression with the module's names as `m` and the argument as `x`."""
    return page.evaluate(f"async x => {{ const m = await import('/{module}.js'); return {expression} }}", argument)


def session(page: Page, lines: list[str], after: str) -> Any:
    """Feed a session logged in as ann; return the value of `after`, which may use s, sent, saved, feed and lost."""
    return page.evaluate(_SESSION.replace("AFTER", after), lines)
