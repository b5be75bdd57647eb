"""The login of a person's own client: asks for password and username until the tracker lets us in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from chatcore.errors import ChatError, ConfigError, InvalidLink
from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting.connection import Connection
from chatcore.terminal.connecting.elsewhere import Place
from chatcore.terminal.connecting.given_password import Given, read_password_file, understand
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.naming import NAME_RETRIES, claim
from chatcore.terminal.connecting.proof import Credential, credential_of
from chatcore.terminal.connecting.questions import IF_THERE_IS_ONE, REQUIRED, EndedAtPrompt, Questions, closing_on_error
from chatcore.terminal.connecting.socket_connection import (
    CONNECT_TIMEOUT_S,
    HURRIED_CONNECT_TIMEOUT_S,
    connect,
)
from chatcore.terminal.connecting.ticket import Ticket, Whereabouts
from chatcore.terminal.connecting.turned_away import (
    ACCOUNT_WITHOUT_PASSWORD,
    ANOTHER_TRACKER,
    CERTIFICATE_CHANGED,
    PASSWORD_WANTED,
    Ended,
    Refused,
    WrongPassword,
)
from chatcore.terminal.connecting.vouching import told_if_insecure, told_with_proof, told_without_proof, wrong_too_often
from chatcore.terminal.recent import Visited
from chatcore.terminal.screen.screen import Screen
from chatcore.transport.fingerprint import format_fingerprint

PASSWORD_ATTEMPTS = 3

NOT_A_NAME = "that is an invitation, not a username: give it as the password, or start the client with the link"


class Login:
    """A login: see Entry. For the main thread.

    Where nobody can be asked again, as in a pipe, the first refusal is final. Any exception, even from Ctrl+C, leaves
    the connection closed, after a QUIT if a password was or may have been proven.
    """

    def __init__(self, options: Options, screen: Screen, known: Visited | None = None) -> None:
        """`known` is what is remembered of the tracker. Raises ConfigError if the password file cannot be used."""
        self._options = options
        self._screen = screen
        self._name = options.name
        self._account = options.account
        self._attempts_left = PASSWORD_ATTEMPTS
        self._seen: str | None = None  # the fingerprint of the last connection's certificate
        self._known = known
        self._room = (options.room, options.room_key)
        self.whereabouts = Whereabouts(Place(options.host, options.port), is_insecure=options.is_insecure)
        self._questions = Questions(screen)
        self._has_asked = False
        self._password: str | None = None
        self._as_typed = ""  # the password with its blanks, to be tried next
        if options.password_file is not None:
            self._take(read_password_file(options.password_file))
        elif options.invitation is not None and not options.account:
            self._password = options.invitation.text

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the last connection's certificate, '' if it had none."""
        return self._seen or ""

    @property
    def way_back(self) -> Login:
        """See Entry."""
        return self

    @property
    def entrance(self) -> tuple[str, ...]:
        """See Entry."""
        return tuple(word for word in self._room if word) if self._room[0] else ()

    def enter(self) -> Handshake:
        """Connect and get the password accepted. Raises Refused, and ConfigError if no tracker can be reached."""
        while self._attempts_left:
            has_waited = False
            try:
                handshake = self._connect()
                if self._password is None:
                    self._has_asked = True
                    with closing_on_error(handshake):
                        self._take(self._ask_password(handshake))
                    has_waited = True
                return self._prove(handshake)
            except WrongPassword as error:
                if self._as_typed:
                    self._password, self._as_typed = self._as_typed, ""
                else:
                    self._take_wrong_password(error)
            except (ConfigError, Refused) as error:
                if not (has_waited and isinstance(error, Ended)):  # or the tracker merely ran out of patience
                    self._try_again(error)
        raise Refused(wrong_too_often(PASSWORD_ATTEMPTS, self.fingerprint))

    def enter_again(self) -> Handshake:
        """Open another connection with the same password. Raises ConfigError, Refused."""
        try:
            handshake = self._prove(self._connect())
            with closing_on_error(handshake):
                handshake.confirm()  # or the chat might end with the previous connection
            return handshake
        except WrongPassword as error:
            raise Refused(str(error)) from error

    def come_back(
        self, ticket: Ticket, watch: Callable[[Connection], None], place: Place | None = None
    ) -> tuple[Handshake, Message]:
        """Log in again after a lost connection, without asking or showing anything; return the welcome, too.

        The token is sent only to a tracker of this chat (see Whereabouts), or to one that has proven the password.
        `watch` is given the connection, so as to end it. Raises Refused, WrongPassword, NickRefused, ConfigError.
        """
        handshake = self._open(place, HURRIED_CONNECT_TIMEOUT_S if ticket.elsewhere else CONNECT_TIMEOUT_S)
        watch(handshake.connection)
        with closing_on_error(handshake):
            is_known = self.whereabouts.is_known(handshake.connection.certificate, ticket)
            if place is not None and place.pin and not is_known:
                raise Refused(ANOTHER_TRACKER.format(address=place.address))
            if not (is_known or self._password or self._options.is_insecure):
                raise Refused(CERTIFICATE_CHANGED)
            entered = self._return(handshake, ticket, is_known=is_known)
        self.whereabouts.here = place or self.whereabouts.here
        return entered

    @property
    def password_question(self) -> str:
        """The question that asks a person for the password."""
        return f"Password of the account {self._account}: " if self._account else IF_THERE_IS_ONE

    def use_password(self, password: str) -> None:
        """Use this password from now on."""
        with suppress(InvalidLink):  # such a link is not a password either
            self._take(understand(password))

    def use_account(self, account: str, password: str) -> None:
        """Log in to this account from now on."""
        self._account, self._password = account, password

    def register(self, handshake: Handshake) -> tuple[Handshake, Message]:
        """Claim the given name, or ask for one: see Entry."""
        if self._password:
            handshake.connection.wake_at_end(self._screen.wake)
        while True:
            try:
                with closing_on_error(handshake):
                    self._has_asked |= self._name is None
                    self._name = self._name or self._questions.name(handshake, self._usual_name)
                if handshake.connection.has_ended:  # a tracker without a password does not wait long for a name
                    handshake.connection.close()
                    handshake = self.enter_again()
                welcome = self._claim(handshake, self._name)
            except (ConfigError, Refused, EndedAtPrompt) as error:
                self._try_again(error)
                continue
            self._name = None
            if welcome is not None:
                return handshake, welcome

    def _try_again(self, error: ChatError) -> None:
        """Let a person who has already answered try again after a passing error; raise any other."""
        if not self._has_asked:
            raise error
        self._questions.try_again(error)

    def _claim(self, handshake: Handshake, name: str) -> Message | None:
        """Return the welcome; None to try another name."""
        retries = NAME_RETRIES if self._screen.is_interactive and name == self._usual_name else 0
        with closing_on_error(handshake):
            try:
                return claim(handshake, name, self._questions, NOT_A_NAME, retries)
            except WrongPassword as error:
                self._take_wrong_password(error if self._password else WrongPassword(PASSWORD_WANTED))
                raise

    @property
    def _usual_name(self) -> str:
        """The person's last name at this tracker, '' if unknown; a pipe has to give its name every time."""
        return self._known.name if self._known is not None and self._screen.is_interactive else ""

    def _connect(self) -> Handshake:
        """Open a connection on which the password can be proven; warn if it is insecure."""
        handshake = self._open()
        certificate = handshake.connection.certificate
        self._seen = None if certificate is None else format_fingerprint(certificate)
        with closing_on_error(handshake):
            if self._options.is_insecure:
                self._screen.show(told_if_insecure(certificate))
            handshake.greet(self._credential)
        return handshake

    @property
    def _credential(self) -> Credential:
        return credential_of(self._password or "", self._account)

    def _open(self, place: Place | None = None, timeout_s: float = CONNECT_TIMEOUT_S) -> Handshake:
        """Connect to the tracker at `place`, or to the current one."""
        to, is_insecure = place or self.whereabouts.here, self._options.is_insecure
        connection = connect(to.host, to.port, to.address, may_be_plain=is_insecure, timeout_s=timeout_s)
        return Handshake(connection, is_insecure=is_insecure)

    def _return(self, handshake: Handshake, ticket: Ticket, *, is_known: bool) -> tuple[Handshake, Message]:
        if ticket.token and is_known:
            handshake.greet(token=ticket.token)
            nick = handshake.resume(ticket.token)
        else:
            handshake.greet(self._credential)
            nick = None
        if nick is None:
            self._check_password()
            handshake.prove(self._credential)
            if ticket.token and not is_known and self._password:
                nick = handshake.resume(ticket.token)
        return handshake, handshake.claim(ticket.nick if nick is None or ticket.is_renamed else nick)

    def _check_password(self) -> None:
        if self._account and not self._password:
            raise WrongPassword(ACCOUNT_WITHOUT_PASSWORD)

    def _prove(self, handshake: Handshake) -> Handshake:
        with closing_on_error(handshake):
            self._check_password()
            if not self._password and handshake.wants_password:
                raise WrongPassword(PASSWORD_WANTED)
            if not self._password and not self._options.is_insecure:
                self._screen.show(told_without_proof(self._known, self.fingerprint))
            handshake.prove(self._credential)
            if self._password and not self._options.is_insecure:
                for item in told_with_proof(self._known, self.fingerprint):
                    self._screen.show(item)
        return handshake

    def _ask_password(self, handshake: Handshake) -> Given:
        if self._account or not handshake.wants_password:
            return self._questions.password(self.password_question, is_required=False)
        return self._questions.password(REQUIRED, is_required=True)

    def _take(self, given: Given) -> None:
        self._password, self._as_typed = given.password, given.as_typed
        if given.link is not None and given.link.room:
            self._room = (given.link.room, given.link.room_key)

    def _take_wrong_password(self, error: WrongPassword) -> None:
        self._password = None
        self._attempts_left -= 1
        self._questions.tell_refusal(str(error))
