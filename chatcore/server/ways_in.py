"""The commands that people without chatcore type to come in: in a shell, in PowerShell, with ssh. Pure.

The shell's command pins this tracker's key and runs nothing that came from elsewhere; PowerShell's runs only a file
with the right digest. Each is made for a link, with its fragment, that leads programs other than browsers here.
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
    """Return a command that fetches the single-file client and starts it, in parts that may go on separate lines.

    It fetches nothing from a server with another key. The key is trusted, not a name: nobody else vouches for the
    tracker's own certificate.
    """
    fetch = f"-o {CLIENT_FILE} {shlex.quote(_address_of_file(link))} &&"
    return [
        f"curl -fk --pinnedpubkey {shlex.quote(pin(key_fingerprint))}",
        fetch,
        f"python3 {CLIENT_FILE}",
        shlex.join(_destination(link)),
    ]


def folded(parts: Sequence[str]) -> list[str]:
    """Return a command's parts as lines that a shell reads as one command."""
    lines = [part if part.endswith("&&") else f"{part} \\" for part in parts[:-1]]
    return [f"{'  ' if at else ''}{line}" for at, line in enumerate([*lines, parts[-1]])]


def powershell_command(link: Link, digest: str) -> str:
    """Return the same for Windows, with the file's SHA-256: curl there knows pins only from version 7.58 on."""
    fetch = f"curl.exe -fko {CLIENT_FILE} {_in_powershell(_address_of_file(link))}"
    start = f"py {CLIENT_FILE} {' '.join(map(_in_powershell, _destination(link)))}"
    return f"{fetch}; if ((Get-FileHash {CLIENT_FILE}).Hash -eq '{digest}') {{ {start} }}"


def check_command(digest: str) -> str:
    """Return a shell command that checks the file, however it was fetched."""
    return f"echo '{digest}  {CLIENT_FILE}' | sha256sum -c"


def ssh_command(link: Link) -> str:
    """Return the command for ssh, in which NAME must be replaced."""
    return f"ssh {shlex.quote(f'NAME@{link.host}')}{'' if link.port == _SSH_PORT else f' -p {link.port}'}"


def _address_of_file(link: Link) -> str:
    return Link(link.host, link.port).text + CLIENT_FILE


def _destination(link: Link) -> list[str]:
    """Return the client's arguments: the link if it says more than an address, else host and port."""
    if link != Link(link.host, link.port):
        return [link.text]
    return [link.host, *([] if link.port == DEFAULT_PORT else [str(link.port)])]


def _in_powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
