"""Nicks, channel names, addresses and masks: what is valid, what is equal, what matches.

CASEMAPPING is `ascii` (https://modern.ircdocs.horse/#casemapping-parameter). Nicks may contain letters and
digits of any script, so that people can use their own names; only ASCII case is ignored in comparing them.
"""

from __future__ import annotations

import ipaddress
import re
import string
import unicodedata
from functools import lru_cache
from typing import NamedTuple

CHANNEL_PREFIX = "#"
MAX_CHANNEL_CHARS = 64
MAX_USER_CHARS = 10
MAX_HOST_CHARS = 63
# No line may be cut inside a name: KICK has to fit a channel, a source and another nick into 510 bytes.
MAX_CHANNEL_BYTES = 190
MAX_NICK_BYTES = 96
DEFAULT_CHANNEL = "#lobby"

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_NICK_SPECIALS = frozenset("[]\\`_^{|}-")
_NOT_FIRST_IN_NICK = frozenset("-0123456789")
# Invisible letters and marks, with which one name could look like another.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_BLANKS = frozenset("\u2800\u3164\uffa0")  # letters and symbols that look like a space
_MAX_MARKS = 4  # per letter (UTS 39, section 5.4); Burmese needs four
_JOINER, _EMOJI_STYLE, _KEYCAP = "\u200d", "\ufe0f", "\u20e3"
_BETWEEN_MARKS = re.compile(r"[^?]+")  # the parts of a mask between its question marks
_PORT = re.compile(r"[0-9]{1,5}")
_HOST_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")


def casefold(name: str) -> str:
    """Return the form under which a nick or channel name is compared (ASCII letters only)."""
    return name.lower() if name.isascii() else name.translate(_FOLD)


def nick_problem(nick: str, max_chars: int) -> str | None:
    """Return why `nick` cannot be used, in words for a person; None if it can."""
    if not nick:
        return "A username cannot be empty"
    if len(nick) > max_chars:
        return f"Usernames have at most {max_chars} characters"
    if nick[0] in _NOT_FIRST_IN_NICK:
        return "A username cannot begin with a digit or a dash"
    if " " in nick:
        return "A username cannot have spaces"
    if not all(character in _NICK_SPECIALS or _is_word(character) for character in nick):
        return "Usernames have only letters, digits and - _ [ ] \\ ` ^ { | }"
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", nick))
    if plain != nick and nick_problem(plain, max_chars) is None:
        return f"That username has letters in an unusual form: write it {plain}"
    if plain != nick or _is_mark(nick[0]):
        return "That username has letters in an unusual form"
    if _has_too_many_marks(nick):
        return f"A letter of a username has at most {_MAX_MARKS} marks"
    if len(nick.encode()) > MAX_NICK_BYTES:
        return f"Usernames have at most {MAX_NICK_BYTES} bytes, in UTF-8"
    return None


def is_nick_mask(mask: str) -> bool:
    """Return whether a mask has only characters of nicks and wildcards, so that it could match one."""
    return bool(mask) and all(
        character in _NICK_SPECIALS or character in "*?" or _is_word(character) for character in mask
    )


def channel_problem(name: str) -> str | None:
    """Return why `name` cannot be a channel's name, in words for a person; None if it can."""
    if not name.startswith(CHANNEL_PREFIX) or len(name) < 2:
        return "Room names begin with # and have at least one more character"
    if len(name) > MAX_CHANNEL_CHARS:
        return f"Room names have at most {MAX_CHANNEL_CHARS} characters"
    plain = _plain_spelling(name)
    if plain != name and channel_problem(plain) is None:
        return f"Room names have no invisible or decomposed characters: write it {plain}"
    if not set(name).isdisjoint(" ,:") or not name.replace(_JOINER, "").isprintable():
        return "Room names have no spaces, commas, colons or control characters"
    if "\ufffd" in name or plain != name:  # U+FFFD replaces bytes that were not UTF-8
        return "That room name has characters that cannot be shown"
    if len(name.encode()) > MAX_CHANNEL_BYTES:
        return f"Room names have at most {MAX_CHANNEL_BYTES} bytes, in UTF-8"
    if _is_mark(name[1]) or _has_too_many_marks(name):
        return f"A letter of a room name has at most {_MAX_MARKS} marks, and # has none"
    return None


def is_channel(name: str) -> bool:
    """Return whether a message target names a channel (valid or not)."""
    return name.startswith(CHANNEL_PREFIX)


def format_address(host: str, port: int) -> str:
    """Return `ip:port`, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_address(text: str) -> tuple[str, int] | None:
    """Split `ip:port` or `[ipv6]:port`; return None for anything else."""
    host, colon, port = text.rpartition(":")
    if not colon or not _PORT.fullmatch(port) or not 0 < int(port) < 65536:
        return None
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        return None
    return (host, int(port)) if host else None


def is_loopback(host: str) -> bool:
    """Return whether an address is this machine's own."""
    return host == "::1" or host.startswith("127.")


