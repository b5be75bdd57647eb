"""A server for the client's tests: it knows just enough of IRC to let one in, and does what the test says."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chatcore.errors import TransportClosed
from chatcore.protocol.message import Message, parse

DEADLINE_S = 20.0


class Peer:
    """One accepted connection, as the server sees it. The test may send and hang up at any time."""

    def __init__(self, sock: socket.socket) -> None:
        self.received: list[str] = []
        self._socket = sock
        self._changed = threading.Condition()
        self._has_ended = False

    def send(self, *lines: str) -> None:
        self.send_bytes("".join(line + "\r\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise TransportClosed(str(error)) from error

    def hang_up(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the client was faster

    def wait_for(self, line: str) -> None:
        """Wait until the client has sent this line."""
        self._wait(lambda: line in self.received, line)

    def wait_for_end(self) -> None:
        """Wait until the client has ended the connection."""
        self._wait(lambda: self._has_ended, "the end of the connection")

    def read(self, answer: Callable[["Peer", Message], None]) -> None:
        """Read until the end: the whole of the server's thread for this connection."""
        try:
            with self._socket, self._socket.makefile("rb") as lines:
                for raw in lines:
                    line = raw.decode().rstrip("\r\n")
                    with self._changed:
                        self.received.append(line)
                        self._changed.notify_all()
                    answer(self, parse(line))
        except (OSError, TransportClosed):
            pass  # the client reset the connection
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _wait(self, is_so: Callable[[], bool], what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(is_so, DEADLINE_S):
                raise AssertionError(f"{what} did not come; got {self.received}")


class ScriptedTracker:
    """Lets in whoever says `password`, under a name that is not in `taken`; echoes what is said.

    `answers` overrides what is done for a command.
    """

    def __init__(self, password: str = "", taken: tuple[str, ...] = ()) -> None:
        self.password = password
        self.taken = taken
        self.capabilities = "server-time echo-message batch draft/chathistory unheard-of"
        self.answers: dict[str, Callable[[Peer, Message], None]] = {}
        self.peers: list[Peer] = []
        self._nicks: dict[Peer, str] = {}
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
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
        for peer in self.peers:
            peer.hang_up()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            peer = Peer(sock)
            thread = threading.Thread(target=peer.read, args=(self._answer,), name="scripted peer")
            self._threads.append(thread)
            thread.start()
            with self._changed:
                self.peers.append(peer)
                self._changed.notify_all()

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
            peer.send(f":t CAP * LS :{self.capabilities}")
        elif message.params[0] == "REQ":
            peer.send(f":t CAP * ACK :{message.params[1]}")

    def _take_nick(self, peer: Peer, message: Message) -> None:
        nick = message.params[0]
        if nick in self.taken:
            peer.send(f":t 433 * {nick} :That username is taken")
        else:
            self._nicks[peer] = nick

    def _take_user(self, peer: Peer, message: Message) -> None:
        nick = self._nicks[peer]
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


@contextmanager
def scripted_tracker(password: str = "", taken: tuple[str, ...] = ()) -> Iterator[ScriptedTracker]:
    """Run a server for the length of a block."""
    tracker = ScriptedTracker(password, taken)
    try:
        yield tracker
    finally:
        tracker.stop()
