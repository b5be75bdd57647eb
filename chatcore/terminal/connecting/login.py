"""Password and username: asked, tried, and asked again, until the tracker lets us in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from chatcore.errors import ChatError, ConfigError
from chatcore.prompting.interruption import Woken
from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting.connection import Connection, connect
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.proof import Credential, credential_of
from chatcore.terminal.connecting.turned_away import (
    ACCOUNT_WITHOUT_PASSWORD,
    CERTIFICATE_CHANGED,
    PASSWORD_WANTED,
    Ended,
    NickRefused,
    Refused,
    WrongPassword,
)
from chatcore.terminal.screen.screen import Screen
from chatcore.terminal.session.effects import Caution, Problem
from chatcore.transport.certificate import format_fingerprint

PASSWORD_ATTEMPTS = 3

_IN_THE_CLEAR = (
    "--insecure: this connection is NOT encrypted. Everybody on the way can read the password and all that is said, "
    "and change it"
)
_WITH_ANYBODY = (
    "--insecure: this connection is encrypted, but nothing shows with whom. The password is sent readable for whoever "
    "answers there, be it the tracker or somebody in between"
)
_NOT_AUTHENTICATED = (
    "without a password nothing is authenticated: the connection is encrypted, but it may lead to somebody in between. "
    "It leads to the tracker if that shows the same fingerprint of its certificate: {fingerprint}"
)
_WRONG_TOO_OFTEN = f"the password was not accepted {PASSWORD_ATTEMPTS} times"
_IF_IT_WAS_RIGHT = (
    ". If it was right, somebody may be in between: then the tracker shows another fingerprint of its certificate than "
    "{fingerprint}"
)

_PASSWORD_QUESTION = "Password (Enter if there is none): "

_UNSENDABLE = re.compile(r"[\r\n\0]")
"""What ends an answer: a line break, which may also be pasted."""


class Ticket(NamedTuple):
    """What a client that lost its connection comes back with."""

    nick: str
    token: str
    certificate: bytes | None
    """That of the connection on which the token was given."""
    is_renamed: bool = False
    """Whether the nick is another one than the token stands for."""


class LeftAtPrompt(ChatError):
    """The person left instead of answering."""


class EndedAtPrompt(ChatError):
    """The tracker ended the connection while a name was being chosen. `farewell` is what it said, if anything."""

    def __init__(self, farewell: str | None) -> None:
        super().__init__(farewell or "the connection to the tracker broke")
        self.farewell = farewell


class Login:
    """The conversation before a visit. For the main thread.

    Where nobody can be asked again, as in a pipe, the first refusal is final. Whatever is raised, even by Ctrl+C,
    leaves the connection closed, after a QUIT if a password was or may have been proven.
    """

    def __init__(self, options: Options, screen: Screen) -> None:
        """Read the password file. Raises ConfigError if that fails."""
        self._options = options
        self._screen = screen
        self._name = options.name
        self._account = options.account
        self._attempts_left = PASSWORD_ATTEMPTS
        self._seen: str | None = None  # the fingerprint of the last connection's certificate
        self._password = None if options.password_file is None else _first_line(options.password_file)

    def enter(self) -> Handshake:
        """Connect and have the password accepted. Raises Refused, and ConfigError if no tracker can be reached."""
        while self._attempts_left:
            has_waited = False
            try:
                handshake = self._connect()
                if self._password is None:
                    with _closing_on_error(handshake):
                        self._password = self._ask_password()
                    has_waited = True
                return self._prove(handshake)
            except WrongPassword as error:
                self._take_wrong_password(error)
            except Ended:
                if not has_waited:  # otherwise the tracker ran out of patience, and by now the password is known
                    raise
        raise Refused(_WRONG_TOO_OFTEN + (_IF_IT_WAS_RIGHT.format(fingerprint=self._seen) if self._seen else ""))

    def enter_again(self) -> Handshake:
        """Open one more connection with the same password. Raises ConfigError, Refused."""
        try:
            return self._prove(self._connect())
        except WrongPassword as error:
            raise Refused(str(error)) from error

    def come_back(self, ticket: Ticket, watch: Callable[[Connection], None]) -> tuple[Handshake, Message]:
        """Enter again after a lost connection, without asking or showing anything; return the welcome, too.

        The token is shown only to who has the certificate of the one that gave it, or has proven the password. `watch`
        is given the connection, to be able to end it. Raises Refused, WrongPassword, NickRefused, ConfigError.
        """
        handshake = self._open()
        watch(handshake.connection)
        with _closing_on_error(handshake):
            is_same = handshake.connection.certificate == ticket.certificate
            if not (is_same or self._password or self._options.is_insecure):
                raise Refused(CERTIFICATE_CHANGED)
            if ticket.token and is_same:
                handshake.greet(token=ticket.token)
                nick = handshake.resume(ticket.token)
            else:
                handshake.greet(self._credential)
                nick = None
            if nick is None:
                self._check_password()
                handshake.prove(self._credential)
                if ticket.token and not is_same and self._password:
                    nick = handshake.resume(ticket.token)
            return handshake, handshake.claim(ticket.nick if nick is None or ticket.is_renamed else nick)

    @property
    def password_question(self) -> str:
        """What a person is asked for the password."""
        return f"Password of the account {self._account}: " if self._account else _PASSWORD_QUESTION

    def use_password(self, password: str) -> None:
        """Prove this password from now on."""
        self._password = _UNSENDABLE.split(password, maxsplit=1)[0]

    def use_account(self, account: str, password: str) -> None:
        """Log in to this account from now on."""
        self._account, self._password = account, password

    def register(self, handshake: Handshake) -> tuple[Handshake, Message]:
        """Claim the given name, or one asked for; return the welcome and the handshake that led to it.

        Raises Refused and the two above, and WrongPassword if the password is checked only now; then `enter` asks for
        another.
        """
        if self._password:
            handshake.connection.wake_at_end(self._screen.wake)
        while True:
            with _closing_on_error(handshake):
                self._name = self._name or self._ask_name(handshake)
            if handshake.connection.has_ended:  # without a password set, a tracker does not wait long for a name
                handshake.connection.close()
                handshake = self.enter_again()
            welcome = self._claim(handshake, self._name)
            self._name = None
            if welcome is not None:
                return handshake, welcome

    def _claim(self, handshake: Handshake, name: str) -> Message | None:
        """Return the welcome; None to try another name."""
        with _closing_on_error(handshake):
            try:
                return handshake.claim(name)
            except NickRefused as error:
                self._tell_refusal(f"{name}: {error}")
                return None
            except WrongPassword as error:
                self._take_wrong_password(error if self._password else WrongPassword(PASSWORD_WANTED))
                raise

    def _connect(self) -> Handshake:
        """Open a connection on which the password can be proven; say so if it will not be."""
        handshake = self._open()
        certificate = handshake.connection.certificate
        self._seen = None if certificate is None else format_fingerprint(certificate)
        with _closing_on_error(handshake):
            if self._options.is_insecure:
                self._screen.show(Caution(_IN_THE_CLEAR if certificate is None else _WITH_ANYBODY))
            handshake.greet(self._credential)
        return handshake

    @property
    def _credential(self) -> Credential:
        return credential_of(self._password or "", self._account)

    def _open(self) -> Handshake:
        options = self._options
        connection = connect(options.host, options.port, options.address, may_be_plain=options.is_insecure)
        return Handshake(connection, is_insecure=options.is_insecure)

    def _check_password(self) -> None:
        if self._account and not self._password:
            raise WrongPassword(ACCOUNT_WITHOUT_PASSWORD)

    def _prove(self, handshake: Handshake) -> Handshake:
        with _closing_on_error(handshake):
            self._check_password()
            if not self._password and not self._options.is_insecure:
                self._screen.show(Caution(_NOT_AUTHENTICATED.format(fingerprint=self._seen)))
            handshake.prove(self._credential)
        return handshake

    def _ask_password(self) -> str:
        while True:
            try:
                return self._ask(_PASSWORD_QUESTION, is_secret=True)
            except Woken:
                continue  # woken by an earlier connection's end

    def _ask_name(self, handshake: Handshake) -> str:
        name = ""
        while not name:
            try:
                name = self._ask("Username: ").strip()
            except Woken as woken:
                if handshake.connection.has_ended:
                    raise EndedAtPrompt(handshake.last_words()) from woken
        if name == "exit":
            raise LeftAtPrompt
        return name

    def _ask(self, question: str, *, is_secret: bool = False) -> str:
        try:
            answer = self._screen.ask(question, is_secret=is_secret)
        except EOFError as error:
            if self._screen.is_interactive:
                raise LeftAtPrompt from error
            raise Refused(f"there was no line for: {question.partition(' ')[0].rstrip(':')}") from error
        return _UNSENDABLE.split(answer, maxsplit=1)[0]

    def _take_wrong_password(self, error: WrongPassword) -> None:
        self._password = None
        self._attempts_left -= 1
        self._tell_refusal(str(error))

    def _tell_refusal(self, reason: str) -> None:
        if not self._screen.is_interactive:
            raise Refused(reason)
        self._screen.show(Problem(reason))


@contextmanager
def _closing_on_error(handshake: Handshake) -> Iterator[None]:
    """Close the connection if the block raises anything, after a QUIT if the person is leaving."""
    try:
        yield
    except (KeyboardInterrupt, LeftAtPrompt):
        handshake.connection.quit()
        raise
    except BaseException:
        handshake.connection.close()
        raise


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as file:
            line = _UNSENDABLE.split(file.readline(), maxsplit=1)[0]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(f"cannot read the password file {path}: {reason}") from error
    if not line:
        raise ConfigError(
            f"the password file {path} begins with an empty line; leave it out where there is no password"
        )
    return line
