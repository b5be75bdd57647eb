"""AUTHENTICATE: log in to an account (https://ircv3.net/specs/extensions/sasl-3.2).

Mechanisms: PLAIN (RFC 4616), SCRAM-SHA-256 and, over TLS, SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677, by scramp), bound to
the certificate by tls-server-end-point (RFC 5929). Only SCRAM credentials are kept; PLAIN derives and compares them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from scramp import ScramException, ScramMechanism

from chatcore.commands.authentication import log_in, note_proven, reply_login
from chatcore.commands.context import Context, Exchange
from chatcore.commands.entry_checks import proven_invitation, unknown_invitation
from chatcore.commands.refusals import ACCOUNTS_REFUSAL, LOG_REFUSAL, refuse_invitation, refuse_login
from chatcore.commands.services import Verdict
from chatcore.errors import AccountsUnavailable, ChatError, CommandError
from chatcore.protocol import numerics as num
from chatcore.protocol.capabilities import SASL
from chatcore.protocol.invitations import Refusal, id_of
from chatcore.protocol.message import Message
from chatcore.protocol.names import casefold
from chatcore.protocol.sasl import (
    CHUNK_CHARS,
    END_POINT,
    MAX_MESSAGE_CHARS,
    SCRAM,
    SCRAM_PLUS,
    SERVER_IDENTITY,
    chunks,
)
from chatcore.state.credentials import Credentials
from chatcore.state.notes import LoginProblem

_SCRAM = ScramMechanism(SCRAM)
_SCRAM_PLUS = ScramMechanism(SCRAM_PLUS)


class SaslError(ChatError):
    """The exchange failed. The text is for the audit log and never contains the password."""

    def __init__(self, reason: str, verdict: Verdict | None = None) -> None:
        """`verdict` is the result of the guess, if there was one."""
        super().__init__(reason)
        self.verdict = verdict


class InvitationUnknown(SaslError):
    """No invitation with this id was made here. This does not count as a guess."""

    def __init__(self, invitation: str) -> None:
        super().__init__(Refusal.UNKNOWN, Verdict(is_right=False))
        self.invitation = invitation


class PlainExchange:
    """SASL PLAIN: one message, `authzid NUL authcid NUL password`."""

    derives_key = True

    def __init__(self, ctx: Context) -> None:
        self.received = ""
        self.credentials: Credentials | None = None
        self._ctx = ctx

    def respond(self, data: bytes) -> None:
        """See Exchange.respond."""
        try:
            authzid, name, password = data.decode().split("\0")
        except ValueError as error:
            raise SaslError("a malformed message") from error
        if not name or not password or (authzid and casefold(authzid) != casefold(name)):
            raise SaslError(f"refused for {name or 'nobody'}")
        services = self._ctx.services
        credentials = services.keys.login(name)
        if credentials.account is None and (unknown := unknown_invitation(services, password)):
            raise InvitationUnknown(unknown)
        verdict = services.guess(self._ctx.client, lambda: self._is_proof(credentials, password))
        if not verdict.is_right:
            raise SaslError(_wrong_password(name), verdict)

    def _is_proof(self, credentials: Credentials, password: str) -> bool:
        """Compare the password. An invitation is accepted in place of the server password, but not for an account."""
        services = self._ctx.services
        invited = proven_invitation(services, password) if credentials.account is None else None
        self.credentials = invited or credentials
        return invited is not None or services.keys.is_proof(credentials, password)


def _wrong_password(name: str) -> str:
    """Return the reason for the log. A login without an account may give any name; our own client gives *."""
    return "wrong password" if name == SERVER_IDENTITY else f"wrong password for {name}"


class ScramExchange:
    """SASL SCRAM-SHA-256: client-first, client-final, and an empty message that acknowledges server-final.

    With -PLUS the client also proves that it sees this very connection's certificate. Without -PLUS, a client that
    supports it but believes that the server does not is refused: somebody in between changed the list of mechanisms.
    """

    derives_key = False

    def __init__(self, ctx: Context, mechanism: ScramMechanism) -> None:
        self.received = ""
        self.credentials: Credentials | None = None
        self._ctx = ctx
        self._name = "nobody"
        self._problem = ""  # why there are no credentials: scramp hides the exceptions of a callback
        self._unknown = ""  # the id of an invitation that was not made here
        binding = (END_POINT, ctx.channel_binding) if ctx.channel_binding else None
        self._server = mechanism.make_server(self._credentials, channel_binding=binding)
        self._steps = iter((self._first, self._final, self._acknowledge))

    def respond(self, data: bytes) -> bytes | None:
        """See Exchange.respond."""
        try:
            return next(self._steps)(data.decode())
        except (ScramException, UnicodeDecodeError, StopIteration) as error:
            if self._problem:
                raise AccountsUnavailable(self._problem) from None
            raise SaslError(f"refused for {self._name}") from error

    def _credentials(self, name: str) -> tuple[bytes, bytes, bytes, int]:
        try:
            credentials = self._ctx.services.keys.login(name)
            if credentials.account is None and (invitation := id_of(name)):
                known = self._ctx.services.invitations.credentials(name)
                self._unknown = "" if known else invitation
                credentials = known or credentials
        except AccountsUnavailable as error:
            self._problem = str(error)
            raise
        self._name, self.credentials = name, credentials
        return credentials.salt, credentials.stored_key, credentials.server_key, credentials.iterations

    def _first(self, message: str) -> bytes:
        self._server.set_client_first(message)
        return bytes(self._server.get_server_first().encode())

    def _final(self, message: str) -> bytes:
        if self._unknown:
            raise InvitationUnknown(self._unknown)
        verdict = self._ctx.services.guess(self._ctx.client, lambda: self._is_proof(message))
        if not verdict.is_right:
            raise SaslError(_wrong_password(self._name), verdict)
        return bytes(self._server.get_server_final().encode())

    def _is_proof(self, message: str) -> bool:
        try:
            self._server.set_client_final(message)
        except ScramException:
            return False
        return True

    def _acknowledge(self, message: str) -> None:
        return None


def mechanisms(ctx: Context) -> dict[str, Callable[[], Exchange]]:
    """Return the mechanisms that this connection can use, best first."""
    found: dict[str, Callable[[], Exchange]] = {}
    if ctx.channel_binding is not None:
        found[SCRAM_PLUS] = lambda: ScramExchange(ctx, _SCRAM_PLUS)
    found[SCRAM] = lambda: ScramExchange(ctx, _SCRAM)
    found["PLAIN"] = lambda: PlainExchange(ctx)
    return found


def handle_authenticate(ctx: Context, message: Message) -> None:
    """AUTHENTICATE: start with a mechanism, continue with part of a message, or abort with *."""
    if not ctx.client.capabilities & SASL:
        raise CommandError(num.ERR_SASLFAIL, "Request the capability sasl first")
    if ctx.client.is_registered and not ctx.services.is_log_writable:
        raise CommandError(num.ERR_SASLFAIL, LOG_REFUSAL)
    part = message.params[0]
    exchange = ctx.registration.sasl
    if part == "*":
        ctx.registration.sasl = None
        raise CommandError(num.ERR_SASLABORTED, "SASL authentication aborted")
    if exchange is None:
        _begin(ctx, part)
        return
    if len(part) > CHUNK_CHARS:
        ctx.registration.sasl = None
        raise CommandError(num.ERR_SASLTOOLONG, "SASL message too long")
    if len(exchange.received) > MAX_MESSAGE_CHARS:
        _fail(ctx, "a message without an end")
        return
    if part != "+":
        exchange.received += part
    if len(part) < CHUNK_CHARS:
        _take_message(ctx, exchange)


def abort(ctx: Context) -> None:
    """Abort an exchange that CAP END leaves unfinished."""
    if ctx.registration.sasl is not None:
        ctx.registration.sasl = None
        ctx.reply(num.ERR_SASLABORTED, "SASL authentication aborted")


def _begin(ctx: Context, name: str) -> None:
    available = mechanisms(ctx)
    mechanism = available.get(name.upper())
    if mechanism is None:
        ctx.reply(num.RPL_SASLMECHS, ",".join(available), "are the available SASL mechanisms")
        raise CommandError(num.ERR_SASLFAIL, "There is no such SASL mechanism")
    ctx.registration.sasl = mechanism()
    ctx.reply("AUTHENTICATE", "+")


def _take_message(ctx: Context, exchange: Exchange) -> None:
    received, exchange.received = exchange.received, ""
    try:
        challenge = exchange.respond(base64.b64decode(received, validate=True))
    except InvitationUnknown as error:
        ctx.registration.sasl = None
        refuse_invitation(ctx, error.invitation, Refusal.UNKNOWN, (num.ERR_SASLFAIL, Refusal.UNKNOWN))
        return
    except SaslError as error:
        _fail(ctx, str(error), error.verdict)
        return
    except ValueError as error:  # not base64
        _fail(ctx, str(error))
        return
    except AccountsUnavailable:
        ctx.registration.sasl = None
        ctx.registration.is_unheard = True
        ctx.reply(num.ERR_UNKNOWNERROR, "AUTHENTICATE", ACCOUNTS_REFUSAL)
        ctx.reply(num.ERR_SASLFAIL, ACCOUNTS_REFUSAL)
        return
    if challenge is None:
        ctx.registration.sasl = None
        _succeed(ctx, exchange.credentials)
    else:
        for chunk in chunks(challenge):
            ctx.reply("AUTHENTICATE", chunk)


def _fail(ctx: Context, reason: str, verdict: Verdict | None = None) -> None:
    """Refuse the client. Without a verdict nothing was compared yet, which counts as a wrong guess."""
    ctx.registration.sasl = None
    verdict = verdict or ctx.services.guess(ctx.client, lambda: False)
    refuse_login(
        ctx, verdict, LoginProblem.ACCOUNT, f"SASL: {reason}", (num.ERR_SASLFAIL, "SASL authentication failed")
    )


def _succeed(ctx: Context, proven: Credentials | None) -> None:
    """Accept the login. The server password or an invitation does not log in to an account.

    Only here is an invitation refused as no longer valid: by now SCRAM has proven the server to the client.
    """
    invitation = proven.invitation if proven is not None else ""
    if invitation and (refusal := ctx.services.invitations.refusal(invitation, ctx.client.block)):
        refuse_invitation(ctx, invitation, refusal, (num.ERR_SASLFAIL, refusal))
        return
    note_proven(ctx, invitation)
    account = proven if proven is not None and proven.account is not None else None
    if account is not None:
        reply_login(ctx, account)
    ctx.reply(num.RPL_SASLSUCCESS, "SASL authentication successful")
    if account is not None:
        log_in(ctx, account)
