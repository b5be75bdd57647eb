"""The tracker: puts the parts together, answers what handlers ask, and closes in order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from time import monotonic, time

from chatcore.commands.services import Headcount, Verdict
from chatcore.config import Config
from chatcore.errors import StreamClosed
from chatcore.protocol.names import format_address, is_loopback
from chatcore.server import ghosts
from chatcore.server.access.bans import NETWORK_BAN
from chatcore.server.access.cloak import Cloak
from chatcore.server.access.doorkeeper import Doorkeeper
from chatcore.server.attendance import Attendance
from chatcore.server.census import Census
from chatcore.server.incoming.http_hosts import Hosts
from chatcore.server.incoming.intake import Intake
from chatcore.server.incoming.listener import Listener
from chatcore.server.incoming.reception import Reception
from chatcore.server.incoming.room_ports import RoomPorts, parse_port_range
from chatcore.server.notice_board import Notices, TellOnce
from chatcore.server.outgoing.delivery import GOODBYE_S, Delivery
from chatcore.server.premises import Premises
from chatcore.server.presence import Presence
from chatcore.server.roster import Roster
from chatcore.server.upkeep.ban_watch import BanWatch
from chatcore.server.upkeep.heartbeat import Heartbeat
from chatcore.server.upkeep.login_watch import LoginWatch
from chatcore.server.upkeep.spare_memory import SpareMemory, find_trim
from chatcore.server.visit import Visit
from chatcore.state.client import Client
from chatcore.state.events import Event
from chatcore.state.facts import Announced, Stopped
from chatcore.state.notes import Noted, NoteKind
from chatcore.state.registry import Registry
from chatcore.state.requests import Replied
from chatcore.state.stream import QueueStream
from chatcore.transport.tls import TlsIdentity

GOODBYE = "the tracker has left"


class Tracker:
    """One running chat. `start` and `stop` belong to the main thread; everything else to any thread."""

    def __init__(self, config: Config, password: str, on_change: Callable[[], None] = lambda: None) -> None:
        """Bind the ports and open the log. `on_change` is called when `ends_in` or `notices` may have changed.

        Raises ConfigError in words for the operator.
        """
        room_ports = parse_port_range(config.room_ports)
        self.config = config
        self.started_at = time()
        self.notices = Notices(on_change)
        self._on_change = on_change
        self._premises = premises = Premises(config, password, self.tell)
        self.bans, self.keys = premises.bans, premises.keys
        self.log, self.certificate = premises.log, premises.certificate
        self.registry = Registry(time)
        self.stream = QueueStream(time)
        self.presence = Presence(config.linger_s, monotonic, on_change)
        limits = config.limits
        self._told_proxies = TellOnce(self.tell)
        self._doorkeeper = Doorkeeper(limits, monotonic, self._on_ban)
        self._visits = Roster()
        self._census = Census(self.registry, self._visits)
        self._spare_memory = SpareMemory(find_trim())
        self.reception = Reception(config, self.bans, self._doorkeeper, self._visits, self.registry.client_count)
        self._cloak = Cloak()
        self.intake = Intake(
            limits, self.reception, self._visits, lambda *of: Visit(self, *of), lambda: self.delivery.history_bytes
        )
        self._room_ports = RoomPorts(config.host, room_ports, self.intake.accept, self.tell)
        self.hosts = Hosts(config, lambda: self.tls_identity.names, self.tell)
        self.addresses = [sock.getsockname()[:2] for sock in premises.sockets]
        self.attendance = Attendance(self._visits, self.presence, self._census, self._room_ports, self.publish)
        self.delivery = Delivery(config, self.stream, self.log, self.attendance)
        self._heartbeat = Heartbeat(limits, self._visits.all, self._ping, self._tick)
        self.ban_watch = BanWatch(self.bans, self._visits.all, self.publish, self.tell)
        self._login_watch = LoginWatch(self.keys.accounts, self._visits.all, self.tell)
        self._listener = Listener(premises.sockets, self.intake.accept)

    def start(self) -> None:
        """Begin to serve."""
        where = " ".join(format_address(host, port) for host, port in self.addresses)
        self.publish(Noted(NoteKind.START, (), where))
        self.delivery.start()
        for remark in self.certificate.remarks():
            self.tell(remark)
        self._heartbeat.start()
        self._listener.start()

    def stop(self, reason: str = GOODBYE) -> None:
        """Close in order: accept no more, publish no more, deliver what there is, say goodbye, end."""
        self._listener.stop()
        self._heartbeat.stop()
        self._room_ports.stop()
        self.log.look()
        self.stream.close(Stopped(reason))
        self.delivery.join()
        self._visits.end_all(reason, GOODBYE_S)
        self._premises.close()

    def reload(self) -> list[str]:
        """Read the TLS certificate again, for the connections to come, and look where the log is.

        Return what the operator should know of the certificate. Raises ConfigError; then the old certificate stays.
        """
        self._look_after_log()
        return self.certificate.reload()

    @property
    def tls_identity(self) -> TlsIdentity:
        """Return what new connections are shown."""
        return self.certificate.identity

    @property
    def port(self) -> int:
        """Return the main port."""
        return int(self.addresses[0][1])

    def ends_in(self) -> float | None:
        """Return in how many seconds the tracker ends because everybody has left; None: not now."""
        return None if self.config.keep_alive and not self.has_failed else self.presence.ends_in()

    @property
    def has_failed(self) -> bool:
        """Tell whether delivery could not go on."""
        return self.presence.has_failed

    def publish(self, *events: Event) -> None:
        """Append events of the tracker's own to the stream. Raises StreamClosed."""
        self.stream.append(events)

    def tell(self, text: str) -> None:
        """Tell the operator something, in one line."""
        self.notices.tell(text)

    def tell_of_proxy(self, host: str, text: str) -> None:
        """Tell the operator something about a proxy, once for each."""
        self._told_proxies.tell(host, text, always=is_loopback(host))

    def announce(self, text: str) -> None:
        """Tell everybody something."""
        self.publish(Announced(text))

    def visits(self) -> list[Visit]:
        """Return all visits, registered or not, but for those that are only refused."""
        served = (visit for visit in self._visits.all() if visit.admission.refusal is None)
        return sorted(served, key=lambda visit: visit.client.id)

    def visit_of(self, client: Client) -> Visit | None:
        """Return a client's visit."""
        return self._visits.get(client.id)

    # What handlers may ask (commands.services.Services)

    def now(self) -> float:
        """Return the Unix time, s."""
        return time()

    def monotonic(self) -> float:
        """Return the time, in s, of a clock that is never set."""
        return monotonic()

    def may_change_nick(self, client: Client) -> bool:
        """Count a change of nick; tell whether it is not one too many. The client's own thread."""
        visit = self._visits.get(client.id)
        bucket = visit.nick_changes if visit is not None else None
        return bucket is None or bucket.try_take(monotonic())

    @property
    def is_log_writable(self) -> bool:
        """Tell whether what is said can be logged."""
        return self.log.is_writable

    def ban_on(self, nick: str, host: str) -> str | None:
        """Return why somebody may not come in, or None."""
        return NETWORK_BAN if self.bans.matches(nick, host) else None

    def shown_host(self, client: Client) -> str:
        """Return what others see in place of the client's address, or the address."""
        return self._cloak.host(client.block) if self.config.hide_addresses else client.host

    def note_proven(self, client: Client) -> None:
        """Count a client that knows the password as present while it chooses a nick."""
        visit = self._visits.get(client.id)
        if visit is not None:
            visit.has_proven = True
            visit.set_deadline(self.config.limits.nick_choice_timeout_s, "No username chosen in time")
            self.presence.prove(client.id)

    def note_refused(self, nick: str, client: Client, reason: str) -> None:
        """Log a login that was refused before it was IRC."""
        self.publish(Noted(NoteKind.REFUSED, (nick, client.address), reason))

    def guess(self, client: Client, is_right: Callable[[], bool]) -> Verdict:
        """Compare a password, by `is_right`, if the client's address may guess now."""
        client.credit.turn.give()  # it may take a while
        if client.is_local:
            return self._doorkeeper.guess_here(is_right, client.credit.pause)
        return self._doorkeeper.guess(client.block, is_right, client.credit.pause)

    def disconnect(self, client: Client, reason: str) -> None:
        """End somebody's visit."""
        visit = self._visits.get(client.id)
        if visit is not None:
            visit.end(reason, is_lost=False)

    def evict(self, holder: Client, reason: str) -> None:
        """End somebody's visit and wait until the nick is free, or for a few seconds."""
        self.disconnect(holder, reason)
        visit = self._visits.get(holder.id)
        if visit is not None:
            visit.has_left.wait(self.config.limits.ghost_timeout_s)

    def headcount(self, max_age_s: float = 0.0) -> Headcount:
        """Count what is here, or return a count that is at most so old."""
        return self._census.headcount(max_age_s)

    def probe(self, holder: Client) -> None:
        """Ask a nick's holder that has been silent whether it is there; heartbeat ends it when no answer comes."""
        visit = self._visits.get(holder.id)
        if visit is not None:
            ghosts.probe(visit, self.config.limits.ghost_timeout_s, self._ping)

    def is_there(self, holder: Client, asker: Client) -> bool:
        """Tell whether a nick's holder is there; wait for its answer if it has been silent. The asker's thread."""
        visit, asking = self._visits.get(holder.id), self._visits.get(asker.id)
        if visit is None or asking is None:
            return False
        return ghosts.is_there(visit, asking, self.config.limits.ghost_timeout_s, self._ping)

    # What the threads report

    def _on_ban(self, address: str) -> None:
        """An address is shut out for a while: tell the operator, and end what it has begun to try."""
        minutes = round(self.config.limits.failure_ban_s / 60)
        text = f"{address} tried too many wrong passwords and is shut out for {minutes} minutes"
        with contextlib.suppress(StreamClosed):
            self.publish(Noted(NoteKind.SHUT_OUT, (address,), "too many wrong passwords"))
        self.tell(text)
        self._visits.end_strangers(address, "Too many wrong passwords from your address")

    def _ping(self, visit: Visit) -> None:
        with contextlib.suppress(StreamClosed):
            self.publish(Replied(visit.client.id, (("PING", self.config.server_name),)))

    def _tick(self) -> None:
        self._room_ports.tick()
        self._login_watch.tick()
        self.certificate.tick()
        self._look_after_log()
        self.ban_watch.tick()
        self._spare_memory.note(len(self._visits))
        self._on_change()

    def _look_after_log(self) -> None:
        """Have delivery follow the log if it was rotated, or try again to write it. Any thread."""
        self.log.look()
        if self.log.has_moved or not self.log.is_writable:
            self.stream.wake()
