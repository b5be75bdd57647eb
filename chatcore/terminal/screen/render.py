r"""How an item looks: in colour on a terminal, and in a stable format for scripts in a pipe. Pure.

In a pipe, each line says what it is:

    [#room] <nick> text                 a message
    [#room] <nick> more                 each line of a message of several lines likewise
    [#room] * nick text                 an action (/me)
    [#room] -nick- text                 a notice
    [@#room] <nick> text                a message to the operators of a room alone; [+#room] to those with a voice, too
    [private] <nick> text               a private message; actions and notices likewise
    [private to bob] <nick> text        an own private message
    [history #room 2026-11-20T22:50:01.123Z] <nick> text
    [found #room 2026-11-20T22:50:01.123Z] <nick> text
    [found private 2026-11-20T22:50:01.123Z] <nick> text    or `private to bob`
    * nick replies in #room to bob: words   what the next line answers (in private: a private message)
    * nick reacted 👍 to “words” in #room    a reaction
    * nick took back: “words” in #room      a message is gone
    * alice joined #room                what happened, and answers
    error: text                         what did not work (on stderr)
    warning: text                       what to know before going on (on stderr)
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

from chatcore.prompting.theme import Role, Theme
from chatcore.protocol.escape import escape_for_screen
from chatcore.protocol.multiline import BREAK
from chatcore.terminal.screen.layout import Fragment, Look, cut, fitted, line_across
from chatcore.terminal.session.effects import (
    Answer,
    Caution,
    Item,
    Line,
    Manner,
    Problem,
    Quoted,
    Rule,
    Said,
    Told,
    Turned,
)

_TAB_COLUMNS = 4

# Scripts without spaces between words, or searched as if they had none: Thai, Han, emoji and the like.
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\U0003ffff]")

_FORMATTING = re.compile(
    "\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)


Shown = Line | Problem | Caution | Rule
"""An item that takes up lines of its own."""


def harmless(text: str) -> str:
    """Return received text without IRC formatting codes, and with all other control characters made visible."""
    return escape_for_screen(_FORMATTING.sub("", text))


def day_of(item: Shown, now: datetime, *, is_again: bool = False) -> date | None:
    """Return the local day an item belongs to; None if that does not matter, as for search results.

    `is_again`: the item was shown before, so a missing time does not mean now.
    """
    if isinstance(item, Told) or (isinstance(item, Said) and item.found is None):
        return None if is_again and item.time is None else _local(item.time, now).date()
    return None


def render_day(day: date, look: Look) -> list[Fragment]:
    """Return the rule that marks the start of another day."""
    return line_across(
        (f"{day:%A}, {day.day} {day:%B} {day.year}", f"{day:%a}, {day.day} {day:%b} {day.year}", f"{day:%Y-%m-%d}"),
        look,
    )


def render_for_terminal(item: Shown, look: Look) -> list[Fragment]:
    """Return an item broken into lines that fit the window."""
    if isinstance(item, Problem | Caution):
        return _line("! ", item.text, Role.PROBLEM, look)
    if isinstance(item, Rule):
        return line_across([harmless(item.text)], look, Role.NEW if item.is_new else Role.RULE)
    if isinstance(item, Answer):
        return _line("  ", item.text, Role.TEXT, look)
    time = _clock(item, look)
    if isinstance(item, Told):
        return _line(f"{time} * ", item.text, Role.TOLD, look)
    is_marked = item.rank or not item.is_here
    where = "" if not is_marked else _private(item) if item.room is None else f"[{_room(item)}] "
    theme = look.theme
    before = [
        Fragment(theme[Role.TIME], f"{time} "),
        Fragment(theme[Role.PRIVATE if item.room is None else Role.PLACE], where),
        Fragment(theme[Role.MENTION] if item.is_for_us else theme.name(item.nick, item.twin), _speaker(item)),
        Fragment(theme[Role.TEXT], " "),
    ]
    return [*_answered(item.answers, len(time), look), *fitted(before, _text(item, theme), look.width)]


def render_plain(item: Item) -> str:
    """Return what is printed in a pipe, '' for nothing. The module's docstring lists the formats."""
    if isinstance(item, Problem):
        return f"error: {harmless(item.text)}"
    if isinstance(item, Caution):
        return f"warning: {harmless(item.text)}"
    if isinstance(item, Turned):
        return f"* {harmless(item.told)}" if item.told else ""
    if isinstance(item, Rule):
        return ""
    if isinstance(item, Answer):
        return f"* {harmless(item.text)}"
    if isinstance(item, Told):
        return f"* {harmless(item.text)}{f' {harmless(item.where)}' if item.where else ''}"
    where = _private(item) if item.room is None else f"[{_room(item)}] "
    if item.is_history and (item.room is not None or item.found is not None):
        time = item.time.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z" if item.time else "-"
        where = f"[{'history' if item.found is None else 'found'} {where[1:-2]} {time}] "
    before = f"{where}{_speaker(item)}"
    lines = [f"{before} {harmless(line)}" for line in item.text.split(BREAK)]
    if item.answers is not None and not item.is_history:
        place = "in private" if item.room is None else f"in {_room(item)}"
        lines.insert(0, f"* {harmless(item.nick)} replies {place} to {_quoted(item.answers)}")
    return "\n".join(lines)


