"""The features that a server announces, as far as they are used here. Pure.

https://modern.ircdocs.horse/#rplisupport-parameters
"""

from __future__ import annotations

from chatcore.protocol.ctcp import action
from chatcore.protocol.extbans import MUTE
from chatcore.protocol.modes import SLOW
from chatcore.protocol.names import MAX_HOST_CHARS, MAX_USER_CHARS, is_channel
from chatcore.terminal.session.effects import Manner

_USED = ("NICKLEN", "LINELEN", "CHATHISTORY", "CHANMODES", "EXTBAN")
_MAX_LINE_BYTES = 512
_MAX_UTF8_BYTES = 4
_LEAST_TEXT_BYTES = 4


class Supported:
    """The tokens of RPL_ISUPPORT."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}

    def learn(self, tokens: dict[str, str]) -> None:
        """Remember the tokens that are used here."""
        self.tokens.update({token: tokens[token] for token in _USED if token in tokens})

    @property
    def history_limit(self) -> int:
        """How many messages one answer to CHATHISTORY may have; 0 if the tracker does not say."""
        return self._number("CHATHISTORY", 0)

    @property
    def has_mutes(self) -> bool:
        """Whether the tracker supports bans that mute."""
        prefix, _, letters = self.tokens.get("EXTBAN", "").partition(",")
        return not prefix and MUTE.letter in letters

    @property
    def has_slow_rooms(self) -> bool:
        """Whether the tracker supports slow rooms, and does not use that letter for something else."""
        return SLOW.letter in (*self.tokens.get("CHANMODES", "").split(","), "", "", "")[2]

    def text_bytes(self, nick: str, user_and_host: str | None, target: str, manner: Manner) -> int:
        """Return the longest text, in bytes, for which the line that others receive stays within the limit.

        `user_and_host` is None as long as we do not know what others see.
        """
        longest = "u" * (MAX_USER_CHARS * _MAX_UTF8_BYTES) + "@" + "h" * MAX_HOST_CHARS
        around = len(f":{nick}!{user_and_host or longest} PRIVMSG  :\r\n".encode())
        target_bytes = len(target.encode())
        if not is_channel(target):  # the line will have the recipient's nick, which an ip:port does not tell us
            target_bytes = max(target_bytes, self._number("NICKLEN", 32) * _MAX_UTF8_BYTES)
        if manner is Manner.ACTION:
            around += len(action(""))
        return max(_LEAST_TEXT_BYTES, self._number("LINELEN", _MAX_LINE_BYTES) - around - target_bytes)

    def _number(self, token: str, default: int) -> int:
        value = self.tokens.get(token, "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else default
