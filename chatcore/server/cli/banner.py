"""The lines that the operator sees at the start: how others join, when the chat ends, where the log is.

On a terminal they fit 80 columns and, from the QR code on, 24 rows with the prompt below.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from chatcore import __version__
from chatcore.config import DEFAULT_PORT, Config
from chatcore.protocol.invitations import Invitation
from chatcore.protocol.names import DEFAULT_CHANNEL, format_address
from chatcore.server.chat_links import direct_link, links
from chatcore.server.cli.qr_code import code_lines, code_width
from chatcore.server.ways_in import folded, shell_command, ssh_command
from chatcore.transport.fingerprint import in_pairs
from chatcore.transport.listening import places_for_others
from chatcore.transport.own_addresses import OwnAddress, Reach

_SHOWN_BYTES = 8  # of the fingerprint: enough bits that nobody can make another certificate for them
_MAX_MORE_ADDRESSES = 4
_GAP = 2
_LEAST_BESIDE = 36  # columns for the text beside a code; with fewer, it goes above the code
_WHERE = {
    Reach.NETWORK: "",
    Reach.VPN: " (in the VPN {interface})",
    Reach.CONTAINERS: " (only in containers and virtual machines here, {interface})",
    Reach.MACHINE: " (only on this machine)",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """What the banner shows. `port` is the actual one, `fingerprint` the certificate's."""

    config: Config
    port: int
    fingerprint: str
    has_password: bool
    made_password: str = ""
    """The password that the tracker has made, to be shown once; '' if it made none."""
    is_lost: bool = False
    """Whether the next start will have another password."""
    invitation: Invitation | None = None
    others: tuple[str, ...] = ()
    """The other trackers of the chat."""
    lan: str = ""
    """How the chat is announced on the local network."""
    key_fingerprint: str = ""
    """The fingerprint of the certificate's key; '' if there is no client in one file."""
    ssh_fingerprint: str = ""
    """The fingerprint of the host key, as ssh shows it; '' if ssh is off."""

    @property
    def link(self) -> str:
        """Return the link to open in a browser. It names no room, to be short: everybody starts in the same one."""
        return links(self.config, self.port, self.invitation)[0].text


def banner(opening: Opening, columns: int | None = None, *, with_code: bool = False) -> list[str]:
    """Return the lines. `columns` is the width of the terminal, None if there is none."""
    config = opening.config
    where = f" of {config.host}" if config.host else ""
    host, port = _main_place(opening)
    return [
        f"chatcore {__version__} is listening on port {opening.port}{where}",
        f"Everything is logged to {config.log.absolute()}",
        *_what_is_kept(config),
        *_without_chatcore(opening),
        f"IRC clients: server {host}, port {port}, room {DEFAULT_CHANNEL}, TLS on",
        *_with_notes(_notes(opening, with_code=with_code), columns, opening.link if with_code else ""),
        f"Link: {opening.link}",
        f"Terminal: {_command(host, port)}",
        *([f"The password is: {opening.made_password}"] if opening.made_password else []),
        f"Type help for the commands; exit or Ctrl+C closes {'this tracker' if config.cluster else 'the chat'}.",
    ]


def _without_chatcore(opening: Opening) -> list[str]:
    """Return commands for people who have not installed chatcore, as lines to copy together."""
    link = direct_link(opening.config, opening.port, opening.invitation)
    if link is None:
        return []
    lines = []
    if opening.key_fingerprint:
        lines += ["Without chatcore, on Linux or macOS, with Python 3.11 or newer:"]
        lines += folded(shell_command(link, opening.key_fingerprint))
    if opening.ssh_fingerprint:
        lines += [f"With ssh: {ssh_command(link)}", f"  if its key is {opening.ssh_fingerprint}"]
    return lines


def _notes(opening: Opening, *, with_code: bool) -> list[str]:
    """Return paragraphs. One that begins with blanks is not wrapped."""
    config = opening.config
    return [
        *_how_to_come(opening, with_code=with_code),
        *_other_addresses(opening),
        *_certificate(opening),
        *_company(opening),
        *([opening.lan] if opening.lan else []),
        "The chat stays open when the last one leaves."
        if config.keep_alive
        else "The chat ends when the last one leaves; --keep-alive keeps it open.",
        *(["Enter makes another password at each start; --keep-password keeps one."] if opening.is_lost else []),
    ]


