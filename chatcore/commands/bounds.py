"""Limits of what a command accepts. RPL_ISUPPORT is derived from them."""

from __future__ import annotations

MAX_AWAY_CHARS = 200
MAX_CHANGES = 20  # modes in one MODE
MAX_KEY_CHARS = 32
MAX_LIST_ENTRIES = 100  # in each of a channel's lists
MAX_MASK_CHARS = 100
MAX_METADATA_KEY_BYTES = 40
MAX_METADATA_KEYS = 20  # of a person, and of a channel
MAX_METADATA_VALUE_BYTES = 300
MAX_MONITORED = 100
MAX_NAMES_TOLD = 1_000_000  # by one RENAME: each member whose client does not know RENAME is told all names again
MAX_REALNAME_CHARS = 100
MAX_REASON_CHARS = 200  # in a KICK, PART, KILL or QUIT
MAX_SUBSCRIPTIONS = 50  # to keys of metadata
MAX_TOPIC_CHARS = 300
RENAME_INTERVAL_S = 60  # between two renamings of a room, because all members are told of each