def unfolded(turned: Turned) -> list[Shown]:
    """Return the lines to show for the view that was turned to."""
    lines: list[Shown] = [Rule(turned.name)]
    for number, line in enumerate(turned.lines):
        if turned.new and number == len(turned.lines) - turned.new:
            lines.append(Rule(f"new, and {turned.unseen} more before" if turned.unseen else "new", is_new=True))
        lines.append(replace(line, is_here=True) if isinstance(line, Said) else line)
    return lines


def _line(before: str, text: str, role: Role, look: Look) -> list[Fragment]:
    sgr = look.theme[role]
    return fitted([Fragment(sgr, before)], [Fragment(sgr, harmless(text))], look.width)


def _answered(answers: Quoted | None, indent: int, look: Look) -> list[Fragment]:
    """Return the line above a reply that quotes the message it answers; nothing for any other message."""
    if answers is None:
        return []
    line = cut(f"{' ' * indent} \u21aa {_quoted(answers)}", look.width)
    return [Fragment(look.theme[Role.ANSWERED], line), Fragment("", "\n")]


def _text(said: Said, theme: Theme) -> list[Fragment]:
    """Return a message's text with tabs expanded, and with the words of a search highlighted."""
    text = "\n".join(map(harmless, said.text.expandtabs(_TAB_COLUMNS).split(BREAK)))
    if not said.is_history:
        return [Fragment(theme[Role.TEXT], text)]
    patterns = [_pattern(word) for each in said.found or () if (word := each.replace('"', "")).strip("*")]
    parts = re.split(f"({'|'.join(patterns)})", text, flags=re.IGNORECASE) if patterns else [text]
    return [
        Fragment(theme[Role.FOUND if number % 2 else Role.HISTORY], part) for number, part in enumerate(parts) if part
    ]


def _pattern(word: str) -> str:
    """Return a regular expression for a search word.

    It matches whole words, or the start of one for `word*`; in scripts without spaces, any part of the text.
    """
    found = re.escape(word.rstrip("*"))
    if _WITHOUT_SPACES.search(word):
        return found
    return rf"(?<!\w){found}" + ("" if word.endswith("*") else r"(?!\w)")


def _quoted(quoted: Quoted) -> str:
    return f"{harmless(quoted.nick)}: {harmless(quoted.words)}" if quoted.nick else "an earlier message"


def _room(said: Said) -> str:
    return harmless(said.rank + (said.room or ""))


def _private(said: Said) -> str:
    return "[private] " if said.to is None else f"[private to {harmless(said.to)}] "


def _speaker(said: Said) -> str:
    nick = harmless(said.nick)
    if said.manner is Manner.ACTION:
        return f"* {nick}"
    return f"-{nick}-" if said.manner is Manner.NOTICE else f"<{nick}>"


def _clock(item: Said | Told, look: Look) -> str:
    if item.time is None and look.is_again:
        return " " * len("00:00")
    local = _local(item.time, look.now)
    shown = look.day if day_of(item, look.now) else look.now.date()
    return local.strftime("%H:%M" if local.date() == shown else "%Y-%m-%d %H:%M")


def _local(time: datetime | None, now: datetime) -> datetime:
    return time.astimezone(now.tzinfo) if time else now
