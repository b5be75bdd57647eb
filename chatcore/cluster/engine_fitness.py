"""Check that an engine keeps what it has confirmed; a tracker refuses any other before it admits clients. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

ACL_COMMANDS = (
    "+multi +exec +ping +info +config|get +acl|dryrun +xadd +xread +xrange +xtrim +xinfo|stream +hset +hsetnx"
    " +hget +hgetall +hdel +zadd +zrange +zrem +set +incr +expire +del +rpush +llen +blpop"
)
"""What a tracker's user of the engine must be able to do, as a rule of its ACL."""

DEFAULT_USER = "its ACL needs `user default off ~* &* +@all`, with which nobody gets in"

SETTINGS = ("appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy")
"""Settings of the engine that `misfits` looks at."""

_OLDEST = 7
_VERSION = re.compile(r"(\d+)\.")
_DEMANDS = (
    ("appendonly", "yes", "it would forget everything at its end"),
    ("appendfsync", "always", "it would confirm what it may lose"),
    ("no-appendfsync-on-rewrite", "no", "it would confirm what it may lose, while it rewrites its file"),
    ("maxmemory-policy", "noeviction", "it would remove what is still needed"),
)


def misfits(info: Mapping[str, str], settings: Mapping[str, str], rights: str) -> list[str]:
    """Return what an engine has against it, in words; [] if it will do.

    `info` are the fields of its INFO, `settings` what its CONFIG GET says of SETTINGS, `rights` its ACL DRYRUN of the
    default user: with less than all rights many versions leave out transactions when they read their file at a start
    (https://github.com/valkey-io/valkey/issues/3983).
    """
    version = _VERSION.match(info.get("valkey_version") or info.get("redis_version", ""))
    found = []
    if version is None or int(version[1]) < _OLDEST:
        found.append(f"it is older than version {_OLDEST}")
    if (info.get("server_mode") or info.get("redis_mode")) != "standalone":
        found.append("it is one of a cluster of its own, or a sentinel")
    if info.get("role") != "master":
        found.append("it is a replica, which others write to")
    if info.get("loading", "0") != "0":
        found.append("it is still reading its data: try again in a moment")
    for name, value, why in _DEMANDS:
        if settings.get(name) != value:
            found.append(f"its {name} is {settings.get(name)!r}, not {value!r}: {why}")
    if rights != "OK":
        found.append(f"its default user is limited, so it may lose what it confirmed when it starts: {DEFAULT_USER}")
    return found


def parse_info(text: str) -> dict[str, str]:
    """Return the fields of the reply to INFO."""
    lines = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {name: value for name, colon, value in lines if colon}
