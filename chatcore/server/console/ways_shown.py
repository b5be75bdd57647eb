"""All ways in, for the operator to send to others: as lines ready to paste, and as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chatcore.protocol.invitations import Link
from chatcore.server.chat_links import direct_link
from chatcore.server.ways_in import check_command, powershell_command, shell_command, ssh_command

if TYPE_CHECKING:
    from chatcore.server.tracker import Tracker

_PYTHON = "Python 3.11 or newer"


def ways_shown(tracker: Tracker, links: Sequence[Link]) -> tuple[list[str], dict[str, Any]]:
    """Return the ways in for somebody who gets these links, which are all for the same thing. Main thread.

    This may build the single-file client, which takes a second.
    """
    first = links[0]
    direct = direct_link(tracker.config, tracker.port, first.invitation, first.room, first.room_key)
    secret = first.invitation.text if first.invitation else ""
    lines = ["In a browser:", *(f"    {link.text}" for link in links)]
    data: dict[str, Any] = {"links": [link.text for link in links], "invitation": secret}
    if direct is not None:
        for more_lines, more in (_by_client_file(tracker, direct), _by_ssh(tracker, direct, secret)):
            lines += more_lines
            data |= more
    if secret:
        lines += ["With any client, in place of the password:", f"    {secret}"]
    return lines, data


def _by_client_file(tracker: Tracker, link: Link) -> tuple[list[str], dict[str, Any]]:
    """Return how to fetch and start the single-file client; nothing if there is none."""
    packed = tracker.gate.client_file.get()
    if packed is None:
        return [], {}
    data = {
        "shell": " ".join(shell_command(link, tracker.tls_identity.key_fingerprint)),
        "powershell": powershell_command(link, packed.digest),
        "check": check_command(packed.digest),
    }
    lines = [
        f"In a terminal on Linux or macOS, with {_PYTHON}:",
        f"    {data['shell']}",
        f"In PowerShell on Windows, with {_PYTHON}:",
        f"    {data['powershell']}",
        "To check a chat.pyz that you already have, or got another way:",
        f"    {data['check']}",
    ]
    return lines, data


def _by_ssh(tracker: Tracker, link: Link, secret: str) -> tuple[list[str], dict[str, Any]]:
    """Return how to come in by ssh; nothing if that is not possible."""
    key = tracker.ssh_fingerprint
    if not key:
        return [], {}
    password = ", and the invitation as the password" if secret else ""
    lines = [
        f"With ssh, with your username in place of NAME{password}:",
        f"    {ssh_command(link)}",
        f"    The host key is {key}.",
    ]
    return lines, {"ssh": ssh_command(link), "ssh_fingerprint": key}
