"""The servers to measure: our tracker, installed IRC servers, and a ceiling. One literal table of peers."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from bench.figures import CEILING
from bench.load import compiled
from bench.member import LoadError
from bench.tracker_process import REPOSITORY, python_of

_SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"


class Contender(NamedTuple):
    """A server to measure. A run fills in {port}, {folder} and {file} in its command and its file."""

    name: str
    command: str
    file: str = ""
    """Its configuration file; empty for none."""
    is_ours: bool = False
    version: str = ""
    at_door: int = 50
    """How many clients may be connecting at a time."""


# Without deliberate delays (penalties, fake lag), and without lookups of host or user names.
PEERS = (
    Contender(
        "ngircd",
        "ngircd -n -f {file}",
        """\
[Global]
Name = irc.test.net
Info = bench
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = bench
PidFile =
ServerUID = {user}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 30
MaxPenaltyTime = 0
PingTimeout = 600
[Options]
DNS = no
Ident = no
PAM = no
""",
        at_door=8,  # its queue holds ten, and a refused client retries only after a second
    ),
    Contender(
        "inspircd",
        "inspircd --nofork --runasroot --config {file}",
        """\
<server name="irc.test.net" description="bench" network="Bench" id="97K">
<admin name="bench" nick="bench" email="bench@test.net">
<bind address="127.0.0.1" port="{port}" type="clients">
<connect name="main" allow="*" timeout="60" pingfreq="600" hardsendq="100M" softsendq="50M" recvq="1M" fakelag="off"
    threshold="100000000" commandrate="100000000" localmax="100000" globalmax="100000" limit="100000" maxchans="100"
    resolvehostnames="no" useident="no" maxconnwarn="no" useconnectban="no" uniqueusername="no">
<performance netbuffersize="10240" somaxconn="4096" softlimit="100000">
<limits maxnick="30">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="{folder}/log">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
<pid file="{folder}/pid">
""",
        at_door=1_000,  # it lets in all waiting clients at once, once a second
    ),
)


def tracker(name: str, command: str) -> Contender:
    """A tracker of ours: `command` starts it, or is the folder of a checkout."""
    folder = Path(command)
    if (folder / "tracker.py").exists():
        command = shlex.join([python_of(folder), str(folder / "tracker.py")])
    return Contender(name, command, is_ours="{port}" not in command)


def ours() -> Contender:
    return tracker("tracker", str(REPOSITORY))


def beside() -> list[Contender]:
    """All other servers that can be measured here: the installed peers, and the ceiling."""
    found = []
    path = f"{os.environ.get('PATH', '')}:{_SYSTEM_FOLDERS}"
    for peer in PEERS:
        words = shlex.split(peer.command)
        if program := shutil.which(words[0], path=path):
            said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
            found.append(peer._replace(command=shlex.join([program, *words[1:]]), version=said.partition("\n")[0]))
    try:
        found.append(Contender(CEILING, f"{compiled(CEILING)} {{port}}", version="fans out, and does nothing else"))
    except LoadError as error:
        print(f"bench: without the ceiling: {error}", file=sys.stderr)
    return found
