"""Logging in at a scripted tracker."""

from pathlib import Path

from chatcore.protocol.message import Message
from chatcore.terminal.arguments import Options
from chatcore.terminal.connecting.handshake import Handshake
from chatcore.terminal.connecting.login import Login
from tests.support.scripted import ScriptedTracker
from tests.support.seen import SeenScreen


def options(tracker: ScriptedTracker, name: str | None = None, password_file: Path | None = None) -> Options:
    return Options("127.0.0.1", tracker.port, name, password_file)


def admit(tracker: ScriptedTracker, screen: SeenScreen, name: str | None = None) -> tuple[Handshake, Message]:
    login = Login(options(tracker, name), screen)
    handshake = login.enter()
    return login.register(handshake)
