"""Real trackers that form one chat, a real engine, and people at their sockets, on which schedules are played."""

from __future__ import annotations

import selectors
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import cast

from tests.faults.cluster.machine import ROOT, Machine
from tests.faults.cluster.person import Person
from tests.faults.cluster.transcript import FULL_CAPS, Transcript
from tests.support.valkey import ValkeyProcess

FLAGS = ("--no-limits", "--quiet", "--max-name-length", "32", "--registration", "open")
_DEADLINE_S = 60.0


class Trouble(TimeoutError):
    """Something that must happen does not happen in time."""


class Stage:
    """A chat of several trackers, on which schedules are played one after another. Must be closed."""

    def __init__(
        self,
        folder: Path,
        trackers: int = 2,
        *,
        alone: bool = False,
        flags: Sequence[str] = ("--keep-alive",),
        program: Sequence[str] = (str(ROOT / "tracker.py"),),
        deadline_s: float = _DEADLINE_S,
        has_tls: str = "",
    ) -> None:
        """Start all; `alone` is one tracker without an engine. `program` is run in place of tracker.py.

        `deadline_s` limits every wait. `has_tls` is the name of the tracker that people reach over TLS.
        """
        self.folder = folder
        self._deadline_s = deadline_s
        self._has_tls = has_tls
        self.engine = None if alone else ValkeyProcess(folder / "engine")
        if self.engine is not None:
            self.engine.start()
        self._flags, self._program = [*FLAGS, *flags], program
        self.machines: list[Machine] = []
        self.troubles: list[str] = []
        self.people: list[Person] = []
        self.played = 0
        """The number of schedules played."""
        self._has_engine = self.engine is not None
        for _ in range(trackers):
            self.add()

    def add(self, *flags: str, program: Sequence[str] = ()) -> Machine:
        """Start another tracker, with additional flags or another program."""
        name = chr(ord("A") + len(self.machines))
        port = self.engine.port if self.engine is not None else None
        machine = Machine(
            name,
            self.folder / name,
            port,
            [*self._flags, *flags],
            program or self._program,
            has_tls=name == self._has_tls,
        )
        self.machines.append(machine)
        machine.start()
        return machine

    def guest(self, name: str, machine: Machine, account: str = "", password: str = "") -> Person:
        """Return a person who is registered on a tracker, logged in to the account if one is given."""
        person = Person(name, FULL_CAPS)
        person.account, person.password = account, password
        self.people.append(person)
        self._let_in(person, machine, name if account else "")
        return person

    def close(self) -> None:
        """End everything."""
        for person in self.people:
            person.leave()
        for machine in self.machines:
            machine.close()
        if self.engine is not None:
            self.engine.kill()

    def keep(self, transcript: Transcript) -> None:
        """Save a transcript and the trackers' output beside their files."""
        transcript.save(self.folder / "transcript")
        for machine in self.machines:
            (machine.folder / "output").write_text("\n".join(machine.output), encoding="utf-8")

    def kill_engine(self) -> None:
        """End the engine as `kill -9` does."""
        if self.engine is not None:
            self.engine.kill()
            self._has_engine = False

    def start_engine(self) -> None:
        """Start the engine, or continue it."""
        if self.engine is not None:
            self.engine.start()
            self.engine.resume()
            self._has_engine = True

    def pause_engine(self) -> None:
        """Suspend the engine."""
        if self.engine is not None and self._has_engine:
            self.engine.pause()

    def resume_engine(self) -> None:
        """Continue the engine."""
        if self.engine is not None and self._has_engine:
            self.engine.resume()

    def kill(self, machine: Machine) -> None:
        """Kill a tracker as `kill -9` does, and have its people read what it had sent."""
        size = machine.kill()
        for person in self.people:
            if person.is_connected and person.tracker == machine.name:
                if person.visit is not None:
                    person.visit.log_bytes = size
                person.read_rest()

    def start(self, machine: Machine) -> None:
        """Start a tracker that no `doom` awaits."""
        machine.spare()
        self._look()
        machine.start()

    def pump(self, seconds: float) -> None:
        """Process incoming lines for at most this time; return when some have arrived."""
        self._look()
        with selectors.DefaultSelector() as selector:
            for person in self.people:
                if person.is_connected:
                    selector.register(person, selectors.EVENT_READ)
            for key, _ in selector.select(min(seconds, 0.1)):
                cast("Person", key.fileobj).read()

    def _look(self) -> None:
        """Notice trackers that have ended."""
        for machine in self.machines:
            status = machine.poll()
            if status is not None and machine.was_struck:
                self.kill(machine)
            elif status is not None and (status != 2 or machine.has_served):
                self.troubles.append(f"{machine.name} ended by itself with {status}: {machine.output[-5:]}")
                raise Trouble(f"{machine.name} has ended")

    def wait(self, what: str, is_so: Callable[[], bool], deadline_s: float = 0.0) -> None:
        """Process incoming lines until a condition holds. Raises Trouble if that takes too long."""
        deadline_s = deadline_s or self._deadline_s
        end = monotonic() + deadline_s
        while not is_so():
            if monotonic() > end:
                unhappy = [f"{each.name} does not run" for each in self.machines if not each.is_running]
                unhappy += [str(each) for each in self.people if each.pending or (each.is_connected and not each.is_in)]
                raise Trouble(f"waited {deadline_s:.0f} s in vain for {what}: {'; '.join(unhappy)}")
            self.pump(0.05)

    def mend(self) -> None:
        """End all faults, and wait until everybody's commands are answered."""
        self.start_engine()
        for machine in self.machines:
            if machine.wire is not None:
                machine.wire.heal()
            machine.resume()
            machine.free_disk()
            self.start(machine)
        self.wait("all trackers to serve again", self._do_all_serve)
        waiting = "answers to {}"
        self.wait(waiting.format("all commands"), lambda: not any(person.pending for person in self.people))
        coming = "everybody to be let in, or refused"
        self.wait(coming, lambda: all(person.visit or not person.is_connected for person in self.people))

    def _do_all_serve(self) -> bool:
        """Return whether all do; restart a tracker that could not begin."""
        for machine in self.machines:
            machine.start()
        return all(machine.is_up for machine in self.machines)

    def _let_in(self, person: Person, machine: Machine, nick: str) -> None:
        """Register a person, trying again while the tracker refuses."""

        def try_again() -> bool:
            if not person.is_connected and machine.port is not None:
                person.arrive(machine.name, machine.port, nick, has_tls=machine.has_tls)
            return person.is_in

        self.wait(f"{machine.name} to let somebody in", try_again)

    def ask(self, person: Person, *commands: str) -> list[str]:
        """Return a tracker's answers to questions."""
        visit = person.visit
        if visit is None:
            raise Trouble(f"{person.name} is no longer let in")
        before = len(visit.received)
        for command in commands:
            person.give(command)
        if person.has_labels:  # the end of a batch comes after the label
            person.give("PING end")
        self.wait(f"an answer to {commands}", lambda: not person.pending)
        return visit.received[before:]
