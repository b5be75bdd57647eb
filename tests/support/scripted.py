"""A server for the client's tests: it knows just enough IRC to register a client, and does what the test says."""

import base64
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from scramp import ScramException, ScramMechanism

from chatcore.errors import ProtocolError, TransportClosed
from chatcore.protocol.framing import LineBuffer
from chatcore.protocol.message import Message, parse
from chatcore.transport.certificate import load_identity
from chatcore.transport.connection import Connection
from chatcore.transport.tcp import TcpConnection
from chatcore.transport.tls import TlsConnection
from chatcore.transport.tls_context import TlsIdentity

DEADLINE_S = 20.0
MECHANISM = "SCRAM-SHA-256-PLUS"
_MAX_BYTES = 1 << 20
_TLS_HANDSHAKE = 0x16


@lru_cache
def identity(name: str = "") -> TlsIdentity:
    """Return a certificate of its own for each name."""
    with tempfile.TemporaryDirectory() as folder:
        return load_identity(Path(folder) / "tls.pem", None, None)


class Peer:
    """One accepted connection, as the server sees it. The test may send and hang up at any time."""

    def __init__(self, connection: Connection, first: bytes) -> None:
        """`first` is what has already been read."""
        self.received: list[str] = []
        self.is_encrypted = isinstance(connection, TlsConnection)
        self.scram_messages: list[str] = []
        """The client's credentials, decoded."""
        self._connection = connection
        self._first = first
        self._sending = threading.Lock()
        self._changed = threading.Condition()
        self._has_ended = False

    @property
    def told(self) -> list[str]:
        """The received lines, without the client's credentials."""
        return [f"{line.split()[0]} ..." if line.startswith("AUTHENTICATE") else line for line in self.received]

    def send(self, *lines: str) -> None:
        self.send_bytes("".join(line + "\r\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        with self._sending:
            self._connection.send_all(data)

    def challenge(self, text: str) -> None:
        """Send a SASL message."""
        encoded = base64.b64encode(text.encode()).decode()
        self.send(*(f"AUTHENTICATE {encoded[start : start + 400] or '+'}" for start in range(0, len(encoded) + 1, 400)))

    def hang_up(self) -> None:
        self._connection.shutdown()

    def wait_for(self, line: str) -> None:
        """Wait until the client has sent this line."""
        self._wait(lambda: line in self.received, line)

    def wait_for_word(self, word: str) -> None:
        """Wait until the client has sent a line that begins with this."""
        self._wait(lambda: any(line.startswith(word) for line in self.received), word)

    def wait_for_end(self) -> None:
        """Wait until the client has ended the connection."""
        self._wait(lambda: self._has_ended, "the end of the connection")

    def read(self, answer: Callable[["Peer", Message], None]) -> None:
        """Read until the end: the work of this connection's thread."""
        buffer = LineBuffer(_MAX_BYTES, _MAX_BYTES)
        try:
            data = self._first or self._connection.recv()
            while data:
                for line in filter(None, buffer.feed(data)):
                    with self._changed:
                        self.received.append(line.decode(errors="replace"))
                        self._changed.notify_all()
                    answer(self, parse(self.received[-1]))
                data = self._connection.recv()
        except (TransportClosed, ProtocolError):
            pass  # the client reset the connection, or spoke TLS to a server without it
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _wait(self, is_so: Callable[[], bool], what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(is_so, DEADLINE_S):
                raise AssertionError(f"{what} did not come; got {self.received}")


class ScriptedTracker:
    """Lets in clients that prove `password`, under a name that is not in `taken`; echoes what is said.

    `answers` overrides what is done for a command. The other attributes may be changed too before a client connects.
    """

    def __init__(self, password: str = "", taken: tuple[str, ...] = ()) -> None:
        self.password = password
        self.taken = taken
        self.capabilities = "server-time echo-message batch draft/chathistory unheard-of"
        self.sasl: str | None = f"sasl={MECHANISM},SCRAM-SHA-256,PLAIN"
        self.speaks_tls = True
        self.greeting: str | None = None
        self.identity = identity()
        self.answers: dict[str, Callable[[Peer, Message], None]] = {}
        self.peers: list[Peer] = []
        self._nicks: dict[Peer, str] = {}
        self._users: set[Peer] = set()
        self._welcomed: set[Peer] = set()
        self._exchanges: dict[Peer, Exchange] = {}
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[TcpConnection] = []
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, name="scripted accept")
        self._accepting.start()

    @property
    def port(self) -> int:
        port = self._listener.getsockname()[1]
        assert isinstance(port, int)
        return port

    def peer(self, number: int = 0) -> Peer:
        """Return the connection with that number, waiting until it is there."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.peers) > number, DEADLINE_S)
            return self.peers[number]

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        for connection in self._connections:
            connection.shutdown()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            connection = TcpConnection(sock, _MAX_BYTES)
            self._connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), name="scripted peer")
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: TcpConnection) -> None:
        """Serve one connection; it is a peer once its TLS handshake is done."""
        try:
            connection: Connection = plain
            first = plain.recv() if self.speaks_tls else b""
            if first[:1] == bytes([_TLS_HANDSHAKE]):
                encrypted = TlsConnection(plain, self.identity, first)
                encrypted.handshake()
                encrypted.on_output = _leave_it_to_senders
                connection, first = encrypted, b""
            peer = Peer(connection, first)
            with self._changed:
                self.peers.append(peer)
                self._changed.notify_all()
            if self.greeting is not None:
                peer.send(self.greeting)
            peer.read(self._answer)
        except TransportClosed:
            pass  # the client gave up
        finally:
            plain.close()

    def _answer(self, peer: Peer, message: Message) -> None:
        answer = self.answers.get(message.command) or getattr(self, f"_take_{message.command.lower()}", None)
        if answer is not None:
            answer(peer, message)

    def _take_pass(self, peer: Peer, message: Message) -> None:
        if message.params[0] != self.password:
            peer.send(":t 464 * :Wrong password", "ERROR :Closing link: Wrong password")
            peer.hang_up()

    def _take_ping(self, peer: Peer, message: Message) -> None:
        peer.send(f":t PONG t :{message.params[0]}")

    def _take_cap(self, peer: Peer, message: Message) -> None:
        if message.params[0] == "LS":
            peer.send(f":t CAP * LS :{self.capabilities} {self.sasl or ''}")
        elif message.params[0] == "REQ":
            peer.send(f":t CAP * ACK :{message.params[1]}")

    def _take_authenticate(self, peer: Peer, message: Message) -> None:
        if message.params == (MECHANISM,):
            self._exchanges[peer] = Exchange(self.password or "nobody has this", self.identity.end_point)
            peer.send("AUTHENTICATE +")
            return
        try:
            self._exchanges[peer].take(peer, message.params[0])
        except (ScramException, KeyError):
            peer.send(":t 904 * :SASL authentication failed")

    def _take_nick(self, peer: Peer, message: Message) -> None:
        nick = message.params[0]
        if nick in self.taken:
            peer.send(f":t 433 * {nick} :That username is taken")
        else:
            self._nicks[peer] = nick

            self._welcome(peer)

    def _take_user(self, peer: Peer, message: Message) -> None:
        self._users.add(peer)
        self._welcome(peer)

    def _welcome(self, peer: Peer) -> None:
        """Welcome a client that has sent USER and a free name."""
        nick = self._nicks.get(peer)
        if nick and peer in self._users and peer not in self._welcomed:
            self._welcomed.add(peer)
            peer.send(f":t 001 {nick} :Welcome, {nick}!", f":t 376 {nick} :End of MOTD")

    def _take_join(self, peer: Peer, message: Message) -> None:
        nick, name = self._nicks[peer], message.params[0]
        peer.send(f":{nick}!u@127.0.0.1 JOIN {name}", f":t 353 {nick} = {name} :@{nick}", f":t 366 {nick} {name} :End")

    def _take_part(self, peer: Peer, message: Message) -> None:
        peer.send(f":{self._nicks[peer]}!u@127.0.0.1 PART {message.params[0]}")

    def _take_privmsg(self, peer: Peer, message: Message) -> None:
        peer.send(f":{self._nicks[peer]}!u@127.0.0.1 PRIVMSG {message.params[0]} :{message.params[1]}")

    def _take_quit(self, peer: Peer, message: Message) -> None:
        peer.send("ERROR :Closing link: Quit")
        peer.hang_up()


class Exchange:
    """The server's side of SCRAM with one peer."""

    def __init__(self, password: str, end_point: bytes) -> None:
        mechanism = ScramMechanism(MECHANISM)
        credentials = mechanism.make_auth_info(password, 4096)
        binding = ("tls-server-end-point", end_point)
        self._scram = mechanism.make_server(lambda _name: credentials, channel_binding=binding)
        self._received = ""

    def take(self, peer: Peer, part: str) -> None:
        """Take a part of a message; answer the whole. Raises ScramException for a wrong proof."""
        self._received += part if part != "+" else ""
        if len(part) == 400:
            return
        text = base64.b64decode(self._received).decode()
        self._received = ""
        peer.scram_messages.append(text)
        if len(peer.scram_messages) == 1:
            self._scram.set_client_first(text)
            peer.challenge(self._scram.get_server_first())
        elif len(peer.scram_messages) == 2:
            self._scram.set_client_final(text)
            peer.challenge(self._scram.get_server_final())
        else:
            peer.send(":t 903 * :SASL authentication successful")


def _leave_it_to_senders() -> None:
    """Keep the thread that reads from sending at the same time as another."""


@contextmanager
def scripted_tracker(password: str = "", taken: tuple[str, ...] = ()) -> Iterator[ScriptedTracker]:
    """Run a server until the end of the block."""
    tracker = ScriptedTracker(password, taken)
    try:
        yield tracker
    finally:
        tracker.stop()
