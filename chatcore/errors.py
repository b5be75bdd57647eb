"""The exceptions of the project. Importable by every layer; imports nothing.

ChatError
├── ConfigError          the operator's mistake: one line, exit status 2
│   ├── StateTooNew      a newer version has written to the state folder
│   └── StateInUse       the state folder is locked by a tracker, or by a command that needs it alone
├── ProtocolError        the peer sent something the specification forbids
│   └── LineTooLong      a line is longer than the protocol allows
├── InvalidLink          a link leads to no chat; the user is told so
├── InvalidKey           a public key cannot be used; the user is told so
├── CannotPack           the client in one file cannot be made here; the operator is told so
├── CommandError         a command cannot be carried out; it *is* the reply
├── RequestRefused       an HTTP request is refused; it *is* the response
├── TransportClosed      the connection is gone; normal
│   └── TlsFailed        the peer's bytes are not TLS, or were changed on the way
├── SendQueueExceeded    the peer does not read; its connection is closed
├── Leave                the visit is over: its client said QUIT, or is refused for good
├── AccountsUnavailable  the accounts cannot be read; the client that needs them is told so
├── ArchiveUnavailable   the archive cannot answer, or not in time; the client that asked is told so
├── EngineAway           the engine that several trackers share is unreachable for now; the tracker tries again
├── InDoubt              a change that needs all trackers was not confirmed in time; it is made later
├── EngineLost           the engine has lost data that it had confirmed: this tracker cannot go on
│   └── EngineTrimmed    the engine has dropped records that this tracker has not read
├── NothingToFind        a search cannot match anything; the client is told so
└── StreamClosed         the tracker is shutting down; nothing more is accepted
"""

from __future__ import annotations


class ChatError(Exception):
    """Base of all errors that chatcore raises on purpose."""


class ConfigError(ChatError):
    """An invalid setting. Its text is the one line that the operator reads."""


class StateTooNew(ConfigError):
    """A newer version has written a file of the state folder. The file is left unchanged."""

    def __init__(self, path: object, version: int, known: int) -> None:
        """Take the file, the version of its format, and the newest version that this program knows."""
        super().__init__(
            f"{path} was written by a newer version of chatcore (its format is {version}, this one knows {known}): "
            "use that version, or another --state-dir"
        )


class StateInUse(ConfigError):
    """Another process has locked the state folder."""


class ProtocolError(ChatError):
    """The peer's bytes are not a valid message."""


class LineTooLong(ProtocolError):
    """A line is longer than the protocol allows."""


class InvalidLink(ChatError):
    """A link that leads to no chat. Its text tells the user why, and repeats nothing of the link."""


class InvalidKey(ChatError):
    """Text that is not a public key, or one that cannot be used. The message repeats nothing of it."""


class CannotPack(ChatError):
    """The client in one file cannot be made. Its text tells the operator why."""


class CommandError(ChatError):
    """A refused command. `reply` is (numeric or FAIL, *params) without the target nick."""

    def __init__(self, *reply: str) -> None:
        super().__init__(" ".join(reply))
        self.reply = reply


class RequestRefused(ChatError):
    """A refused HTTP request. `response` is the whole response, head and body.

    `remark` is for the operator: its subject, and its text.
    """

    def __init__(self, response: bytes, remark: tuple[str, str] | None = None) -> None:
        super().__init__(response.partition(b"\r\n")[0].decode())
        self.response = response
        self.remark = remark


class TransportClosed(ChatError):
    """The connection has ended. Its text is the reason shown to others."""


class TlsFailed(TransportClosed):
    """TLS failed. `reason` is OpenSSL's name for the reason, or a text."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"TLS failed: {reason}")
        self.reason = reason


class SendQueueExceeded(ChatError):
    """The peer's outbox is full."""


class Leave(ChatError):
    """The visit is over: its client said QUIT, or is refused for good. Its text is the reason shown to others."""


class AccountsUnavailable(ChatError):
    """The accounts cannot be read or changed. Its text tells the operator why."""


class ArchiveUnavailable(ChatError):
    """The archive cannot answer, or not in time. Its text tells the client why."""


class EngineAway(ChatError):
    """The engine that several trackers share is unreachable, or did not answer in time. The tracker tries again."""


class InDoubt(ChatError):
    """A change is made once the trackers of the chat reach each other, unless this one ends before."""


class EngineLost(ChatError):
    """The engine lost confirmed data, or belongs to another chat: this tracker cannot go on. Its text says why."""


class EngineTrimmed(EngineLost):
    """The engine has dropped records that this tracker has not read. Its text is for the operator."""


class NothingToFind(ChatError):
    """A search that cannot match anything. Its text tells the client why."""


class StreamClosed(ChatError):
    """The event stream accepts nothing more."""
