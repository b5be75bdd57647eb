"""Draw the pictures: python -m pictures [FOLDER]; the default folder is docs/images."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "docs" / "images"
_INSIDE = "--inside"

# A network with a familiar address, and an empty home: the pictures show nothing of this machine.
_HOUSE = """
set -e
ip link set lo up
ip link add eth0 type veth peer name eth1
ip address add 192.168.1.5/24 dev eth0
ip link set eth0 up
ip link set eth1 up
mount -t tmpfs home /home
mkdir -p /home/ann/chat
exec "$@"
"""


def main(words: list[str]) -> None:
    """Make all pictures, in new namespaces (user_namespaces(7))."""
    if words[:1] != [_INSIDE]:
        folder = str(Path(words[0] if words else _FOLDER).resolve())
        command = [sys.executable, "-m", "pictures", _INSIDE, folder]
        os.execvp("unshare", ["unshare", "--map-root-user", "--net", "--mount", "sh", "-c", _HOUSE, "sh", *command])
    from pictures.scenes import pictures

    for picture in pictures(Path("/home/ann/chat")):
        path = Path(words[1]) / picture.name
        content = picture.content
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        print(path.name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
