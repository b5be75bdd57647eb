"""asyncssh's server connection, with the limits that it lacks. Only for the loop's thread.

It overrides private methods, so the library's version is pinned: read those methods again before an upgrade.

- One login request at a time, and few in all. One session channel, and nothing else.
- SASLprep prepares names and passwords character by character, in the thread that serves everybody. Long ones are
  refused before that.
- A key exchange costs us a millisecond, and the library queues all output while one goes on. So a peer may start one a
  minute, and after the login each must end soon.
- A key that belongs to no account is not even parsed. Certificates and weak signatures are refused.
"""

from __future__ import annotations

import asyncio
import unicodedata
from time import monotonic
from typing import TYPE_CHECKING, Any

from asyncssh import DISC_PROTOCOL_ERROR, DisconnectError, import_private_key
from asyncssh.connection import SSHServerConnection, SSHServerConnectionOptions
from asyncssh.constants import MSG_KEXINIT, MSG_USERAUTH_REQUEST
from asyncssh.packet import PacketDecodeError, SSHPacket, String
from asyncssh.public_key import KeyImportError, decode_ssh_public_key

from chatcore.state.throttle import TokenBucket
from chatcore.transport.ssh import SOFTWARE

if TYPE_CHECKING:
    from chatcore.ssh.login import Login

KEY_EXCHANGES = ("mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org")
CIPHERS = (
    "chacha20-poly1305@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-gcm@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
)
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com")
SIGNATURES = (
    *("ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    *("sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256"),
)
"""Accepted from people's keys. The tracker's own key is Ed25519."""

MOST_LOGIN_REQUESTS = 20
MOST_NAME_CHARS, MOST_PASSWORD_CHARS = 128, 1005  # normalized: one can become eighteen; five are framing
MOST_EXCHANGE_S = 30.0
_EXCHANGES_PER_S, _BURST_EXCHANGES = 1 / 60, 3


def make_options(host_key: bytes, ping_interval_s: float) -> SSHServerConnectionOptions:
    """Return the options of all connections. The host key is in OpenSSH's format."""
    return SSHServerConnectionOptions(
        server_host_keys=[import_private_key(host_key)],
        server_version=SOFTWARE,
        kex_algs=KEY_EXCHANGES,
        encryption_algs=CIPHERS,
        mac_algs=MACS,
        compression_algs=["none"],
        signature_algs=SIGNATURES,
        login_timeout=0,  # the tracker has deadlines
        keepalive_interval=ping_interval_s,
        keepalive_count_max=1,
        host_based_auth=False,
        gss_host=None,
        agent_forwarding=False,
        x11_forwarding=False,
        line_editor=False,
        encoding=None,
    )


class GuardedProtocol(SSHServerConnection):
    """One connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, options: SSHServerConnectionOptions, login: Login) -> None:
        super().__init__(loop, options)
        self._protocol_factory = lambda: login
        self.is_exchanging_keys = False
        self._login = login
        self._requests = 0
        self._exchanges = TokenBucket(_EXCHANGES_PER_S, _BURST_EXCHANGES)
        self._overdue: asyncio.TimerHandle | None = None

    async def reload_config(self) -> None:
        """Do nothing: no option depends on the name."""

    def log_received_packet(self, pkttype: int, pktid: int | None, packet: Any, note: str = "") -> None:
        """Check each packet before it is handled. Raises DisconnectError."""
        if pkttype == MSG_KEXINIT and not self._exchanges.try_take(monotonic()):
            raise DisconnectError(DISC_PROTOCOL_ERROR, "Too many key exchanges")
        if pkttype == MSG_USERAUTH_REQUEST:
            self._requests += 1
            if self._login.is_asking or self._requests > MOST_LOGIN_REQUESTS:
                raise DisconnectError(DISC_PROTOCOL_ERROR, "Too many login requests")
            if _is_long(packet.get_remaining_payload()):
                raise DisconnectError(DISC_PROTOCOL_ERROR, "The name or password is too long")
        super().log_received_packet(pkttype, pktid, packet, note)

    def _send_kexinit(self) -> None:
        self.is_exchanging_keys = True
        if self._auth_complete:
            self._overdue = self._loop.call_later(MOST_EXCHANGE_S, self._give_up_exchange)
        super()._send_kexinit()

    def send_newkeys(self, k: bytes, h: bytes) -> None:
        """See asyncssh: the exchange is over."""
        self.is_exchanging_keys = False
        if self._overdue is not None:
            self._overdue.cancel()
        super().send_newkeys(k, h)
        self._login.note_room()

    def _give_up_exchange(self) -> None:
        self.connection_lost(TimeoutError())

    def _cleanup(self, exc: Exception | None) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
        super()._cleanup(exc)

    async def validate_public_key(self, username: str, key_data: bytes, msg: bytes, signature: bytes) -> bool:
        """Return whether a key lets this name in and, if there is a signature, whether it proves the key."""
        if not await self._login.knows_key(username, key_data):
            return False
        return not msg or (
            _is_signed(key_data, String(self._session_id) + msg, signature)
            and await self._login.has_proven_key(username, key_data)
        )


def _is_long(request: bytes) -> bool:
    """Return whether the name or password of a login request is too long to prepare (RFC 4252, sections 5 and 8)."""
    fields = SSHPacket(request)
    try:
        name, _, method = (fields.get_string() for _ in range(3))
    except PacketDecodeError:
        return False  # asyncssh will refuse it
    is_password = method == b"password"
    return _length(name) > MOST_NAME_CHARS or (
        is_password and _length(fields.get_remaining_payload()) > MOST_PASSWORD_CHARS
    )


def _length(text: bytes) -> int:
    """Return how many characters SASLprep would look at."""
    return len(unicodedata.normalize("NFKC", text.decode(errors="replace")))


def _is_signed(key_data: bytes, signed: bytes, signature: bytes) -> bool:
    """Return whether a signature is of an accepted kind and by this key."""
    try:
        kind = SSHPacket(signature).get_string()
        if kind.decode("ascii", errors="replace") not in SIGNATURES:
            return False
        key = decode_ssh_public_key(key_data)
        key.set_touch_required(True)
        return key.verify(signed, signature)
    except (KeyImportError, PacketDecodeError, ValueError):
        return False
