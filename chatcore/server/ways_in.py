"""What others type to come in without chatcore: in a shell, in PowerShell, with ssh. Pure.

A shell's command runs nothing that did not come from this tracker, whose key it names; PowerShell's nothing but the
very file. Each takes a link to where programs other than browsers come in, with what stands behind its #.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from chatcore.config import DEFAULT_PORT
from chatcore.protocol.invitations import Link
from chatcore.transport.fingerprint import pin

CLIENT_FILE = "chat.pyz"
_SSH_PORT = 22


def shell_command(link: Link, key_fingerprint: str) -> list[str]:
    """Return a command that fetches the client in one file and starts it, in parts that go on lines of their own.

    It fetches nothing from whoever has not the key of this fingerprint. What is trusted is that key, not a name: the
    tracker's own certificate is nobody else's to vouch for.
    """
    fetch = f"-o {CLIENT_FILE} {shlex.quote(_address_of_file(link))} &&"
    return [
        f"curl -fk --pinnedpubkey {shlex.quote(pin(key_fingerprint))}",
        fetch,
        f"python3 {CLIENT_FILE}",
        shlex.join(_destination(link)),
    ]


def folded(parts: Sequence[str]) -> list[str]:
    """Return a command's parts as lines that a shell takes together."""
    lines = [part if part.endswith("&&") else f"{part} \\" for part in parts[:-1]]
    return [f"{'  ' if at else ''}{line}" for at, line in enumerate([*lines, parts[-1]])]


def powershell_command(link: Link, digest: str) -> str:
    """Return the same for Windows, by the file's SHA-256: what curl is there knows pins from version 7.58 on only."""
    fetch = f"curl.exe -fko {CLIENT_FILE} {_in_powershell(_address_of_file(link))}"
    start = f"py {CLIENT_FILE} {' '.join(map(_in_powershell, _destination(link)))}"
    return f"{fetch}; if ((Get-FileHash {CLIENT_FILE}).Hash -eq '{digest}') {{ {start} }}"


def check_command(digest: str) -> str:
    """Return a shell's command that checks the file, however it was fetched."""
    return f"echo '{digest}  {CLIENT_FILE}' | sha256sum -c"


def ssh_command(link: Link) -> str:
    """Return the command for ssh; NAME is to be replaced."""
    return f"ssh {shlex.quote(f'NAME@{link.host}')}{'' if link.port == _SSH_PORT else f' -p {link.port}'}"


def _address_of_file(link: Link) -> str:
    return Link(link.host, link.port).text + CLIENT_FILE


def _destination(link: Link) -> list[str]:
    """Return what the client is given: the link if it says more than an address."""
    if link != Link(link.host, link.port):
        return [link.text]
    return [link.host, *([] if link.port == DEFAULT_PORT else [str(link.port)])]


def _in_powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
