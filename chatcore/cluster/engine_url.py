"""The URL that `--cluster` takes: the engine, how to log in to it, and the name of the chat.

    valkey://[USER][:PASSWORD@]HOST[:PORT]/NAME
    valkeys://[USER][:PASSWORD@]HOST[:PORT]/NAME[?ca=FILE][&cert=FILE][&key=FILE]     the same over TLS
    unix://[USER][:PASSWORD@]/PATH/OF/SOCKET?name=NAME

redis:// and rediss:// are the same. Special characters in a password are percent-encoded, as in every URL. Pure, except
that it checks that the files exist.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from chatcore.errors import ConfigError

DEFAULT_PORT = 6379
_PLAIN = ("valkey", "redis")
_TLS = ("valkeys", "rediss")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FORM = "cluster has the form valkey://HOST:PORT/NAME, where NAME is the chat's"


class EngineAddress(NamedTuple):
    """Where the engine is. `host` is '' for one on a socket of this machine, whose path is `path`.

    `ca`, `cert` and `key` are files, '' if there is none. `name` stands before all keys of this chat in the engine.
    """

    name: str
    host: str = ""
    port: int = 0
    path: str = ""
    user: str = ""
    password: str = ""
    is_tls: bool = False
    ca: str = ""
    cert: str = ""
    key: str = ""

    def __repr__(self) -> str:
        return f"<EngineAddress {self.shown}>"

    @property
    def shown(self) -> str:
        """Return the address to show to people, without user and password."""
        if not self.host:
            return self.path
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_open(self) -> bool:
        """Return whether the chat crosses a network without TLS."""
        return bool(self.host) and not self.is_tls and not _is_loopback(self.host)


def parse_engine_url(url: str) -> EngineAddress:
    """Return what a URL names. Raises ConfigError in words, which repeat neither user nor password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError(_FORM) from None
    files = dict(parse_qsl(parts.query, keep_blank_values=True))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if parts.scheme == "unix":
        return _on_socket(parts, files)._replace(user=user, password=password)
    if parts.scheme not in _PLAIN + _TLS or not parts.hostname or parts.fragment:
        raise ConfigError(_FORM)
    _check_files(files, is_tls=parts.scheme in _TLS)
    return EngineAddress(
        _checked_name(unquote(parts.path).strip("/")),
        unquote(parts.hostname),
        DEFAULT_PORT if port is None else port,
        is_tls=parts.scheme in _TLS,
        user=user,
        password=password,
        ca=files.get("ca", ""),
        cert=files.get("cert", ""),
        key=files.get("key", ""),
    )


def _on_socket(parts: SplitResult, query: dict[str, str]) -> EngineAddress:
    if parts.hostname or not parts.path or query.keys() != {"name"}:
        raise ConfigError("cluster has the form unix:///PATH/OF/SOCKET?name=NAME, where NAME is the chat's")
    return EngineAddress(_checked_name(query["name"]), path=unquote(parts.path))


def _checked_name(name: str) -> str:
    if not name:
        raise ConfigError(f"{_FORM}: it is missing")
    if not _NAME.fullmatch(name):
        raise ConfigError(f"the name of the chat in cluster has up to 64 letters, digits and ._- in it, not {name!r}")
    return name


def _check_files(files: dict[str, str], *, is_tls: bool) -> None:
    for what, path in files.items():
        if what not in ("ca", "cert", "key"):
            raise ConfigError(f"cluster knows ca, cert and key after its question mark, not {what!r}")
        if not is_tls:
            raise ConfigError(f"{what} in cluster needs TLS: valkeys://")
        if not Path(path).is_file():
            raise ConfigError(f"{what} in cluster names {path!r}, which is no file")
    if "key" in files and "cert" not in files:
        raise ConfigError("key in cluster needs cert")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
