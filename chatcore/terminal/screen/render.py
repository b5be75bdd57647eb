r"""How an effect looks: in colour on a terminal, and in a pipe in a form that scripts can rely on.

In a pipe each line that is shown says what it is:

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
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from wcwidth import wcswidth

from chatcore.protocol.escape import escape_for_screen
from chatcore.protocol.multiline import BREAK
from chatcore.protocol.nick_colour import nick_colour
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

DIM = "90"
RED = "31"
BOLD = "1"
PLAIN = ""

_TAB_COLUMNS = 4

# What is written without spaces, or found as if it were: Thai, Han, emoji and the like.
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\U0003ffff]")

_FORMATTING = re.compile(
    "\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]"
)


Shown = Line | Problem | Caution | Rule
"""An item that is shown at one place."""


class Fragment(NamedTuple):
    """A piece of a line and its look: the parameters of ECMA-48's SGR, or ''."""

    sgr: str
    text: str


def harmless(text: str) -> str:
    """Return received text without IRC's formatting codes, with all other control characters made visible."""
    return escape_for_screen(_FORMATTING.sub("", text))


def render_for_terminal(item: Shown, now: datetime) -> list[Fragment]:
    """Return one line; of a message of several lines all, below each other.

    `now` (local time) is the time of an item without one, and decides whether a date is shown.
    """
    if isinstance(item, Problem | Caution):
        return [Fragment(RED, f"! {harmless(item.text)}")]
    if isinstance(item, Rule):
        return [Fragment(DIM, f"── {harmless(item.text)} ──")]
    if isinstance(item, Answer):
        return [Fragment(PLAIN, f"  {harmless(item.text)}")]
    time = _clock(item.time, now)
    if isinstance(item, Told):
        return [Fragment(DIM, f"{time} * {harmless(item.text)}")]
    is_marked = item.rank or not item.is_here
    where = "" if not is_marked else _private(item) if item.room is None else f"[{_room(item)}] "
    before = [
        Fragment(DIM, f"{time} "),
        Fragment(BOLD if item.room is None else DIM, where),
        Fragment(nick_colour(item.nick), _speaker(item)),
    ]
    return [*_answered(item, len(time) + 1), *before, *_text(item, below=f"\n{' ' * wcswidth(as_text(before))} ")]


def render_plain(item: Item) -> str:
    """Return what is printed in a pipe, '' for nothing; see the forms above."""
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
    """Return what is shown of a view that one turns to, line by line."""
    lines: list[Shown] = [Rule(turned.name)]
    for number, line in enumerate(turned.lines):
        if turned.new and number == len(turned.lines) - turned.new:
            lines.append(Rule(f"new, and {turned.unseen} more before" if turned.unseen else "new"))
        lines.append(replace(line, is_here=True) if isinstance(line, Said) else line)
    return lines


def as_ansi(fragments: Iterable[Fragment]) -> str:
    """Return the fragments as one text with escape sequences."""
    return "".join(f"\x1b[{sgr}m{text}\x1b[0m" if sgr and text else text for sgr, text in fragments)


def as_text(fragments: Iterable[Fragment]) -> str:
    """Return the fragments without their looks."""
    return "".join(text for _, text in fragments)


def _text(said: Said, below: str) -> list[Fragment]:
    """Return the text without tabs, with what a search was for set off, and `below` before each line but the first."""
    text = f" {below.join(map(harmless, said.text.expandtabs(_TAB_COLUMNS).split(BREAK)))}"
    if not said.is_history:
        return [Fragment(PLAIN, text)]
    patterns = [_pattern(word) for each in said.found or () if (word := each.replace('"', "")).strip("*")]
    parts = re.split(f"({'|'.join(patterns)})", text, flags=re.IGNORECASE) if patterns else [text]
    return [Fragment(BOLD if number % 2 else DIM, part) for number, part in enumerate(parts) if part]


def _pattern(word: str) -> str:
    """Return an expression for a word that is searched for: whole, or its beginning, or any part in scripts without
    spaces."""
    found = re.escape(word.rstrip("*"))
    if _WITHOUT_SPACES.search(word):
        return found
    return rf"(?<!\w){found}" + ("" if word.endswith("*") else r"(?!\w)")


def _answered(said: Said, columns: int) -> list[Fragment]:
    """Return what stands above a reply, so far from the edge: what it answers."""
    return [] if said.answers is None else [Fragment(DIM, f"{' ' * columns}\u21aa {_quoted(said.answers)}\n")]


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


def _clock(time: datetime | None, now: datetime) -> str:
    local = time.astimezone(now.tzinfo) if time else now
    return local.strftime("%H:%M" if local.date() == now.date() else "%Y-%m-%d %H:%M")
