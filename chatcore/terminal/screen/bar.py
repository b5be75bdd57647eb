"""The status bar below the input, and the temporary lines above it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wcwidth import wcswidth

from chatcore.prompting.theme import Role, Theme
from chatcore.terminal.screen.layout import Fragment, cut
from chatcore.terminal.screen.render import harmless
from chatcore.terminal.session.status import Status, Tab

MOST_UNSAID = 5
"""How many of our own lines are shown while they are on their way; the last ones, if there are more."""

WAITING = "  (waiting) "

_SHORT_NAME = 8
_LEAST_NAME = 2
_STYLES = {True: "bold", False: ""}


def bar(status: Status, columns: int, news: str = "") -> list[tuple[str, str]]:
    """Return the bar as prompt_toolkit's styled text: our nick, then the views, or `news` in their place."""
    nick = f" {harmless(status.nick)} "
    left = columns - wcswidth(nick)
    if news or status.absence:
        return [("", nick), ("bold", cut(harmless(news or status.absence), left))]
    if not status.tabs:
        return [("", nick), ("", cut("not in a room", left))]
    remark = f"  {harmless(status.remark)}" if status.remark else ""
    tabs = _fitting(status, left)
    shown = sum(wcswidth(text) for _, text in tabs)
    return [("", nick), *tabs, ("italic", cut(remark, max(0, left - shown)))]


def _fitting(status: Status, columns: int) -> list[tuple[str, str]]:
    """Return as many views as fit: all of them, else those with unread messages, else those with short names."""
    waiting = [tab for tab in status.tabs if tab.unread or tab.is_current]
    for tabs, most in ((status.tabs, columns), (waiting, columns), (waiting, _SHORT_NAME)):
        shown = list(_shown(tabs, status.members, most))
        if sum(wcswidth(text) for _, text in shown) <= columns:
            return shown
    return _shortest(status, waiting, columns)


def _shortest(status: Status, waiting: Sequence[Tab], columns: int) -> list[tuple[str, str]]:
    """Return the current view and how much is unread in the others, for a very narrow window."""
    others = [tab for tab in waiting if not tab.is_current]
    current = [tab for tab in waiting if tab.is_current]
    unread = f"+{sum(tab.unread for tab in others)}{'!' * any(tab.mentions for tab in others)}"
    for members, summary in ((status.members, f"{unread} in {len(others)}"), (0, unread)):
        space = columns - wcswidth(summary) - sum(wcswidth(text) for _, text in _shown(current, members, 0))
        if space >= _LEAST_NAME:
            return [*_shown(current, members, space), ("bold", summary)]
    return [("bold", cut(unread, columns))]


def _shown(tabs: Sequence[Tab], members: int, most_name: int) -> Iterator[tuple[str, str]]:
    for tab in tabs:
        name = f"{tab.number}:{cut(harmless(tab.name), most_name)}"
        if tab.is_current:
            yield "bold", f"[{name}{f' {members}' if members else ''}] "
        elif tab.unread:
            mark = f"{tab.mentions}!" if tab.mentions else f"{tab.unread}"
            yield _STYLES[bool(tab.mentions)], f"{name} {mark} "
        else:
            yield "", f"{name} "


def passing(status: Status, columns: int, theme: Theme) -> list[Fragment]:
    """Return the temporary lines above the input, each with a line end.

    They show who comes and goes, and our own lines that are on their way or wait for a connection.
    """
    crowd = [f"  * {harmless(status.crowd)}"] if status.crowd else []
    lines = [f"  {line}" for said in status.unsaid for line in harmless_lines(said.text)]
    lines += [f"{WAITING}{line}" for said in status.waiting for line in harmless_lines(said.text)]
    hidden = max(0, len(lines) - MOST_UNSAID)
    shown = [f"  … {hidden} more lines", *lines[hidden:]] if hidden else lines
    return [Fragment(theme[Role.PENDING], cut(line, columns - 1) + "\n") for line in [*crowd, *shown]]


def harmless_lines(text: str) -> list[str]:
    """Return the lines of a message, escaped for the screen."""
    return [harmless(line) for line in text.split("\n")]
