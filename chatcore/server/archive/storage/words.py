"""Turns message texts and search terms into the input and the query language of SQLite's FTS5. Pure.

FTS5 finds whole words, as its unicode61 tokenizer splits a text. Scripts that are written without spaces (Chinese,
Japanese, Korean, Thai and others) and symbols are indexed a character at a time and searched as phrases, so any part of
them is found. Search terms are never interpreted as FTS5 syntax.
"""

from __future__ import annotations

import re
import unicodedata

from chatcore.errors import NothingToFind
from chatcore.protocol.ctcp import ACTION, split_ctcp
from chatcore.protocol.multiline import as_read
from chatcore.protocol.names import casefold

TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* N* Co So Mn Mc'"
"""Marks are part of a word; otherwise Hindi words would be split."""

MAX_WORDS = 32
MAX_STARRED = 8

_SINGLE = re.compile(
    "(["
    "\u00a6\u00a9\u00ae\u00b0\u2100-\u214f\u2190-\u2bff\u4dc0-\u4dff\U0001f000-\U0001faff"  # symbols, emoji
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U00016fe0-\U00018dff\U00020000-\U0003ffff"  # Tangut, Khitan, and all of Han that is yet to come
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001aff0-\U0001b16f"  # kana
    "\u3100-\u312f\u31a0-\u31bf\ua000-\ua4cf"  # bopomofo, Yi
    "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc"  # hangul
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f"  # Thai, Lao, Burmese, Khmer
    "])"
)
_INVISIBLE = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
"""Characters that searches ignore: combining accents, vowel points, joiners, emoji styles."""

_FORMATTING = re.compile("\x03(?:[0-9]{1,2}(?:,[0-9]{1,2})?)?|\x04(?:[0-9A-Fa-f]{6})?|[\x02\x0f\x11\x16\x1d\x1e\x1f]")
_WORD = re.compile(r'"([^"]*)(?:"(\*?)|$)|([^\s"]+)')
_TOKEN_CATEGORIES = frozenset(("Co", "Cn", "So", "Mn", "Mc"))


def indexed(text: str) -> str:
    """Return a text as it is given to FTS5."""
    if not text.isprintable():
        text = as_read(text)  # joints may be inside words
        text = _FORMATTING.sub("", text).replace("\0", " ")
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_SINGLE.split(_INVISIBLE.sub("", plain)))


def indexed_message(text: str) -> str:
    """Return a message as it is given to FTS5; of CTCP messages, only the text of an ACTION."""
    if text.startswith("\x01"):
        kind, said = split_ctcp(text)
        return indexed(said) if kind in (ACTION, "") else ""
    return indexed(text)


def expression(text: str) -> str:
    """Return the FTS5 expression for all words of a search; '' if it has no searchable word.

    Words in quotes form a phrase, and a `*` at the end of a word stands for any ending. Raises NothingToFind for
    searches that would take too long: too many words, or too few letters before a `*`.
    """
    phrases: dict[str, None] = {}
    starred = 0
    for match in _WORD.finditer(text):
        quoted, star, word = match.groups()
        phrase = indexed(quoted if word is None else word).replace('"', " ")
        last = _last_token(phrase)
        if not last:
            continue
        if (star or (word or "").endswith("*")) and not _SINGLE.fullmatch(last):
            if len(last) == 1:
                raise NothingToFind("Write at least two letters before a *")
            starred += f'"{phrase}" *' not in phrases
            phrases[f'"{phrase}" *'] = None
        else:
            phrases[f'"{phrase}"'] = None
    if len(phrases) > MAX_WORDS or starred > MAX_STARRED:
        raise NothingToFind(f"Search for {MAX_WORDS} words at most, {MAX_STARRED} of them with a *")
    return " AND ".join(phrases)


def name_token(name: str) -> str:
    """Return the token for a nick or an account name."""
    return "n" + casefold(name).encode().hex()


def identity_token(identity: str) -> str:
    """Return the token for a person's identity, for private conversations."""
    return "i" + identity.encode().hex()


def audience_token(number: int) -> str:
    """Return the token for an audience of the file."""
    return f"a{number:x}"


def _last_token(text: str) -> str:
    """Return the last word that FTS5 finds in a text; '' if there is none."""
    token: list[str] = []
    for character in reversed(text):
        if character.isalnum() or unicodedata.category(character) in _TOKEN_CATEGORIES:
            token.append(character)
        elif token:
            break
    return "".join(reversed(token))