def address_block(host: str, bits: int = 64) -> str:
    """Return the block for limits per address: an IPv4 address, or the /64 that one IPv6 host has to itself.

    With 48 bits it is the network that one site has to itself.
    """
    return str(ipaddress.IPv6Network((host.partition("%")[0], bits), strict=False)) if ":" in host else host


def printable_host(host: str) -> str:
    """Return an address in a form that can be part of a source, where a leading colon would be syntax."""
    return "0" + host if host.startswith(":") else host


def user_ident(username: str) -> str:
    """Return the username from USER, reduced to characters that cannot be mistaken for syntax."""
    kept = "".join(c for c in username if c.isalnum() or c in "._-[]{}|^`~")
    return kept[:MAX_USER_CHARS] or "user"


class _MaskPart(NamedTuple):
    """The part of a mask between two stars: its length, and the texts between its question marks with their offsets."""

    length: int
    runs: tuple[tuple[int, str], ...]

    def stands_at(self, text: str, at: int) -> bool:
        """Return whether this part matches `text` at this offset."""
        return 0 <= at <= len(text) - self.length and all(text.startswith(run, at + place) for place, run in self.runs)

    def find(self, text: str, start: int, end: int) -> int:
        """Return where the first match between two offsets ends; -1 if there is none."""
        if not self.runs:
            return start + self.length if start + self.length <= end else -1
        place, run = self.runs[0]
        found = text.find(run, start + place, end)
        while found >= 0 and found - place + self.length <= end:
            if self.stands_at(text, found - place):
                return found - place + self.length
            found = text.find(run, found + 1, end)
        return -1


@lru_cache(maxsize=4096)
def _mask_parts(mask: str) -> tuple[_MaskPart, ...]:
    return tuple(
        _MaskPart(len(part), tuple((found.start(), found[0]) for found in _BETWEEN_MARKS.finditer(part)))
        for part in mask.split("*")
    )


def mask_matches(mask: str, text: str) -> bool:
    """Return whether the whole `text` matches `mask`: * is any text, ? any one character; ASCII case is ignored.

    A backslash is not an escape: nicks may contain one, and no text to match contains * or ?.
    """
    return folded_mask_matches(casefold(mask), casefold(text))


def folded_mask_matches(mask: str, text: str) -> bool:
    """Do the same as `mask_matches` for a casefolded mask and text.

    Uses no regular expression and no backtracking, because people can set many masks of any form.
    """
    first, *rest = _mask_parts(mask)
    if not first.stands_at(text, 0):
        return False
    if not rest:
        return first.length == len(text)
    *middle, last = rest
    at, end = first.length, len(text) - last.length
    if end < at or not last.stands_at(text, end):
        return False
    for part in middle:
        at = part.find(text, at, end)
        if at < 0:
            return False
    return True


def normalize_ban_mask(mask: str) -> str:
    """Complete what a person typed to the form `nick!user@host`."""
    nick, bang, rest = mask.partition("!")
    user, at, host = rest.partition("@")
    if not bang:
        nick, at, host = mask.partition("@")
        if at:
            return f"*!{nick or '*'}@{host or '*'}"
        return f"*!*@{mask}" if "." in mask or ":" in mask else f"{mask or '*'}!*@*"
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"


def is_valid_hostname(host: str) -> bool:
    """Return whether `host` is a valid server name (RFC 1123 labels, at least one dot)."""
    name = host.removesuffix(".")
    return len(host) <= MAX_HOST_CHARS and "." in host and all(_HOST_LABEL.fullmatch(part) for part in name.split("."))


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"


def _is_mark(character: str) -> bool:
    """Return whether a character is drawn onto the one before it, which for a name's first is outside the name."""
    return unicodedata.category(character)[0] == "M"


def _has_too_many_marks(name: str) -> bool:
    return not name.isascii() and "M" * (_MAX_MARKS + 1) in "".join(unicodedata.category(c)[0] for c in name)


def _plain_spelling(name: str) -> str:
    """Return a name composed (NFC) and without invisible characters, except those inside an emoji."""
    if name.isascii():
        return name
    kept = [character for at, character in enumerate(name) if not _is_invisible(character) or _is_in_emoji(name, at)]
    return unicodedata.normalize("NFC", "".join(kept))


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or character in _BLANKS or bool(_INVISIBLE.match(character))


def _is_in_emoji(name: str, at: int) -> bool:
    """Return whether the invisible character at this index chooses an emoji's style or joins two emoji (UTS 51).

    Joiners between letters of Persian or Indic scripts do not count: names are written without them.
    """
    before, after = name[at - 1], name[at + 1 : at + 2]
    if name[at] == _EMOJI_STYLE:
        return (
            _is_pictorial(before)
            or before in "\u203c\u2049\u2139\u3030"
            or (before in "0123456789#*" and after == _KEYCAP)
        )
    is_between = _is_pictorial(before) or before == _EMOJI_STYLE
    return name[at] == _JOINER and is_between and after != "" and _is_pictorial(after)


def _is_pictorial(character: str) -> bool:
    """Return whether a character may be an emoji or a skin tone."""
    is_symbol = unicodedata.category(character) in ("So", "Sm") and not character.isascii()
    return is_symbol or "\U0001f3fb" <= character <= "\U0001f3ff"
