"""The client's side of SASL: the lines that log in, and the answers."""

from __future__ import annotations

from base64 import b64decode, b64encode

from scramp import ScramClient

from chatcore.protocol.message import Message
from tests.support.irc import IrcClient, one
from tests.support.trackers import Hosted


def plain(name: str, password: str, authzid: str = "") -> tuple[str, str]:
    """Return the two lines of a short PLAIN login."""
    return "AUTHENTICATE PLAIN", "AUTHENTICATE " + encoded(f"{authzid}\0{name}\0{password}")


def encoded(text: str) -> str:
    """Return a SASL message as AUTHENTICATE carries it."""
    return b64encode(text.encode()).decode()


def challenge(seen: list[Message]) -> str:
    """Return the tracker's SASL message among what was seen."""
    return b64decode(one(seen, "AUTHENTICATE").params[0]).decode()


def scram(client: IrcClient, name: str, password: str) -> list[Message]:
    """Log in with SCRAM-SHA-256; return the tracker's last answers, after checking its own proof."""
    conversation = ScramClient(["SCRAM-SHA-256"], name, password)
    client.command("AUTHENTICATE SCRAM-SHA-256")
    answer = client.command(f"AUTHENTICATE {encoded(conversation.get_client_first())}")
    conversation.set_server_first(challenge(answer))
    answer = client.command(f"AUTHENTICATE {encoded(conversation.get_client_final())}")
    if answer[0].command != "AUTHENTICATE":
        return answer
    conversation.set_server_final(challenge(answer))
    return client.command("AUTHENTICATE +")


def logged_in(hosted: Hosted, account: str, *, nick: str = "", caps: str = "", password: str = "pw") -> IrcClient:
    """Return a client registered with an account (created if necessary), under its name or another nick."""
    hosted.tracker.keys.accounts.add(account, password)
    client = hosted.connect()
    client.nick = nick or account
    client.command(f"CAP REQ :sasl {caps}", *plain(account, password))
    client.command(f"NICK {client.nick}", f"USER {client.nick} 0 * :Real {client.nick}", "CAP END")
    return client
