"""The tracker: puts its parts together, starts them, and closes them in order."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, time

from chatcore.config import Config
from chatcore.errors import ConfigError
from chatcore.protocol.goodbye import TRACKER_LEFT
from chatcore.protocol.names import format_address
from chatcore.server.access.doorkeeper import Doorkeeper
from chatcore.server.archive.erasing.erase_duty import EraseDuty
from chatcore.server.archive.holdings import Holdings
from chatcore.server.attendance import Attendance
from chatcore.server.audit.sealing.sealer import Sealer
from chatcore.server.census import Census
from chatcore.server.chat_links import own_address
from chatcore.server.doorbell import Doorbell
from chatcore.server.footing import Alone, Bar, Footing, House, NoBar
from chatcore.server.incoming.arrival import Arrival
from chatcore.server.incoming.client_file import ClientFile
from chatcore.server.incoming.gate import Gate
from chatcore.server.incoming.http_hosts import Hosts
from chatcore.server.incoming.intake import Intake
from chatcore.server.incoming.listener import Listener
from chatcore.server.incoming.page_edition import edition
from chatcore.server.incoming.reception import Reception
from chatcore.server.incoming.room_ports import RoomPorts, parse_port_range
from chatcore.server.memory_limit import Headroom, room_bytes
from chatcore.server.nearby.announcement import Announcement, announcement
from chatcore.server.nearby.announcer import Announcer
from chatcore.server.notice_board import Notices, TellOnce
from chatcore.server.outgoing.delivery import GOODBYE_S, Delivery
from chatcore.server.outgoing.recorded_history import Recording
from chatcore.server.premises import MakeSsh, Premises, no_ssh
from chatcore.server.presence import Presence
from chatcore.server.readings import Readings
from chatcore.server.recollection import Recollection
from chatcore.server.resumption import Resumer
from chatcore.server.roster import Roster
from chatcore.server.services import TrackerServices
from chatcore.server.upkeep.ban_watch import BanWatch
from chatcore.server.upkeep.heartbeat import Heartbeat
from chatcore.server.upkeep.login_watch import LoginWatch
from chatcore.server.upkeep.room_watch import RoomWatch
from chatcore.server.upkeep.spare_memory import SpareMemory, find_trim
from chatcore.server.upkeep.switch_interval import fit_switch_interval
from chatcore.server.visit import Surroundings, Visit
from chatcore.state.client import Client
from chatcore.state.events import Event
from chatcore.state.facts import Announced, Stopped
from chatcore.state.notes import started
from chatcore.state.registry import Registry
from chatcore.transport.connection import Connection
from chatcore.transport.own_addresses import interface_indexes, multicast_addresses, own_addresses
from chatcore.transport.tls_context import TlsIdentity


class Tracker:
    """One running chat. `start` and `stop` belong to the main thread; everything else to any thread."""

    def __init__(
        self,
        config: Config,
        password: str,
        on_change: Callable[[], None] = lambda: None,
        make_ssh: MakeSsh = no_ssh,
    ) -> None:
        """Bind the ports and open the log.

        `make_ssh` returns the tracker's ssh side, None if it has none. `on_change` is called whenever `ends_in`,
        `notices` or `doorbell` may have changed. Raises ConfigError in words for the operator.
        """
        ports = parse_port_range(config.room_ports)
        self.config = config
        self.notices = Notices(on_change)
        self.doorbell = Doorbell(on_change)
        self._on_change = on_change
        self._was_writable = True  # whether the log was, when heartbeat last looked
        self._premises = premises = Premises(config, password, self.tell, make_ssh)
        self.keys = premises.keys
        self.log, self.certificate = premises.log, premises.certificate
        self.addresses = [sock.getsockname()[:2] for sock in premises.sockets]
        self.holdings = holdings = premises.holdings
        positions = holdings.positions
        self.footing = footing = _footing(config, premises, self.tell)
        self.registry = Registry(footing.clock, footing.first_instance)
        footing.furnish(self.registry)
        access = footing.access(premises, self.registry)
        self.bans, self.invitations = access.bans, access.invitations
        self.stream = footing.stream
        # Who is here, and who may come in
        self._visits = visits = Roster()
        self.presence = Presence(config.linger_s, monotonic, on_change)
        census = Census(self.registry, visits)
        self.ban_watch = BanWatch(self.bans, visits, config.limits.failure_ban_s, self.publish, self.tell)
        self.room_watch = RoomWatch(self.registry, self.publish, time, monotonic, footing.end_room)
        recollection = Recollection(self.publish)
        doorkeeper = Doorkeeper(config.limits, monotonic, self._shut_out)
        self.services = TrackerServices(
            config,
            self.keys,
            self.bans,
            self.log,
            self.invitations,
            doorkeeper,
            visits,
            self.presence,
            census,
            recollection,
            time,
            footing.now,
            access.cloak,
            port=self.port,
            tell=self.tell,
        )
        self.resumer = self.services.resumption = access.resumer or Resumer(
            premises.tokens, visits, self.registry, self.keys, self.bans, self.publish, config.limits.ghost_timeout_s
        )
        self.resumer.seat(holdings.dormant_rooms)
        self.services.archive = holdings.answer(premises.eras.readable, lambda: self.stream.position)
        self._headroom = Headroom(config.limits, is_limited=room_bytes() is not None)
        self.reception = Reception(
            config,
            self.bans,
            doorkeeper,
            visits,
            self._count_own,
            self._has_memory,
            lambda address, why: self.doorbell.refused("", address, why),
            lambda: footing.refusal,
        )
        self.gate = self._make_gate()
        # The threads: a visit needs delivery, which needs the rooms' ports, which accept visits
        self.intake = Intake(config.limits, self.reception, self._begin, footing.run)
        self._room_ports = RoomPorts(config.host, ports, self.intake.accept, self.tell)
        self.attendance = Attendance(
            visits,
            self.presence,
            census,
            self._room_ports,
            recollection,
            self.gate.hosts,
            self.doorbell,
            self.publish,
            self.tell,
            has_others=bool(config.cluster),
        )
        recording = Recording(
            holdings.journal,
            premises.eras.era,
            config.log_private,
            holdings.newest_order_ms,
            holdings.belongings,
        )
        self.delivery = Delivery(config, self.stream, self.log, self.attendance, recording)
        house = House(
            self.registry,
            self.services,
            visits,
            self.presence,
            self.delivery,
            self.log,
            on_change,
            self.intake.number_from,
            lambda: own_address(config, self.port, self.tls_identity.fingerprint),
            lambda: self.tls_identity.fingerprint,
        )
        footing.move_in(house)
        self.surroundings = Surroundings(
            self.gate, self.stream, footing, self.delivery.post_reply, self.attendance.forget, self.resumer
        )
        self._readings = Readings(
            config,
            self.registry,
            visits,
            self.attendance,
            self.services,
            self.reception,
            self.delivery,
            self.intake.outbox_budget,
            holdings,
            premises.sealer,
            lambda: self.tls_identity,
            footing.measures,
        )
        self._listener = Listener(premises.sockets, self.intake.accept)
        self.nearby = Announcer(config.lan, config.state_dir, self._announcement, self.tell)
        spare_memory = SpareMemory(find_trim())
        duties = (
            self._room_ports.tick,
            LoginWatch(self.keys.accounts, visits.all, self.tell).tick,
            self.certificate.tick,
            self._look_after_log,
            self.ban_watch.tick,
            *(() if config.cluster else (self.room_watch.tick,)),  # in a cluster no tracker acts on its own clock
            self.resumer.tick,
            self.invitations.tick,
            lambda: spare_memory.note(len(visits)),
            lambda: fit_switch_interval(len(visits)),
            self._note_log,
            lambda: positions.keep_ahead(self.stream.position),
            self._erase_duty(holdings).look,
            self.nearby.tick,
        )
        self._heartbeat = Heartbeat(config.limits, visits.all, duties)

    def _announcement(self) -> Announcement | None:
        """Return what to announce on the network at the moment. Any thread."""
        used = [own.text for own in own_addresses()]
        pin = self.tls_identity.key_fingerprint
        return announcement(pin, self.addresses, multicast_addresses(), used, interface_indexes())

    def _erase_duty(self, holdings: Holdings) -> EraseDuty:
        duty = holdings.erasing(self.publish)
        self.delivery.on_erased = holdings.note_erased
        return duty

    def _make_gate(self) -> Gate:
        return Gate(
            self.config,
            self.port,
            self.reception,
            Hosts(self.config, lambda: self.tls_identity.names),
            lambda: self.tls_identity,
            self.services,
            self.registry,
            self.publish,
            self.metrics,
            ClientFile(self.tell),
            TellOnce(self.tell),
            TellOnce(self.tell),
            self._premises.ssh,
        )

    def start(self, show: Callable[[int], Bar] = NoBar) -> None:
        """Begin to serve; `show` makes a progress bar for catching up, which may take long.

        Raises ConfigError if the tracker cannot take part in its chat; everything is then closed.
        """
        self._open_footing()
        self.holdings.archivist.start()
        if self._premises.sealer:
            self._premises.sealer.start()
        if self.config.log_rotate:
            self._premises.tidying.start()
        self.delivery.start()
        for remark in self.certificate.remarks():
            self.tell(remark)
        try:
            self.footing.begin(show)
        except ConfigError:
            self._listener.stop()
            self._premises.note_refused()
            self._end(TRACKER_LEFT)
            raise
        where = " ".join(format_address(host, port) for host, port in self.addresses)
        self.footing.say_here(started(where, has_others=self.footing.has_others))
        self._heartbeat.start()
        self._listener.start()
        self.nearby.start()
        edition()  # takes a moment, which the first visitor then need not wait for

    def _open_footing(self) -> None:
        """Bring everything to the state that all trackers share. Raises ConfigError; everything is then closed."""
        try:
            self.footing.open()
        except ConfigError:
            self._listener.stop()
            self.footing.end(TRACKER_LEFT)
            self.footing.close()
            self._premises.close()
            raise

    def stop(self, reason: str = TRACKER_LEFT) -> None:
        """Close in order: stop accepting, stop publishing, deliver what is pending, say goodbye, end."""
        self.nearby.leave()
        self._listener.stop()
        self._heartbeat.stop()
        self._room_ports.stop()
        self.log.look()
        self._end(reason)
        self.nearby.close()

    def _end(self, reason: str) -> None:
        self.footing.end(reason)
        self.stream.close(Stopped(reason))
        self.resumer.close()
        self.invitations.close()
        self.delivery.join()
        self.footing.close()
        self._visits.end_all(reason, GOODBYE_S)
        self.holdings.archivist.stop()
        self._premises.tidying.stop()
        self._premises.close()

    def reload(self) -> list[str]:
        """Reload the TLS certificate for new connections, and reopen the log if it was rotated.

        Return what the operator should know about the certificate. Raises ConfigError; the old one then stays.
        """
        self._look_after_log()
        return self.certificate.reload()

    @property
    def tls_identity(self) -> TlsIdentity:
        """Return the certificate for new connections."""
        return self.certificate.identity

    @property
    def ssh_fingerprint(self) -> str:
        """Return the fingerprint of the ssh host key, `SHA256:...`; '' if nobody can come by ssh."""
        return self._premises.ssh.fingerprint if self._premises.ssh else ""

    @property
    def sealer(self) -> Sealer | None:
        """Return the sealer of the log, None if the log is not sealed. It may need a key before `start`."""
        return self._premises.sealer

    @property
    def port(self) -> int:
        """Return the main port."""
        return int(self.addresses[0][1])

    def metrics(self) -> str:
        """Return all metrics in Prometheus' text format."""
        return self._readings.text()

    def ends_in(self) -> float | None:
        """Return in how many seconds the tracker ends because everybody has left; None if it does not."""
        if self.footing.has_ended:
            return 0.0
        return None if self.config.keep_alive and not self.has_failed else self.presence.ends_in()

    @property
    def has_failed(self) -> bool:
        """Return whether delivery has failed, so that the tracker must end."""
        return self.presence.has_failed

    def publish(self, *events: Event) -> None:
        """Append the tracker's own events to the stream. Raises StreamClosed."""
        self.stream.append(events)

    def tell(self, text: str) -> None:
        """Tell the operator something, in one line."""
        self.notices.tell(text)

    def announce(self, text: str) -> None:
        """Say something to everybody."""
        self.publish(Announced(text))

    def visits(self) -> list[Visit]:
        """Return all visits, registered or not, except clients that are only being refused."""
        served = (visit for visit in self._visits.all() if visit.arrival.admission.refusal is None)
        return sorted(served, key=lambda visit: visit.client.id)

    def visit_of(self, client: Client) -> Visit | None:
        """Return a client's visit."""
        return self._visits.get(client.id)

    def _begin(self, arrival: Arrival, connection: Connection) -> None:
        self._visits.begin(Visit(arrival, connection, self.surroundings))

    def _count_own(self) -> int:
        """Return how many of this tracker's own clients are in. Any thread."""
        return sum(self.attendance.present.values()) if self.config.cluster else self.registry.client_count()

    def _shut_out(self, address: str) -> None:
        """Act on an address that tried too many passwords. Any thread."""
        self.ban_watch.shut_out(address)
        self.footing.shut_out(address)

    def _has_memory(self) -> bool:
        """Return whether there is memory for one more connection. Any thread."""
        used_bytes = self.intake.outbox_budget.used_bytes + self.delivery.history_bytes
        return self._headroom.suffices(len(self._visits), used_bytes)

    def _look_after_log(self) -> None:
        """Make delivery follow the log if it was rotated, and retry writes that failed. Any thread."""
        self.log.look()
        if self.log.has_moved or not (self.log.is_writable and self.holdings.journal.is_complete):
            self.stream.wake()

    def _note_log(self) -> None:
        """Wake the console to report that the log cannot be written, or can be again. Heartbeat's thread."""
        was_writable, self._was_writable = self._was_writable, self.log.is_writable
        if not (was_writable and self._was_writable):
            self._on_change()


def _footing(config: Config, premises: Premises, tell: Callable[[str], None]) -> Footing:
    """Return the tracker's footing. Raises ConfigError; the premises are then closed."""
    if not config.cluster:
        return Alone(premises.holdings)
    from chatcore.server.cluster.clustered import Clustered  # only here: it needs optional packages

    try:
        return Clustered(config, premises.holdings, tell)
    except ConfigError:
        premises.give_up()
        raise