def _how_to_come(opening: Opening, *, with_code: bool) -> list[str]:
    scan = "Scan the code, or send" if with_code else "Send"
    if not opening.has_password:
        everybody = "There is no password: everybody who reaches this machine can come in."
        return [everybody, *(["Scan the code, or open the link below."] if with_code else [])]
    if opening.invitation is None:
        return ["python tracker.py ctl invite makes a link that lets people in without the password."]
    uses, hours = opening.config.invitation_uses, opening.config.invitation_hours
    people = "one person" if uses == 1 else f"{uses} people"
    span = "an hour" if hours == 1 else f"{hours} hours"
    return [f"{scan} others the link below: without the password it lets in {people} within {span}."]


def _company(opening: Opening) -> list[str]:
    """Return a note on the trackers that share this chat, with --cluster."""
    if not opening.config.cluster:
        return []
    if not opening.others:
        return ["No other tracker takes part in the chat yet."]
    return [f"This tracker hosts the chat together with {', '.join(opening.others)}."]


def _certificate(opening: Opening) -> list[str]:
    """Return the beginning of the fingerprint as browsers show it: in pairs in Firefox and Safari, not in Chromium."""
    begin = opening.fingerprint[: 2 * _SHOWN_BYTES]
    is_own = opening.config.tls_cert != Path()
    return [
        "The certificate's SHA-256 begins with"
        if is_own
        else "Browsers warn that they do not know the certificate. It is the right one if its SHA-256 begins with",
        f"  {in_pairs(begin)}  (Firefox)",
        f"  {begin.lower()}  (Chrome)",
    ]


def _with_notes(notes: Sequence[str], columns: int | None, link: str) -> list[str]:
    """Return the paragraphs wrapped for a terminal, beside the code of the link or above it."""
    if columns is None:
        return list(notes)
    code = code_lines(link) if link else []
    beside = columns - code_width(link) - _GAP if code else 0
    if beside < _LEAST_BESIDE:
        return [*_wrapped(notes, columns), *code]
    rows = zip_longest(code, _wrapped(notes, beside), fillvalue="")
    blank = " " * (columns - beside - _GAP)
    return [f"{row or blank}{' ' * _GAP}{note}".rstrip() for row, note in rows]


def _wrapped(notes: Sequence[str], columns: int) -> list[str]:
    return [line for note in notes for line in ([note] if note.startswith(" ") else textwrap.wrap(note, columns))]


def _what_is_kept(config: Config) -> list[str]:
    """Return a line that says how long messages are kept."""
    if not config.is_archive_on:
        return ["What is said can be read until the chat ends, and not after it."] if config.history else []
    what = "What is said" if config.log_private else "What is said in rooms"
    return [f"{what} is kept for {config.history_span} in {config.state_dir.absolute()}"]


def _command(host: str, port: int) -> str:
    """Return the commands to join from a terminal: in a clone, where make installs what is missing, or after pip."""
    if port == DEFAULT_PORT:
        return f"make client HOST={host}, or chat-client {host}"
    return f"make client HOST={host} PORT={port}, or chat-client {host} {port}"


def _main_place(opening: Opening) -> tuple[str, int]:
    """Return the address and port for IRC and terminal clients, which may differ from the browsers'."""
    return _places(opening)[0][0].text, _places(opening)[0][1]


def _other_addresses(opening: Opening) -> list[str]:
    """Return notes on the other addresses of the tracker, and on who can reach them."""
    (first, _), *more = _places(opening)
    if first.reach is Reach.MACHINE and not more:
        return ["Only programs on this machine can reach the chat here."]
    named = [_named(own, port, opening.port) for own, port in more[:_MAX_MORE_ADDRESSES]]
    if len(more) > _MAX_MORE_ADDRESSES:
        named.append(f"and {len(more) - _MAX_MORE_ADDRESSES} more")
    remark = [f"{first.text} is {_of(first).strip(' ()')}."] if first.reach is not Reach.NETWORK else []
    return remark + ([f"Also at {', '.join(named)}."] if named else [])


def _named(own: OwnAddress, port: int, usual: int) -> str:
    return (own.text if port == usual else format_address(own.text, port)) + _of(own)


def _of(own: OwnAddress) -> str:
    return _WHERE[own.reach].format(interface=own.interface or "here")


def _places(opening: Opening) -> list[tuple[OwnAddress, int]]:
    """Return every address and port at which people can join, the main one first."""
    more = [where.rpartition(":") for where in opening.config.listen]
    listening = [(opening.config.host, opening.port), *((host, int(port)) for host, _, port in more if int(port))]
    return list(dict.fromkeys((own, port) for host, port in listening for own in places_for_others(host)))
