"""The exceptions of the project. Importable by every layer; imports nothing.

ChatError
├── ConfigError          the operator's mistake: one line, exit status 2
│   ├── StateTooNew      a newer version has written to the state folder
│   └── StateInUse       a tracker has the state folder, or a command that needs it for itself
├── ProtocolError        the peer sent something the specification forbids
│   └── LineTooLong      a line that is longer than the protocol allows
├── InvalidLink          a link that leads to no chat; whoever gave it is told so
├── InvalidKey           a public key that cannot be used; whoever gave it is told so
├── CannotPack           the client in one file cannot be made here; the operator is told so
├── CommandError         a command that cannot be carried out; it *is* the reply
├── RequestRefused       an HTTP request that gets another response than it asked for; it *is* that response
├── TransportClosed      the connection is gone; normal
│   └── TlsFailed        what came is not TLS, or was changed on the way
├── SendQueueExceeded    the peer does not read; its connection is closed
├── Leave                the visit is over: its client said QUIT, or is refused for good
├── AccountsUnavailable  the accounts cannot be read; whoever needs them is told so
├── ArchiveUnavailable   the archive cannot answer, or not in time; whoever asked is told so
├── EngineAway           what several trackers share cannot be reached at the moment; it is tried again
├── InDoubt              what all trackers have to agree upon was not confirmed in time: it is done later
├── EngineLost           it has lost what it had confirmed: this tracker cannot go on
│   └── EngineTrimmed    it no longer has all that comes after what this tracker has read
├── NothingToFind        a search with which nothing can be found; whoever searches is told so
└── StreamClosed         the tracker is shutting down; nothing more is accepted
"""

from __future__ import annotations


class ChatError(Exception):
    """Base of all errors that chatcore raises on purpose."""


class ConfigError(ChatError):
    """A setting that cannot be used. Its text is the one line that the operator reads."""


class StateTooNew(ConfigError):
    """A file of the state folder that a newer version has written. It is left as it is."""

    def __init__(self, path: object, version: int, known: int) -> None:
        """Name the file, the version of its format, and the newest that this program knows."""
        super().__init__(
            f"{path} was written by a newer version of chatcore (its format is {version}, this one knows {known}): "
            "use that version, or another --state-dir"
        )


class StateInUse(ConfigError):
    """Another process has the state folder."""


class ProtocolError(ChatError):
    """The peer's bytes are not a valid message."""


class LineTooLong(ProtocolError):
    """A line is longer than the protocol allows."""


class InvalidLink(ChatError):
    """A link that leads to no chat. Its text, for whoever gave it, says why and repeats nothing of it."""


class InvalidKey(ChatError):
    """Text that is no public key, or one that cannot be used. The words repeat nothing of it."""


class CannotPack(ChatError):
    """The client in one file cannot be made. Its text is why, in words for the operator."""


class CommandError(ChatError):
    """A refused command. `reply` is (numeric or FAIL, *params) without the target nick."""

    def __init__(self, *reply: str) -> None:
        super().__init__(" ".join(reply))
        self.reply = reply


class RequestRefused(ChatError):
    """A refused HTTP request. `response` is the whole response, head and body.

    `remark` is for the operator: about what, and in which words.
    """

    def __init__(self, response: bytes, remark: tuple[str, str] | None = None) -> None:
        super().__init__(response.partition(b"\r\n")[0].decode())
        self.response = response
        self.remark = remark


class TransportClosed(ChatError):
    """The connection has ended; its text is the reason that others are shown."""


class TlsFailed(TransportClosed):
    """TLS cannot go on. `reason` is OpenSSL's name for why, or words."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"TLS failed: {reason}")
        self.reason = reason


class SendQueueExceeded(ChatError):
    """The peer's outbox is full."""


class Leave(ChatError):
    """The visit is over: its client said QUIT, or is refused for good. Its text is the reason that others are shown."""


class AccountsUnavailable(ChatError):
    """The accounts cannot be read or changed. Its text, for the operator, says why."""


class ArchiveUnavailable(ChatError):
    """The archive cannot answer, or not in time. Its text, for whoever asked, says why."""


class EngineAway(ChatError):
    """The engine that several trackers share cannot be reached, or did not answer in time. It is tried again."""


class InDoubt(ChatError):
    """A change that is done once the trackers of the chat reach each other, unless this one ends before."""


class EngineLost(ChatError):
    """The engine has lost what it had confirmed, or is another's: this tracker cannot go on. Its text says why."""


class EngineTrimmed(EngineLost):
    """The engine no longer has all that comes after what this tracker has read. Its text is for the operator."""


class NothingToFind(ChatError):
    """A search with which nothing can be found. Its text, for whoever searches, says why."""


class StreamClosed(ChatError):
    """The event stream accepts nothing more."""
