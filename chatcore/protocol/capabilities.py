"""IRCv3 capabilities as bits (https://ircv3.net/specs/extensions/capability-negotiation).

A recipient's set of bits decides how an event is written for it. A new capability is a bit and a row; a test compares
docs/irc-reference.md with the rows.
"""

from __future__ import annotations

from typing import NamedTuple

SPECIFICATIONS = "https://ircv3.net/specs/extensions/"

ACCOUNT_NOTIFY = 1 << 0
ACCOUNT_REGISTRATION = 1 << 1
ACCOUNT_TAG = 1 << 2
AWAY_NOTIFY = 1 << 3
BATCH = 1 << 4
CAP_NOTIFY = 1 << 5
CHANNEL_RENAME = 1 << 6
CHATHISTORY = 1 << 7
ECHO_MESSAGE = 1 << 8
EVENT_PLAYBACK = 1 << 9
EXTENDED_JOIN = 1 << 10
EXTENDED_MONITOR = 1 << 11
INVITE_NOTIFY = 1 << 12
LABELED_RESPONSE = 1 << 13
MESSAGE_REDACTION = 1 << 14
MESSAGE_TAGS = 1 << 15
METADATA_3 = 1 << 16
MULTILINE = 1 << 17
MULTI_PREFIX = 1 << 18
NO_IMPLICIT_NAMES = 1 << 19
PRE_AWAY = 1 << 20
READ_MARKER = 1 << 21
RESUME = 1 << 22
SASL = 1 << 23
SEARCH = 1 << 24
SERVER_TIME = 1 << 25
SETNAME = 1 << 26
STANDARD_REPLIES = 1 << 27
TRACKERS = 1 << 28
USERHOST_IN_NAMES = 1 << 29


class Capability(NamedTuple):
    """A row of the capabilities in CAP LS. `help` is its text for people."""

    name: str
    bit: int
    help: str
    page: str = ""  # under SPECIFICATIONS if its name is not the capability's, a whole address, or a page of docs/

    @property
    def specification(self) -> str:
        """Return the address of its specification."""
        page = self.page or self.name
        return page if page.startswith("https:") or page.endswith(".md") else SPECIFICATIONS + page


CAPABILITIES = (
    Capability("account-notify", ACCOUNT_NOTIFY, "you are told when somebody logs in to an account"),
    Capability("account-tag", ACCOUNT_TAG, "messages carry their sender's account"),
    Capability("away-notify", AWAY_NOTIFY, "you are told when somebody in your channels goes away, or is back"),
    Capability("batch", BATCH, "answers that belong together, such as history, are marked as one batch"),
    Capability(
        "cap-notify",
        CAP_NOTIFY,
        "capabilities that come or go are announced; CAP LS 302 turns it on for good",
        "capability-negotiation",
    ),
    Capability(
        "chatcore/resume",
        RESUME,
        "a client that lost its connection can resume its visit with a token",
        "resume.md",
    ),
    Capability(
        "chatcore/trackers",
        TRACKERS,
        "the list of trackers, if several run the same chat",
        "trackers.md",
    ),
    Capability(
        "draft/account-registration",
        ACCOUNT_REGISTRATION,
        "REGISTER creates an account for your nick, if the operator allows it",
        "account-registration",
    ),
    Capability("draft/channel-rename", CHANNEL_RENAME, "a renamed channel is announced as RENAME", "channel-rename"),
    Capability("draft/chathistory", CHATHISTORY, "CHATHISTORY fetches earlier messages", "chathistory"),
    Capability(
        "draft/event-playback",
        EVENT_PLAYBACK,
        "history also has joins, parts, topic changes and the like",
        "chathistory",
    ),
    Capability(
        "draft/message-redaction",
        MESSAGE_REDACTION,
        "REDACT takes a message back; clients with this capability are told which",
        "message-redaction",
    ),
    Capability(
        "draft/metadata-3",
        METADATA_3,
        "METADATA describes people and channels, for example by a display name; with batch, changes are announced",
        "metadata",
    ),
    Capability("draft/multiline", MULTILINE, "a message can have several lines, and arrives as one", "multiline"),
    Capability(
        "draft/pre-away",
        PRE_AWAY,
        "AWAY may be sent before registration is complete; AWAY * gives no reason",
        "pre-away",
    ),
    Capability("draft/read-marker", READ_MARKER, "all your clients know how far you have read", "read-marker"),
    Capability("echo-message", ECHO_MESSAGE, "your own messages come back to you, as everybody else gets them"),
    Capability("extended-join", EXTENDED_JOIN, "JOIN includes the account and the real name"),
    Capability(
        "extended-monitor", EXTENDED_MONITOR, "MONITOR also reports changes of away status, account and real name"
    ),
    Capability("invite-notify", INVITE_NOTIFY, "members see who is invited to their channel"),
    Capability("labeled-response", LABELED_RESPONSE, "the answer to a command carries the command's label"),
    Capability("message-tags", MESSAGE_TAGS, "tags on messages, such as their ids and who is typing, and TAGMSG"),
    Capability("multi-prefix", MULTI_PREFIX, "NAMES and WHO show all prefixes of a member (@+), not only the highest"),
    Capability("no-implicit-names", NO_IMPLICIT_NAMES, "no list of members after a JOIN"),
    Capability("sasl", SASL, "log in with SASL", "sasl-3.2"),
    Capability("server-time", SERVER_TIME, "messages carry the time when they were sent"),
    Capability("setname", SETNAME, "you can change your real name, and are told when others do"),
    Capability(
        "soju.im/search",
        SEARCH,
        "SEARCH finds earlier messages",
        "https://git.sr.ht/~emersion/soju/tree/master/item/doc/ext/search.md",
    ),
    Capability(
        "standard-replies",
        STANDARD_REPLIES,
        "errors without a numeric come as FAIL, which programs can parse",
    ),
    Capability("userhost-in-names", USERHOST_IN_NAMES, "NAMES shows nick!user@host"),
)

PASSWORD = "chatcore/password"
TOLD = (
    Capability(
        PASSWORD,
        0,
        "a password is required; announced to clients that have not given one yet",
        "irc-reference.md",
    ),
    Capability("sts", 0, "your client always uses TLS from now on, if the operator wants that"),
)
"""Only announced by CAP LS 302, never requested, so it has no bit."""

NEGOTIABLE = {capability.name: capability.bit for capability in CAPABILITIES}

IMPLIED_BY_302 = CAP_NOTIFY
"""CAP LS 302 turns this on, and it cannot be turned off again."""

METADATA_AWARE = METADATA_3 | BATCH
"""A client with both is told about metadata under the keys that it has subscribed to."""

TAG_MASK = SERVER_TIME | MESSAGE_TAGS | ACCOUNT_TAG
"""The capabilities that decide which tags a recipient's messages have."""


def capability_names(bits: int) -> list[str]:
    """Return the names of the capabilities in `bits`, in the order of the table."""
    return [name for name, bit in NEGOTIABLE.items() if bits & bit]
