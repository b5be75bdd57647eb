"""Commands for people without chatcore; tests/programs/test_client_file.py shows that they work."""

from __future__ import annotations

import shlex
import subprocess

import pytest

from chatcore.protocol.invitations import Link, make_invitation
from chatcore.server.ways_in import check_command, folded, powershell_command, shell_command, ssh_command
from chatcore.transport.fingerprint import pin

_KEY = "AB" * 32
_INVITED = Link("192.168.1.5", 8000, "#lobby", make_invitation(bytes(20)))


def _words(command: str) -> list[str]:
    """Return the words that a shell makes of a command."""
    return subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {command.replace('&&', '')}"], capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_the_shell_command_pins_the_key_and_runs_the_file() -> None:
    command = " ".join(shell_command(Link("192.168.1.5", 8000), _KEY))
    assert command == (
        f"curl -fk --pinnedpubkey {pin(_KEY)} -o chat.pyz https://192.168.1.5:8000/chat.pyz && "
        "python3 chat.pyz 192.168.1.5"
    )


@pytest.mark.parametrize(
    ("link", "file", "destination"),
    [
        (Link("192.168.1.5", 9000), "https://192.168.1.5:9000/chat.pyz", ["192.168.1.5", "9000"]),
        (Link("fd00::5", 8000), "https://[fd00::5]:8000/chat.pyz", ["fd00::5"]),
        (Link("chat.example", 443), "https://chat.example/chat.pyz", ["chat.example", "443"]),
        (_INVITED, "https://192.168.1.5:8000/chat.pyz", [_INVITED.text]),
        (Link("10.0.0.1", 8000, "#tea'n&milk"), "https://10.0.0.1:8000/chat.pyz", ["https://10.0.0.1:8000/#room=tea%27n%26milk"]),
        (Link("10.0.0.1", 8000, room_key="$(x)`y`"), "https://10.0.0.1:8000/chat.pyz", ["https://10.0.0.1:8000/#room-key=%24%28x%29%60y%60"]),
    ],
)  # fmt: skip
def test_commands_fetch_the_file_and_connect_to_the_link(link: Link, file: str, destination: list[str]) -> None:
    parts = shell_command(link, _KEY)
    words = ["curl", "-fk", "--pinnedpubkey", pin(_KEY), "-o", "chat.pyz", file, "python3", "chat.pyz", *destination]
    assert _words(" ".join(parts)) == words
    assert _words("\n".join(folded(parts)).replace("&&", "\\")) == words
    in_powershell = powershell_command(link, "00ff")
    assert f"curl.exe -fko chat.pyz '{file}'; if (" in in_powershell
    assert in_powershell.endswith(f"{{ py chat.pyz {' '.join(f'{word!r}' for word in destination)} }}")


def test_powershell_checks_the_digest_before_running() -> None:
    command = powershell_command(_INVITED, "00ff")
    assert command == (
        "curl.exe -fko chat.pyz 'https://192.168.1.5:8000/chat.pyz'; "
        f"if ((Get-FileHash chat.pyz).Hash -eq '00ff') {{ py chat.pyz '{_INVITED.text}' }}"
    )


def test_folded_lines_fit_a_terminal() -> None:
    lines = folded(shell_command(_INVITED._replace(host="192.168.100.100", room=""), _KEY))
    assert max(map(len, lines)) <= 80
    assert [line.rpartition(" ")[2] for line in lines[:-1]] == ["\\", "&&", "\\"]


def test_the_file_is_checked_by_its_digest() -> None:
    assert shlex.split(check_command("00ff")) == ["echo", "00ff  chat.pyz", "|", "sha256sum", "-c"]


def test_the_ssh_command_names_any_port_but_22() -> None:
    assert ssh_command(_INVITED) == "ssh NAME@192.168.1.5 -p 8000"
    assert ssh_command(Link("fd00::5", 22)) == "ssh NAME@fd00::5"
