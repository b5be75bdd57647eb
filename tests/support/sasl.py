"""SASL logins for tests, as clients do them: the messages in base64, the server's proof checked."""

from __future__ import annotations

import ssl
from base64 import b64decode, b64encode

from scramp import ScramClient

from chatcore.protocol.message import Message
from tests.support.irc import IrcClient, one

BINDING = "tls-server-end-point"


def negotiate(client: IrcClient, nick: str = "ann") -> list[Message]:
    """Begin registration and request sasl; return the answers."""
    client.nick = nick
    return client.command("CAP LS 302", "CAP REQ :sasl", f"NICK {nick}", f"USER {nick} 0 * :{nick}")


def mechanisms(client: IrcClient) -> list[str]:
    """Return the mechanisms that CAP LS lists for sasl."""
    offers = [message.params[-1] for message in client.command("CAP LS 302") if message.params[1] == "LS"]
    (sasl,) = [word for offer in offers for word in offer.split() if word.startswith("sasl")]
    return sasl.partition("=")[2].split(",")


def plain_lines(name: str, password: str) -> tuple[str, str]:
    """Return the lines of a login with PLAIN."""
    return "AUTHENTICATE PLAIN", f"AUTHENTICATE {_encoded(f'{name}{chr(0)}{name}{chr(0)}{password}')}"


def plain(client: IrcClient, name: str, password: str) -> list[Message]:
    """Log in with PLAIN; return the result."""
    return client.command(*plain_lines(name, password))[1:]


def bound_scram(client: IrcClient, name: str, password: str) -> ScramClient:
    """Return SCRAM-SHA-256-PLUS, bound to the certificate that the client sees on its own connection."""
    assert isinstance(client.sock, ssl.SSLSocket)
    return ScramClient(["SCRAM-SHA-256-PLUS"], name, password, channel_binding=(BINDING, client.sock))


def scram(client: IrcClient, login: ScramClient, *, mechanism: str = "") -> list[Message]:
    """Log in with SCRAM, and check the server's proof; return the last answers, or the refusal on the way."""
    client.command(f"AUTHENTICATE {mechanism or login.mechanism_name}")
    for message, take_answer in (
        (login.get_client_first, login.set_server_first),
        (login.get_client_final, login.set_server_final),
    ):
        seen = client.command(f"AUTHENTICATE {_encoded(message())}")
        if seen[0].command != "AUTHENTICATE":
            return seen
        take_answer(b64decode(one(seen, "AUTHENTICATE").params[0]).decode())
    return client.command("AUTHENTICATE +")


def _encoded(message: str) -> str:
    return b64encode(message.encode()).decode()
