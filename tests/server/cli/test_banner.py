"""The banner that the operator sees at startup."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from chatcore.config import Config
from chatcore.protocol.invitations import Invitation
from chatcore.server.cli.banner import Opening, banner
from chatcore.server.cli.qr_code import code_lines
from chatcore.transport import listening
from chatcore.transport.fingerprint import pin
from chatcore.transport.own_addresses import OwnAddress, Reach

_END_NOTE = "The chat ends when the last one leaves; --keep-alive keeps it open."
_INVITATION = Invitation("7k2m9q", "0123456789abcdefghjkmnpqrs")
_LAN = OwnAddress("192.168.1.5", Reach.NETWORK, "eth0")
_FINGERPRINT = "0AF7E97BA94CD4AA" + "11" * 24


@pytest.fixture(autouse=True)
def mine(monkeypatch: pytest.MonkeyPatch) -> list[OwnAddress]:
    """The addresses of this machine, which a test may change."""
    own = [_LAN]
    monkeypatch.setattr(listening, "own_addresses", lambda: own)
    return own


def _opening(config: Config, port: int = 8000, *, has_password: bool = True, **known: Any) -> Opening:
    return Opening(config, port, _FINGERPRINT, has_password, **known)


def _banner(config: Config, port: int = 8000, **known: Any) -> list[str]:
    return banner(_opening(config, port, **known))


def _line(lines: list[str], label: str) -> str:
    (found,) = [line for line in lines if line.startswith(label)]
    return found.removeprefix(label)


def test_it_says_how_to_join(mine: list[OwnAddress]) -> None:
    mine.append(OwnAddress("fd00::5", Reach.NETWORK, "eth0"))
    lines = _banner(Config())
    assert "is listening on port 8000" in lines[0]
    assert _line(lines, "Link: ") == "https://192.168.1.5:8000/"
    assert _line(lines, "Terminal: ") == "make client HOST=192.168.1.5, or chat-client 192.168.1.5"
    assert _line(lines, "IRC clients: ") == "server 192.168.1.5, port 8000, room #lobby, TLS on"
    assert "Also at fd00::5." in lines
    assert _END_NOTE in lines
    assert lines[-1].startswith("Type help")


def test_it_says_how_to_join_without_chatcore() -> None:
    """In consecutive lines, to be copied together."""
    lines = _banner(Config(), 9000, invitation=_INVITATION, key_fingerprint=_FINGERPRINT)
    at = lines.index("Without chatcore, on Linux or macOS, with Python 3.11 or newer:")
    assert lines[at + 1 : at + 6] == [
        f"curl -fk --pinnedpubkey {pin(_FINGERPRINT)} \\",
        "  -o chat.pyz https://192.168.1.5:9000/chat.pyz &&",
        "  python3 chat.pyz \\",
        f"  'https://192.168.1.5:9000/#invite={_INVITATION.text}'",
        "IRC clients: server 192.168.1.5, port 9000, room #lobby, TLS on",
    ]
    assert not any("ssh" in line for line in lines)


def test_it_says_how_to_join_with_ssh() -> None:
    lines = _banner(Config(), ssh_fingerprint="SHA256:" + "k" * 43)
    at = lines.index("With ssh: ssh NAME@192.168.1.5 -p 8000")
    assert lines[at + 1] == "  if its key is SHA256:" + "k" * 43
    assert not any("curl" in line for line in lines)


def test_behind_a_proxy_only_browsers_are_mentioned() -> None:
    config = Config(host="127.0.0.1", web_hosts=("chat.example.org",), trusted_proxies=("127.0.0.1",))
    lines = _banner(config, key_fingerprint=_FINGERPRINT, ssh_fingerprint="SHA256:k")
    assert not any("curl" in line or "ssh" in line for line in lines)


@pytest.mark.usefixtures("mine")
def test_it_says_whether_the_chat_is_announced() -> None:
    assert not any("network" in line for line in _banner(Config()))
    assert "The chat is announced." in _banner(Config(), lan="The chat is announced.")


@pytest.mark.usefixtures("mine")
def test_it_names_the_other_trackers() -> None:
    config = Config(cluster="valkey://127.0.0.1/chat")
    assert "No other tracker takes part in the chat yet." in _banner(config)
    lines = _banner(config, others=("192.168.1.6:8000", "192.168.1.7:8000"))
    assert "This tracker hosts the chat together with 192.168.1.6:8000, 192.168.1.7:8000." in lines
    assert lines[-1] == "Type help for the commands; exit or Ctrl+C closes this tracker."


@pytest.mark.parametrize(
    ("host", "link"),
    [
        ("127.0.0.1", "https://127.0.0.1:9000/"),
        ("::1", "https://[::1]:9000/"),
        ("[::1]", "https://[::1]:9000/"),
        ("localhost", "https://localhost:9000/"),
        ("chat.example.org", "https://chat.example.org:9000/"),
    ],
)
def test_the_link_has_the_host_that_is_set(host: str, link: str) -> None:
    lines = _banner(Config(host=host), 9000)
    assert _line(lines, "Link: ") == link
    only = "Only programs on this machine can reach the chat here."
    assert (only in lines) is (host != "chat.example.org")


@pytest.mark.parametrize("plaintext", ["never", "loopback", "anywhere"])
def test_the_link_is_https_whatever_plaintext_allows(plaintext: str) -> None:
    assert _line(_banner(Config(host="127.0.0.1", plaintext=plaintext)), "Link: ") == "https://127.0.0.1:8000/"


def test_an_unusual_port_is_in_the_commands() -> None:
    lines = _banner(Config(), 9000)
    assert _line(lines, "Terminal: ") == "make client HOST=192.168.1.5 PORT=9000, or chat-client 192.168.1.5 9000"


def test_further_listening_addresses_are_named() -> None:
    config = Config(host="127.0.0.1", listen=("127.0.0.2:8001", "[::1]:8002", "127.0.0.1:0"))
    lines = _banner(config)
    assert "127.0.0.1 is only on this machine." in lines
    assert "Also at 127.0.0.2:8001 (only on this machine), [::1]:8002 (only on this machine)." in lines


def test_addresses_of_limited_reach_are_marked(mine: list[OwnAddress]) -> None:
    mine += [OwnAddress("10.8.0.2", Reach.VPN, "wg0"), OwnAddress("172.17.0.1", Reach.CONTAINERS, "docker0")]
    containers = "172.17.0.1 (only in containers and virtual machines here, docker0)"
    assert f"Also at 10.8.0.2 (in the VPN wg0), {containers}." in _banner(Config())
    del mine[0]
    lines = _banner(Config())
    assert _line(lines, "Link: ") == "https://10.8.0.2:8000/"
    assert "10.8.0.2 is in the VPN wg0." in lines
    assert f"Also at {containers}." in lines


def test_a_long_list_of_addresses_is_shortened(mine: list[OwnAddress]) -> None:
    mine += [OwnAddress(f"10.0.0.{number}") for number in range(9)]
    assert "Also at 10.0.0.0, 10.0.0.1, 10.0.0.2, 10.0.0.3, and 5 more." in _banner(Config())


def test_it_says_when_the_chat_ends() -> None:
    assert _END_NOTE in _banner(Config())
    lines = _banner(Config(keep_alive=True))
    assert _END_NOTE not in lines
    assert "The chat stays open when the last one leaves." in lines


def test_it_warns_if_there_is_no_password() -> None:
    no_password = "There is no password: everybody who reaches this machine can come in."
    assert no_password not in _banner(Config())
    lines = _banner(Config(), has_password=False)
    assert no_password in lines
    assert not any("invite" in line for line in lines)


def test_the_fingerprint_is_written_as_browsers_show_it() -> None:
    lines = _banner(Config())
    at = lines.index("  0A:F7:E9:7B:A9:4C:D4:AA  (Firefox)")
    assert lines[at + 1] == "  0af7e97ba94cd4aa  (Chrome)"
    assert lines[at - 1].startswith("Browsers warn that they do not know")
    own = _banner(Config(tls_cert=Path("chain.pem")))
    assert own[own.index(lines[at]) - 1] == "The certificate's SHA-256 begins with"


def test_the_link_has_the_invitation_and_its_limits_are_stated() -> None:
    lines = _banner(Config(), invitation=_INVITATION)
    assert _line(lines, "Link: ") == f"https://192.168.1.5:8000/#invite={_INVITATION.text}"
    assert "Send others the link below: without the password it lets in 20 people within 24 hours." in lines
    once = _banner(Config(invitation_uses=1, invitation_hours=1), invitation=_INVITATION)
    assert "Send others the link below: without the password it lets in one person within an hour." in once
    without = [line for line in _banner(Config()) if "ctl invite" in line]
    assert without == ["python tracker.py ctl invite makes a link that lets people in without the password."]


def test_a_generated_password_is_shown_with_a_hint_to_keep_it() -> None:
    hint = "Enter makes another password at each start; --keep-password keeps one."
    assert not any(line.startswith("The password") for line in _banner(Config()))
    lines = _banner(Config(), made_password="abcd-efgh", is_lost=True)
    assert hint in lines
    assert lines[-2:] == ["The password is: abcd-efgh", "Type help for the commands; exit or Ctrl+C closes the chat."]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (Config(), "What is said is kept for 90 days in {state}"),
        (Config(history_days=1), "What is said is kept for a day in {state}"),
        (Config(log_private=False), "What is said in rooms is kept for 90 days in {state}"),
        (Config(history_days=0), "What is said can be read until the chat ends, and not after it."),
    ],
)
def test_it_says_how_long_messages_are_kept(config: Config, words: str) -> None:
    _, logged, kept, *_ = _banner(config)
    assert kept == words.format(state=Path("state").absolute())
    assert logged == f"Everything is logged to {Path('logs/chat.log').absolute()}"


def test_without_history_it_does_not_mention_retention() -> None:
    assert not any(line.startswith("What is said") for line in _banner(Config(history=0)))


# On a terminal


def _shown(lines: list[str]) -> list[str]:
    return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]


def test_code_notes_and_prompt_fit_a_window(mine: list[OwnAddress]) -> None:
    """With the longest addresses, and the prompt below."""
    mine[0] = OwnAddress("192.168.100.100")
    mine += [OwnAddress("fd00::1234:5678:9abc:def0"), OwnAddress("10.8.0.2", Reach.VPN, "wg0")]
    known: dict[str, Any] = {"key_fingerprint": _FINGERPRINT, "ssh_fingerprint": "SHA256:" + "k" * 43}
    opening = _opening(Config(), made_password="abcd-efgh-jkmn-pqrs", is_lost=True, invitation=_INVITATION, **known)
    lines = banner(opening, 80, with_code=True)
    first = next(at for at, line in enumerate(lines) if line.startswith("\x1b["))
    assert len(lines) - first + 1 <= 24
    assert max(map(len, _shown(lines[2:]))) <= 80, "all lines below the folders must fit"
    code = code_lines(opening.link)
    assert [line[: len(one)] for line, one in zip(lines[first:], code, strict=False)] == code
    notes = " ".join(" ".join(line[39:].split()) for line in _shown(lines[first : first + len(code)]))
    assert notes.startswith("Scan the code, or send others the link below")
    assert _END_NOTE in notes


def test_in_a_narrow_window_the_notes_are_above_the_code() -> None:
    """There, the prompt does not push the code out of sight."""
    opening = _opening(Config(), invitation=_INVITATION)
    lines = banner(opening, 60, with_code=True)
    first = next(at for at, line in enumerate(lines) if line.startswith("\x1b["))
    code = code_lines(opening.link)
    assert lines[first:-3] == code
    notes = lines[4:first]
    assert notes[0].startswith("Scan the code")
    assert max(map(len, notes)) <= 60


def test_without_a_code_the_lines_fit_the_window() -> None:
    lines = banner(_opening(Config(), has_password=False), 40)
    at = lines.index("There is no password: everybody who")
    assert lines[at + 1] == "reaches this machine can come in."


def test_there_is_a_code_without_a_password() -> None:
    lines = banner(_opening(Config(), has_password=False), 120, with_code=True)
    assert any("Scan the code, or open the link below." in line for line in lines)


def test_notes_longer_than_the_code_keep_their_column(mine: list[OwnAddress]) -> None:
    mine += [OwnAddress(f"10.0.0.{number}", Reach.CONTAINERS, "docker0") for number in range(4)]
    opening = _opening(Config(), is_lost=True, invitation=_INVITATION)
    lines = _shown(banner(opening, 76, with_code=True))
    last = lines.index("Link: " + opening.link)
    assert lines[last - 1].startswith(" " * 39)
