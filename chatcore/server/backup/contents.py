"""Which files of a state folder belong in a backup, by their names."""

from __future__ import annotations

from fnmatch import fnmatchcase

COPIED = (
    # The next certificate replaces the current one some day; in this order, it is never missed.
    *("tls-next.pem", "tls.pem", "bans.json", "password", "passwords.json", "gaps.json", "lan"),
    "ssh-host-key",  # by which users recognise the tracker
    "*.sqlite.aside*",  # damaged files, which nobody writes to
)
"""Patterns of files that are copied as they are, in this order: they are only ever replaced as a whole.

passwords.json is copied after the messages, so it knows the eras of all of them.
"""

ON_THEIR_OWN = ("accounts.sqlite", "rooms.sqlite", "history-????-??*.sqlite", "journal-[0-9]*", "positions")
"""Patterns of files that `copying` handles specially, each in its own way."""

LEFT_OUT = (
    "seal-key*",  # with it, future seals could be forged
    "resume",  # short-lived, and only useful to holders of a token
    "cluster",  # other trackers have it too
    "invitations",  # a copy would bring back used and revoked invitations
    # Short-lived files: locks, requests and their answers, SQLite's files beside a database, half-written files.
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
"""Patterns of the tracker's files that a backup does not need or must not have."""


def is_kept(name: str) -> bool:
    """Return whether a file belongs in a backup, by its name."""
    return _is_one(name, COPIED + ON_THEIR_OWN) and not _is_one(name, LEFT_OUT)


def is_known(name: str) -> bool:
    """Return whether a file is one that trackers keep in the state folder, by its name."""
    return _is_one(name, COPIED + ON_THEIR_OWN + LEFT_OUT)


def _is_one(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
