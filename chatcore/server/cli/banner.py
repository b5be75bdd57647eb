"""What the operator is told at the start: how others join, when the chat ends, where the log is."""

from __future__ import annotations

from pathlib import Path

from chatcore import __version__
from chatcore.config import DEFAULT_PORT, Config
from chatcore.protocol.names import DEFAULT_CHANNEL, format_address
from chatcore.transport.listening import addresses_for_others


def banner(config: Config, port: int, fingerprint: str, *, with_password: bool, is_lost: bool = False) -> list[str]:
    """Return the lines. `port` is the actual one, `fingerprint` the certificate's.

    `is_lost`: nobody will have this password at the next start.
    """
    where = f" of {config.host}" if config.host else ""
    return [
        f"chatcore {__version__} is listening on port {port}{where}",
        *_ways_to_join(_addresses(config, port)),
        *([] if with_password else ["There is no password: everybody who reaches this machine can come in."]),
        *(["Enter makes another password at each start; --keep-password keeps one."] if is_lost else []),
        "The chat stays open when the last one leaves."
        if config.keep_alive
        else "The chat ends when the last one leaves; --keep-alive keeps it open.",
        "The certificate's SHA-256 fingerprint, for those who check it:"
        if config.tls_cert != Path()
        else "Browsers warn that they do not know the certificate; its SHA-256 fingerprint:",
        f"    {fingerprint}",
        f"Everything is logged to {config.log.absolute()}",
        *_what_is_kept(config),
        "Type help for the commands; exit or Ctrl+C closes the chat.",
    ]


def _what_is_kept(config: Config) -> list[str]:
    """Return how long people can read what was said."""
    if not config.is_archive_on:
        return ["What is said can be read until the chat ends, and not after it."] if config.history else []
    what = "What is said" if config.log_private else "What is said in rooms"
    return [f"{what} is kept for {config.history_span} in {config.state_dir.absolute()}"]


def _ways_to_join(addresses: list[tuple[str, int]]) -> list[str]:
    """Return what to tell others, the browser first, as every machine has one."""
    host, port = addresses[0]
    return [
        "Others join in a browser:",
        *(f"    https://{format_address(host, port)}/" for host, port in addresses),
        "with the terminal client:",
        *(f"    python client.py {host}" + ("" if port == DEFAULT_PORT else f" {port}") for host, port in addresses),
        f"or with any IRC client: server {host}, port {port}, room {DEFAULT_CHANNEL}, TLS on",
    ]


def _addresses(config: Config, port: int) -> list[tuple[str, int]]:
    """Return host and port of every place to come in, the main one first."""
    more = [where.rpartition(":") for where in config.listen]
    places = [(config.host, port), *((host, int(number)) for host, _, number in more if int(number))]
    return list(dict.fromkeys((address, number) for host, number in places for address in addresses_for_others(host)))
