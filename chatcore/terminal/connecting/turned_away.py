"""Why we are not let in, and the messages that say so.

Until a server has proven that it knows the password, it may be anybody. So its words are quoted, never shown as the
tracker's own; and no message recommends `--insecure`, which is just what a man in the middle would want.
"""

from __future__ import annotations

from chatcore.errors import ChatError, ConfigError
from chatcore.protocol.goodbye import is_passing

NOT_ACCEPTED = (
    "the password was not accepted: it is wrong, or this tracker has none (press Enter to join without one), or "
    "somebody is intercepting the connection (then even the right one fails)"
)
INVITATION_NOT_ACCEPTED = (
    "the invitation was not accepted: it is not for this chat, or somebody is intercepting the connection (then even "
    "the right one fails). Ask for another"
)
NO_SAFE_WAY = (
    "the server there offers no way to prove the password without revealing it (SASL SCRAM-SHA-256-PLUS): it is not a "
    "tracker, or somebody intercepting the connection hides it. Nothing about the password was sent"
)
NOT_PROVEN = (
    "the server there let us in without proving that it knows the password: it is not the tracker. "
    "Nothing more was sent to it"
)
KNOWS_NO_PASSWORD = (
    "the server there does not know the password: it is not the tracker, but somebody who intercepts the connection or "
    "has taken its place. Nothing more was sent to it"
)
NOT_AN_ANSWER = (
    "the server there did not take part in proving the password as a tracker does: its answer does not match what we "
    "sent, but was made up or recorded earlier. Nothing more was sent to it"
)
ABSURD_ITERATIONS = (
    "the server there wants the password's key derived in {count} rounds; a tracker asks for {least} to {most}. "
    "Nothing about the password was sent"
)
NOT_CHECKED = "the server there does not check the password. It says: {words}"
UNUSABLE_CERTIFICATE = "the server there has a certificate that no proof can be bound to. Nothing was sent to it"
UNUSABLE_PASSWORD = "no tracker has this password: it contains characters that passwords cannot have (RFC 4013)"
NO_SUCH_ACCOUNT = "this tracker has no account {name}; leave out --account to join without one"
ACCOUNT_WITHOUT_PASSWORD = "an account needs a password, and none was given"
PASSWORD_WANTED = "this tracker requires a password"
CERTIFICATE_CHANGED = (
    "the server there has another certificate than the tracker had, and without a password nothing shows that it is "
    "the tracker. To connect anyway, leave and start the client again"
)

ANOTHER_TRACKER = "the server at {address} is not the tracker that was announced: it has another certificate"


class WrongPassword(ChatError):
    """The password was not accepted. The text says what that may mean."""


class NickRefused(ChatError):
    """The name was not accepted. The text is the tracker's; another name can be tried, unless this `is_ban`.

    A name that `is_taken` may soon be free.
    """

    def __init__(self, text: str, *, is_ban: bool = False, is_taken: bool = False) -> None:
        super().__init__(text)
        self.is_ban = is_ban
        self.is_taken = is_taken


class Refused(ChatError):
    """The tracker does not let us in, is not a tracker, or is not the right one. The text is the reason."""


class NoAnswer(Refused):
    """The server said nothing for too long."""


class Ended(Refused):
    """The server has ended the connection. `error` is the text of its ERROR, '' if there was none."""

    def __init__(self, text: str, error: str = "") -> None:
        super().__init__(text)
        self.error = error


class NotEncrypted(Refused):
    """The peer does not complete a TLS handshake. `error` is the text of an ERROR it sent instead, '' if none."""

    def __init__(self, text: str, error: str = "") -> None:
        super().__init__(text)
        self.error = error


def may_pass(error: ChatError) -> bool:
    """Return whether the error may pass: a network failure, or a tracker being restarted."""
    if isinstance(error, Ended | NotEncrypted):
        return is_passing(error.error)
    return isinstance(error, ConfigError | NoAnswer)
