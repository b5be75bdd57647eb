"""Makes the archive: the same sources make the same bytes, wherever and whenever."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from chatcore.errors import CannotPack
from chatcore.packing.libraries import LIBRARIES, library_files
from chatcore.packing.reached import modules_reached

NAME = "chat.pyz"
SHIPPED = Path(__file__).with_name(NAME)
"""Where a wheel has the file."""
_ROOT = Path(__file__).parents[2]
_MAIN, _START = "chatcore/terminal/__main__.py", "chatcore.terminal.app"
_DATA = ("chatcore/web/command_list.js", "chatcore/web/emoji_list.js", "LICENSE")
_SHEBANG = b"#!/usr/bin/env python3\n"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time in a zip archive
_UNIX, _MODE = 3, 0o100644 << 16


def pack() -> bytes:
    """Return the terminal client as a program in one file. This takes a second. Raises CannotPack."""
    try:
        files = dict(_files())
    except (OSError, SyntaxError) as error:
        raise CannotPack(str(error)) from error
    written = io.BytesIO()
    written.write(_SHEBANG)
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.create_system, entry.external_attr = _UNIX, _MODE
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    return written.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    """Yield the path in the archive, and the content, of each file."""
    yield "__main__.py", (_ROOT / _MAIN).read_bytes()
    sources = [path.relative_to(_ROOT).as_posix() for path in modules_reached(_ROOT, _START).values()]
    for name in (*sources, *_DATA):
        yield name, (_ROOT / name).read_bytes()
    for library in LIBRARIES:
        yield from library_files(library)


def main(argv: list[str]) -> int:
    """Write the archive to the file named in `argv`; return the exit status."""
    try:
        Path(argv[0]).write_bytes(pack())
    except (CannotPack, OSError) as error:
        print(f"cannot make {argv[0]}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
