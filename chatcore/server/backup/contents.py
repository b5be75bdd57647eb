"""What of a state folder belongs into a backup, by the names of its files."""

from __future__ import annotations

from fnmatch import fnmatchcase

COPIED = (
    # The next certificate before the present one, whose place it takes one day: it is in one of them.
    *("tls-next.pem", "tls.pem", "bans.json", "password", "passwords.json", "gaps.json", "lan"),
    "ssh-host-key",  # by which people know the tracker again
    "*.sqlite.aside*",  # damaged, and nobody writes to them
)
"""Patterns of files that are copied as they are, in this order: whoever changes one replaces it as a whole.

passwords.json knows all eras in which something was said that was copied before it.
"""

ON_THEIR_OWN = ("accounts.sqlite", "rooms.sqlite", "history-????-??*.sqlite", "journal-[0-9]*", "positions")
"""Patterns of files that `copying` copies each in a way of its own."""

LEFT_OUT = (
    "seal-key*",  # whoever has it can forge what comes
    "resume",  # of this moment, and of use to nobody but who has a token
    "cluster",  # what other trackers have too
    "invitations",  # a copy would give back uses, and let people in by those that were revoked since
    # Of this moment: locks, requests and their answers, what SQLite has beside a database, files half written.
    *(
        "lock",
        "ctl",
        "*.lock",
        "*-lock",
        "erase-*",
        "*.sqlite-wal",
        "*.sqlite-shm",
        "*.sqlite-journal",
        "*.sqlite.new*",
    ),
    *(
        f"{stem}.{'[a-z0-9_]' * 8}"
        for stem in ("bans", "gaps", "invitations", "lan", "password", "passwords", "resume")
    ),
    *(f"{stem}.{'[a-z0-9_]' * 8}" for stem in ("ssh-host-key", "tls", "tls-next")),
)
"""Patterns of files that a tracker makes, and a backup does not need or must not have."""


def is_kept(name: str) -> bool:
    """Return whether a file is, by its name, one that belongs into a backup."""
    return _is_one(name, COPIED + ON_THEIR_OWN) and not _is_one(name, LEFT_OUT)


def is_known(name: str) -> bool:
    """Return whether a file is, by its name, one that a tracker keeps in its state folder."""
    return _is_one(name, COPIED + ON_THEIR_OWN + LEFT_OUT)


def _is_one(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
