"""Why we are not let in, and how that is told.

Until a server has proven that it knows the password, anybody may have written what it says. So its words are quoted
then, never passed on as the tracker's; and no refusal recommends `--insecure`, which is what whoever is in between
would like to hear.
"""

from __future__ import annotations

from chatcore.errors import ChatError, ConfigError
from chatcore.protocol.goodbye import is_passing

NOT_ACCEPTED = (
    "the password was not accepted: it is wrong, or this tracker has none (Enter alone connects without), or somebody "
    "is in between (then the right one fails too)"
)
INVITATION_NOT_ACCEPTED = (
    "the invitation was not accepted: it is not one to this chat, or somebody is in between (then the right one fails "
    "too). Ask for another"
)
NO_SAFE_WAY = (
    "what answers there offers no way to prove the password without giving it away (SASL SCRAM-SHA-256-PLUS): it is "
    "no tracker, or somebody in between hides that. Nothing of the password was sent"
)
NOT_PROVEN = (
    "what answers there lets us in without having shown that it knows the password: it is not the tracker. "
    "Nothing more was sent to it"
)
KNOWS_NO_PASSWORD = (
    "what answers there does not know the password: it is not the tracker, but somebody in between or in its place. "
    "Nothing more was sent to it"
)
NOT_AN_ANSWER = (
    "what answers there did not take part in proving the password as a tracker does: its answer is none to what we "
    "sent, but made up or recorded earlier. Nothing more was sent to it"
)
ABSURD_ITERATIONS = (
    "what answers there wants the password's key derived in {count} rounds; a tracker asks for {least} to {most}. "
    "Nothing of the password was sent"
)
NOT_CHECKED = "what answers there does not check the password. It says: {words}"
UNUSABLE_CERTIFICATE = "what answers there has a certificate that nothing can be bound to. Nothing was sent to it"
UNUSABLE_PASSWORD = "no tracker has this password: it has characters that passwords cannot have (SASLprep, RFC 4013)"
NO_SUCH_ACCOUNT = "this tracker has no account {name}; leave out --account to join without one"
ACCOUNT_WITHOUT_PASSWORD = "an account has a password, and none was given"
PASSWORD_WANTED = "this tracker wants a password"
CERTIFICATE_CHANGED = (
    "what answers there has another certificate than the tracker had, and without a password nothing shows that it is "
    "the tracker. To go on all the same, leave and start the client again"
)

ANOTHER_TRACKER = "what answers at {address} is not the tracker that was said to be there: it has another certificate"


class WrongPassword(ChatError):
    """The password was not accepted. The text says what that may mean."""


class NickRefused(ChatError):
    """The name was not accepted. The text is the tracker's; another name can be tried, unless it `is_ban`.

    One that `is_taken` may soon be free.
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
    """The server has ended the connection. `error` is what its ERROR said, '' if there was none."""

    def __init__(self, text: str, error: str = "") -> None:
        super().__init__(text)
        self.error = error


class NotEncrypted(Refused):
    """The peer does not complete a TLS handshake. `error` is what it said in an ERROR instead, '' if it did not."""

    def __init__(self, text: str, error: str = "") -> None:
        super().__init__(text)
        self.error = error


def may_pass(error: ChatError) -> bool:
    """Return whether it may be no more than the network, or a tracker that is started again."""
    if isinstance(error, Ended | NotEncrypted):
        return is_passing(error.error)
    return isinstance(error, ConfigError | NoAnswer)
