"""The names by which clients reach the tracker: its own certificate lists them, and it answers to them over HTTP."""

from __future__ import annotations

import socket

from chatcore.config import Config
from chatcore.transport.listening import addresses_for_others


def own_names(config: Config) -> list[str]:
    """Return distinct names and addresses: the configured name, this machine's, and where the tracker listens."""
    machine = socket.gethostname()
    label = machine.partition(".")[0]
    listening = [config.host, *(where.rpartition(":")[0] for where in config.listen)]
    announced = [address for host in listening for address in addresses_for_others(host)]
    here = ("localhost", "127.0.0.1", "::1")
    return list(dict.fromkeys([config.server_name, *here, machine, label, f"{label}.local", *announced]))
