"""Starts a program as systemd would with a unit in contrib/, as far as possible without systemd.

`python sandbox.py UNIT PROGRAM ...` applies the unit's settings for system calls, address families, memory,
capabilities, the umask and open files; not those for the visibility of the file system.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import re
import resource
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_MDWE = 38, 22, 24, 65
_MODE_FILTER = 2
_LOAD, _IS, _RETURN = 0x20, 0x15, 0x06  # of BPF: a word of the call, a comparison, the verdict
_NUMBER_AT, _ARCH_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
_CAPABILITIES = 41


class Unit:
    """The settings of a service; a repeated setting has several values."""

    def __init__(self, path: Path) -> None:
        self._lines = path.read_text(encoding="utf-8").partition("[Service]")[2].partition("[Install]")[0].splitlines()

    def all(self, name: str) -> list[str]:
        """Return the values of a setting."""
        return [line.partition("=")[2] for line in self._lines if line.startswith(f"{name}=")]

    def one(self, name: str) -> str:
        """Return the value of a setting that occurs once."""
        (value,) = self.all(name)
        return value


def allowed_calls(unit: Unit) -> set[str]:
    """Return the names of the system calls that the unit allows."""
    allowed: set[str] = set()
    for value in unit.all("SystemCallFilter"):
        names = {name for word in value.removeprefix("~").split() for name in _expanded(word)}
        allowed = allowed - names if value.startswith("~") else allowed | names
    return allowed - {"setns", "unshare"} if unit.all("RestrictNamespaces") == ["yes"] else allowed


def _expanded(word: str) -> Iterator[str]:
    """Yield the system calls of one of systemd's groups."""
    if not word.startswith("@"):
        yield word
        return
    told = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True)
    for line in map(str.strip, told.stdout.splitlines()[1:]):
        if line and not line.startswith("#"):
            yield from _expanded(line)


def _numbers() -> dict[str, int]:
    """Return the numbers of system calls on this machine, from the kernel's headers."""
    source = "#include <asm/unistd.h>\n"
    told = subprocess.run(["gcc", "-E", "-dM", "-"], input=source, capture_output=True, text=True, check=True)
    return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", told.stdout)}


def _filter(unit: Unit) -> bytes:
    """Return the filter that the kernel runs for each system call."""
    assert unit.one("SystemCallErrorNumber") == "EPERM"
    numbers = _numbers()
    refused = _ERRNO | errno.EPERM
    code = [
        *(_step(_LOAD, _ARCH_AT), _step(_IS, _ARCHES[platform.machine()], 1, 0), _step(_RETURN, refused)),
        _step(_LOAD, _NUMBER_AT),
        # Its flags are in memory, where no filter can see requests for a namespace; clone() is used instead.
        *(_step(_IS, numbers["clone3"], 0, 1), _step(_RETURN, _ERRNO | errno.ENOSYS)),
    ]
    families = [_FAMILIES[name] for name in unit.one("RestrictAddressFamilies").split() if name != "none"]
    socket = [_step(_LOAD, _FIRST_ARGUMENT_AT)]
    for family in families:
        socket += [_step(_IS, family, 0, 1), _step(_RETURN, _ALLOW)]
    socket.append(_step(_RETURN, _ERRNO | errno.EAFNOSUPPORT))
    code += [_step(_IS, numbers["socket"], 0, len(socket)), *socket]
    for name in sorted(allowed_calls(unit) & numbers.keys()):
        code += [_step(_IS, numbers[name], 0, 1), _step(_RETURN, _ALLOW)]
    return b"".join([*code, _step(_RETURN, refused)])


def _step(operation: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("=HBBI", operation, if_so, if_not, value)


def _confine(unit: Unit) -> None:
    libc = ctypes.CDLL(None, use_errno=True)

    def prctl(*arguments: int) -> None:
        if libc.prctl(*(ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:5])):
            raise OSError(ctypes.get_errno(), f"prctl {arguments}")

    data = _filter(unit)
    assert unit.one("CapabilityBoundingSet") == ""
    if os.geteuid() == 0:
        for capability in range(_CAPABILITIES):
            prctl(_PR_CAPBSET_DROP, capability)
    assert unit.one("MemoryDenyWriteExecute") == "yes"
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    prctl(_PR_SET_MDWE, 1)  # since Linux 6.3; systemd has a filter for it
    os.umask(int(unit.one("UMask"), 8))
    for files in map(int, unit.all("LimitNOFILE")):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, hard), min(files, hard)))
    code = ctypes.create_string_buffer(data)
    program = ctypes.create_string_buffer(struct.pack("HP", len(data) // 8, ctypes.addressof(code)))
    prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(program))


if __name__ == "__main__":
    _confine(Unit(Path(sys.argv[1])))
    os.execvp(sys.argv[2], sys.argv[2:])
